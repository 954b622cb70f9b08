//! Data sets of IDX files: the four files of a folder, or a single file.

use super::content::{content, fitting, sha256};
use super::dataset::{Split, name_of};
use super::idx::{self, IdxError};
use super::{DataError, Dataset, Source, Wanted};
use std::path::{Path, PathBuf};

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";
const TEST_IMAGES: &str = "t10k-images-idx3-ubyte";
const TEST_LABELS: &str = "t10k-labels-idx1-ubyte";
const ALL: [&str; 4] = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS];

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

/// Reads a single IDX file of this content. Some of its images are held out as test images.
pub(super) fn load(path: &Path, content: &[u8], wanted: &Wanted) -> Result<Dataset, DataError> {
    let images = fitting(parsed(path, content, idx::parse_images)?, wanted, path)?;
    Dataset::assemble(name_of(path), path, Split { images, labels: None }, None, None)
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

/// What an IDX file of this content holds.
fn parsed<T>(path: &Path, content: &[u8], parse: Parser<T>) -> Result<T, DataError> {
    parse(content).map_err(|cause| DataError::Idx { path: path.into(), cause })
}
