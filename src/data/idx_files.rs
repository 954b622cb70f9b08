//! Data sets of IDX files: the four files of a folder, or a single file.

use super::dataset::{Split, name_of};
use super::idx::{self, IdxError};
use super::raw::RawImages;
use super::{DataError, Dataset, Source, Wanted, arrays};
use crate::core::image::Images;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A file larger than this, decompressed, is no data set that fits this program.
pub(super) const MAX_CONTENT: u64 = 1 << 30;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
const ALL: [&str; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

/// What `reader` gives, decompressed if it is gzip, which its first bytes tell.
///
/// # Errors
/// If reading fails, the gzip is damaged, or the content is larger than [`MAX_CONTENT`].
pub(super) fn inflate(reader: impl BufRead) -> io::Result<Vec<u8>> {
    inflate_up_to(MAX_CONTENT, reader)
}

fn inflate_up_to(max: u64, mut reader: impl BufRead) -> io::Result<Vec<u8>> {
    let gzip = reader.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    let mut content = vec![];
    if gzip {
        MultiGzDecoder::new(reader).take(max + 1).read_to_end(&mut content)?;
    } else {
        reader.take(max + 1).read_to_end(&mut content)?;
    }
    if content.len() as u64 > max {
        return Err(io::Error::other(format!("it holds more than {} MiB", max >> 20)));
    }
    Ok(content)
}

/// SHA-256 in lower-case hex.
pub(super) fn sha256(content: &[u8]) -> String {
    crate::model::file::hex(&Sha256::digest(content))
}

/// The file of a data set that is called `stem`, `train-images-idx3-ubyte` say, in `folder`: also
/// with a dot before `idx`, as some unpackers write it, and with `.gz`.
fn find(folder: &Path, stem: &str) -> Option<PathBuf> {
    let dotted = stem.replace("-idx", ".idx");
    let names = [stem.to_owned(), dotted.clone(), format!("{stem}.gz"), dotted + ".gz"];
    names.map(|name| folder.join(name)).into_iter().find(|path| path.is_file())
}

/// Whether `folder` has all four files.
pub(super) fn is_complete(folder: &Path) -> bool {
    ALL.iter().all(|stem| find(folder, stem).is_some())
}

/// Whether `folder` has any of the four files.
pub(super) fn has_any(folder: &Path) -> bool {
    ALL.iter().any(|stem| find(folder, stem).is_some())
}

/// Reads the IDX files of `folder`: training images at least. With no test images, test images are
/// held out of the training images.
///
/// The set is `source` if every file of `source` is there with its checksum.
pub(super) fn load_folder(folder: &Path, source: &Source, wanted: &Wanted) -> Result<Dataset, DataError> {
    let mut files = Files { folder, checksums: vec![] };
    let missing = DataError::Incomplete { folder: folder.into(), missing: TRAIN_IMAGES };
    let images = files.read(TRAIN_IMAGES, idx::parse_images)?.ok_or(missing)?;
    let images = fitting(images, wanted, folder)?;
    let train = Split { images, labels: files.read(TRAIN_LABELS, idx::parse_labels)? };
    let test = match files.read(TEST_IMAGES, idx::parse_images)? {
        Some(images) => {
            let images = fitting(images, wanted, folder)?;
            Some(Split { images, labels: files.read(TEST_LABELS, idx::parse_labels)? })
        }
        None => None,
    };
    let (name, classes) = if files.are(source) {
        (source.name.clone(), Some(source.classes.clone()))
    } else {
        (name_of(folder), None)
    };
    Dataset::assemble(name, folder, train, test, classes)
}

/// Reads a single file: NumPy's arrays, or else IDX. Some of its images are held out as test images where there
/// are none.
pub(super) fn load_file(path: &Path, wanted: &Wanted) -> Result<Dataset, DataError> {
    let content = content(path)?;
    if arrays::is_one(&content) {
        return arrays::load(path, &content, wanted);
    }
    let images = parsed(path, &content, idx::parse_images)?;
    let images = fitting(images, wanted, path)?;
    Dataset::assemble(name_of(path), path, Split { images, labels: None }, None, None)
}

/// The images of the files at `path` as they are wanted.
pub(super) fn fitting(images: RawImages, wanted: &Wanted, path: &Path) -> Result<Images, DataError> {
    images.into_images(wanted).map_err(|cause| DataError::Shape { path: path.into(), cause })
}

/// The files of a folder, and the checksums of those read so far by their names.
struct Files<'a> {
    folder: &'a Path,
    checksums: Vec<(&'static str, String)>,
}

impl Files<'_> {
    /// What is in the file `stem`, if there is one.
    fn read<T>(&mut self, stem: &'static str, parse: Parser<T>) -> Result<Option<T>, DataError> {
        let Some(path) = find(self.folder, stem) else { return Ok(None) };
        let content = content(&path)?;
        self.checksums.push((stem, sha256(&content)));
        parsed(&path, &content, parse).map(Some)
    }

    /// Whether `source` was read, all of it.
    fn are(&self, source: &Source) -> bool {
        source.files.iter().all(|file| {
            let stem = file.name.trim_end_matches(".gz");
            self.checksums.iter().any(|(read, checksum)| *read == stem && *checksum == file.sha256)
        })
    }
}

type Parser<T> = fn(&[u8]) -> Result<T, IdxError>;

/// What is in the file at `path`, decompressed.
fn content(path: &Path) -> Result<Vec<u8>, DataError> {
    let content = File::open(path).and_then(|file| inflate(BufReader::new(file)));
    content.map_err(|cause| DataError::Read { path: path.into(), cause })
}

/// What an IDX file of this content holds.
fn parsed<T>(path: &Path, content: &[u8], parse: Parser<T>) -> Result<T, DataError> {
    parse(content).map_err(|cause| DataError::Idx { path: path.into(), cause })
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    #[test]
    fn gzip_is_recognised_by_its_bytes_and_bounded() {
        let mut bomb = GzEncoder::new(vec![], Compression::best());
        bomb.write_all(&vec![0; 1 << 20]).unwrap();
        let bomb = bomb.finish().unwrap();
        assert_eq!(inflate(&bomb[..]).unwrap().len(), 1 << 20);
        assert_eq!(inflate_up_to(1 << 20, &bomb[..]).unwrap().len(), 1 << 20);
        assert!(inflate_up_to((1 << 20) - 1, &bomb[..]).is_err());
        assert!(inflate(&bomb[..bomb.len() - 9]).is_err());
        assert_eq!(inflate(&b"plain"[..]).unwrap(), b"plain");
        assert!(inflate_up_to(4, &b"plain"[..]).is_err());
    }

    #[test]
    fn checksums_are_hex() {
        assert!(sha256(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
