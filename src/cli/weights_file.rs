//! A model out of whatever a path leads to: a weights file, a checkpoint or a run's folder, PyTorch's files, and
//! any of these compressed.

use crate::cli::run_folder::{CHECKPOINT, parse_checkpoint};
use crate::cli::say::note;
use crate::model::file::{FileKind, Found, MAX_FILE_BYTES, Stored, Weights, recognise};
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result, anyhow, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use pytorch_reader::{DType, PytorchReader};
use safetensors::tensor::Dtype;
use std::borrow::Cow;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipArchive;

/// The longest file that is read, in bytes. A training checkpoint of the largest network holds its numbers four
/// times.
const MAX_BYTES: u64 = 8 * MAX_FILE_BYTES as u64;
/// How people's names of weights files end.
const EXTENSIONS: [&str; 6] = ["safetensors", "pt", "pth", "ckpt", "bin", "pkl"];
/// A zip archive in a gzip file in a zip archive is nobody's.
const MOST_WRAPPINGS: usize = 2;

/// Whether a file's name is one of a weights file.
fn is_named_weights(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| EXTENSIONS.contains(&&*extension))
}

/// The file that a path names: in a run's folder its checkpoint, in another folder its only weights file.
///
/// # Errors
/// When a folder has none, or several.
pub fn file_at(path: &Path) -> Result<PathBuf> {
    let checkpoint = path.join(CHECKPOINT);
    if !path.is_dir() || checkpoint.exists() {
        return Ok(if path.is_dir() { checkpoint } else { path.into() });
    }
    let shown = path.display();
    let entries = fs::read_dir(path).with_context(|| format!("cannot read the folder {shown}"))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.is_file() && is_named_weights(file));
    files.sort();
    match &files[..] {
        [file] => Ok(file.clone()),
        [first, .., last] => bail!(
            "{shown} is no run's folder (it has no {CHECKPOINT}), but holds {} weights files, {} to {}: name one \
             of them",
            files.len(),
            first.display(),
            last.display()
        ),
        [] if path.join("model_index.json").exists() => {
            bail!("{shown} is a diffusers pipeline, of another network: only this program's can be used")
        }
        [] => bail!(
            "cannot read {}: name a weights file, a checkpoint or a run's folder (`ddpm train` makes one)",
            checkpoint.display()
        ),
    }
}

/// The model at a path; of a run the exponential average of the weights, or with `raw` (and where it keeps none)
/// the weights themselves. `prefix` is what stands before the names of the tensors that are meant.
///
/// # Errors
/// When there is none, several, or one that cannot be used; when an option does not go with what is there.
pub fn open(path: &Path, raw: bool, prefix: Option<&str>) -> Result<Found> {
    let path = file_at(path)?;
    let shown = path.display();
    let length = fs::metadata(&path).and_then(|found| Ok((found.len(), fs::File::open(&path)?)));
    let (length, mut file) = length.with_context(|| {
        format!(
            "cannot read {shown}: name a weights file, a checkpoint or a run's folder (`ddpm train` makes \
             one)"
        )
    })?;
    ensure!(length <= MAX_BYTES, "cannot use {shown}: {length} bytes are more than any network here has");
    let mut bytes = vec![];
    file.read_to_end(&mut bytes).with_context(|| format!("cannot read {shown}"))?;
    if Checkpoint::is_one(&bytes) {
        ensure!(prefix.is_none(), "{shown} is a checkpoint of this program's: it takes no --prefix");
        return Ok(Found::described(parse_checkpoint(&path, &bytes)?.weights(raw)));
    }
    ensure!(!raw, "{shown} is no checkpoint: it holds one set of weights, so leave --raw away");
    unwrapped(&path, bytes, prefix, MOST_WRAPPINGS).with_context(|| format!("cannot use {shown}"))
}

/// The model in a file's bytes, of which PyTorch's are read from its path.
fn unwrapped(path: &Path, bytes: Vec<u8>, prefix: Option<&str>, wrappings: usize) -> Result<Found> {
    let inner = match recognise(&bytes) {
        FileKind::PyTorch => return of_pytorch(path, prefix),
        FileKind::Gzip if wrappings > 0 => bounded(MultiGzDecoder::new(&bytes[..]))
            .context("it is compressed with gzip and damaged: download it again")?,
        FileKind::Zip if wrappings > 0 => unzipped(&bytes)?,
        _ => return Ok(Found::parse(&bytes, prefix)?),
    };
    drop(bytes);
    let mut file = tempfile::NamedTempFile::new().context("cannot unpack it")?;
    file.write_all(&inner).context("cannot unpack it")?;
    unwrapped(file.path(), inner, prefix, wrappings - 1)
}

fn bounded(reader: impl Read) -> Result<Vec<u8>> {
    let mut content = vec![];
    reader.take(MAX_BYTES + 1).read_to_end(&mut content)?;
    ensure!(content.len() as u64 <= MAX_BYTES, "what it holds is larger than any network here");
    Ok(content)
}

/// The only weights file in a zip archive.
fn unzipped(bytes: &[u8]) -> Result<Vec<u8>> {
    let damaged = "it is a zip archive and not a whole one: download it again, or save a PyTorch file again \
                   with torch.save(unet.state_dict(), \"unet.pt\")";
    let mut archive = ZipArchive::new(Cursor::new(bytes)).context(damaged)?;
    let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    // macOS puts a shadow of each file beside it.
    let is_meant = |name: &&String| is_named_weights(Path::new(name)) && !name.starts_with("__MACOSX/");
    let names: Vec<&String> = names.iter().filter(is_meant).collect();
    match &names[..] {
        [name] => bounded(archive.by_name(name).context(damaged)?).context(damaged),
        [] => bail!("it is a zip archive without a weights file in it: give a .safetensors or .pt file"),
        [first, ..] => bail!(
            "it is a zip archive with {} weights files in it, {first} and others: unpack it and name one",
            names.len()
        ),
    }
}

/// What PyTorch saved: a state dict, a dictionary with one in it, or a whole module, in any of its formats.
fn of_pytorch(path: &Path, prefix: Option<&str>) -> Result<Found> {
    let file = PytorchReader::new(path).map_err(|error| {
        anyhow!(
            "it is no PyTorch file that can be read ({error}): download it again, or save one with \
             torch.save(unet.state_dict(), \"unet.pt\")"
        )
    })?;
    let stored = file.tensors().iter().map(|(name, tensor)| Stored {
        name: name.clone(),
        dtype: dtype(tensor.dtype()),
        shape: tensor.shape().to_vec(),
        read: Box::new(move || {
            let damaged =
                |error| format!("{error}: download the file again, or save it again with torch.save");
            tensor.read().map(Cow::Owned).map_err(damaged)
        }),
    });
    Ok(Found::of(stored.collect(), prefix)?)
}

fn dtype(dtype: DType) -> Dtype {
    match dtype {
        DType::F64 => Dtype::F64,
        DType::F32 => Dtype::F32,
        DType::F16 => Dtype::F16,
        DType::BF16 => Dtype::BF16,
        DType::I64 => Dtype::I64,
        DType::I32 => Dtype::I32,
        DType::I16 => Dtype::I16,
        DType::I8 => Dtype::I8,
        DType::U64 => Dtype::U64,
        DType::U32 => Dtype::U32,
        DType::U16 => Dtype::U16,
        DType::U8 => Dtype::U8,
        DType::Bool => Dtype::BOOL,
    }
}

/// The model at a path, as [`open`] finds it. What was assumed or left out is told on stderr.
///
/// # Errors
/// As [`open`]'s.
pub fn load_weights(path: &Path, raw: bool) -> Result<Weights> {
    let found = open(path, raw, None)?;
    for note in found.notes() {
        note!("{}: {note}", path.display());
    }
    Ok(found.weights)
}
