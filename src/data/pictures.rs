//! Data sets of pictures: a folder of PNG and JPEG files, of any size and colour.

use super::dataset::{Split, name_of};
use super::progress::Counter;
use super::{DataError, Dataset, Progress, Unit, Wanted, scale};
use crate::core::image::{ImageSpec, Images};
use crate::model::config::{MAX_CLASSES, UNetConfig};
use image::{DynamicImage, ImageDecoder, ImageReader, ImageResult, Limits};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];

/// Reads the pictures that were found in `folder` and in its subfolders, each of which is a class, in the order
/// of their paths. If there are pictures beside the subfolders too, there are no classes. Where nothing else is
/// wanted, they are of the tutorial's size, and grey.
///
/// See [`read`] for what becomes of each picture. Files with other names than PNG's and JPEG's are left out,
/// and mentioned in the set's notes.
pub(super) fn load_folder(
    folder: &Path,
    found: Found,
    wanted: &Wanted,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dataset, DataError> {
    let Found { pictures, classes, others } = found;
    let others = others.len();
    if pictures.is_empty() {
        let found = match others {
            0 => "there are no files in it or in its subfolders".to_owned(),
            n => format!("none of the files in it ({n}) is PNG or JPEG"),
        };
        return Err(DataError::NoData { path: folder.into(), found });
    }
    if classes.len() > MAX_CLASSES {
        return Err(DataError::Classes { path: folder.into(), found: classes.len() });
    }
    let spec = ImageSpec {
        side: wanted.side.unwrap_or(UNetConfig::tutorial().image.side),
        channels: if wanted.colour == Some(true) { 3 } else { 1 },
    };
    let images = read_all(&pictures, spec, progress)?;
    let notes = notes(&pictures, &images, others);
    let labels: Option<Vec<u8>> =
        pictures.iter().map(|picture| picture.class.map(|class| class as u8)).collect();
    let classes = if labels.is_some() { classes } else { vec![] };
    let mut set = Dataset::assemble(name_of(folder), folder, Split { images, labels }, None, Some(classes))?;
    set.notes.extend(notes);
    Ok(set)
}

/// What may surprise a user, in sentences.
fn notes(pictures: &[Picture], images: &Images, others: usize) -> Vec<String> {
    let mut notes = vec![];
    if others > 0 {
        notes.push(format!("Left out as neither PNG nor JPEG: {others}."));
    }
    let blank = |i: &usize| images.image(*i).iter().all(|&byte| byte == 0);
    let blank: Vec<usize> = (0..images.len()).filter(blank).collect();
    if let Some(&first) = blank.first() {
        let (n, first) = (blank.len(), pictures[first].path.display());
        notes.push(format!(
            "All black came out {n}, first {first}. Transparent parts turn black: put a background behind \
             dark drawings."
        ));
    }
    let pixels = images.spec.pixels();
    let grey = |image: &[u8]| image.chunks_exact(pixels).all(|plane| plane == &image[..pixels]);
    if images.spec.channels > 1 && images.bytes.chunks_exact(images.spec.numbers()).all(grey) {
        notes.push("No picture has any colour: without --colour the network has less to learn.".into());
    }
    notes
}

/// A picture's file.
pub(super) struct Picture {
    path: PathBuf,
    /// An index into [`Found::classes`], below 256 once their number is checked.
    class: Option<usize>,
}

/// What is in a folder.
#[derive(Default)]
pub(super) struct Found {
    /// In the order of their paths.
    pub(super) pictures: Vec<Picture>,
    /// Names of the subfolders that have pictures.
    classes: Vec<String>,
    /// Other files.
    pub(super) others: Vec<PathBuf>,
}

/// Looks into a folder and its subfolders, past what is hidden.
pub(super) fn find(folder: &Path) -> Result<Found, DataError> {
    let mut found = Found::default();
    for entry in list(folder)? {
        if !entry.is_dir() {
            found.add(entry, None);
            continue;
        }
        let (class, before) = (found.classes.len(), found.pictures.len());
        for file in list(&entry)?.into_iter().filter(|path| !path.is_dir()) {
            found.add(file, Some(class));
        }
        if found.pictures.len() > before {
            found.classes.push(entry.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: PathBuf, class: Option<usize>) {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        match extension {
            Some(extension) if EXTENSIONS.contains(&&*extension) => {
                self.pictures.push(Picture { path, class })
            }
            _ => self.others.push(path),
        }
    }
}

/// What is in `folder`, sorted, without what is hidden: macOS leaves `._name.png` beside `name.png`.
fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = paths.map_err(|cause| DataError::Read { path: folder.into(), cause })?;
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

/// The pictures as images, in their order.
fn read_all(
    pictures: &[Picture],
    spec: ImageSpec,
    progress: &mut dyn FnMut(Progress),
) -> Result<Images, DataError> {
    let mut counter = Counter::new("reading pictures", Unit::Pictures, pictures.len(), progress);
    let mut bytes = Vec::with_capacity(pictures.len() * spec.numbers());
    for Picture { path, .. } in pictures {
        let picture = read(path).map_err(|cause| DataError::Picture { path: path.clone(), cause })?;
        bytes.extend(scale::picture(&picture, spec));
        counter.add(1);
    }
    Ok(Images { spec, bytes })
}

/// The picture, upright: cameras note how they were held.
fn read(path: &Path) -> ImageResult<DynamicImage> {
    let mut decoder = ImageReader::open(path)?.with_guessed_format()?.into_decoder()?;
    // Files of a few bytes can decode to gigabytes; no decoder looks at the whole before it starts.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}
