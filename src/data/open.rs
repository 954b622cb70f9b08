//! What a path holds, and who reads it.

use super::content::content;
use super::decode::START;
use super::foreign::foreign;
use super::shown::shown;
use super::walk::walk;
use super::{DataError, Dataset, Places, Progress, Source, Wanted, arrays, idx_files, pictures};
use std::path::Path;

/// Finds and reads a data set: the one at `path` if given (the argument of `--data`), else what the process'
/// environment leads to; see [`Places::locate`]. `progress` is told how far it is.
///
/// # Errors
/// If there is none to be had, or the files are not what they should be, or cannot be had as they are wanted.
pub fn load(
    path: Option<&Path>,
    wanted: &Wanted,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dataset, DataError> {
    Places::new(path, |name| std::env::var_os(name)).load(wanted, progress)
}

impl Dataset {
    /// Reads the data set at `path`: a folder of IDX files or with one somewhere below it, a folder of pictures, a
    /// .npy or .npz file or a folder with one, or an IDX file.
    ///
    /// Without test images, every tenth image (of fewer than ten the last) is held out for them;
    /// not the last tenth, which would be a single class where images are sorted by class.
    ///
    /// # Errors
    /// If there is no data set at `path`, or it is damaged, or cannot be had as it is wanted.
    pub fn open(
        path: &Path,
        source: &Source,
        wanted: &Wanted,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Dataset, DataError> {
        wanted.check().map_err(DataError::Wanted)?;
        if path.is_file() {
            return file(path, source, wanted);
        }
        if idx_files::has_any(path) {
            return idx_files::load_folder(path, source, wanted);
        }
        if !path.is_dir() {
            return Err(DataError::Absent { path: path.into() });
        }
        let tree = walk(path)?;
        // torchvision puts them into FashionMNIST/raw of the folder that it is told.
        match &idx_files::below(path, &tree)[..] {
            [] => (),
            [set] => return set.load(source, wanted),
            [one, other, ..] => {
                let what = "data sets, whose images are";
                return Err(several(path, what, one.images_to_train(), other.images_to_train()));
            }
        }
        let found = pictures::sort(tree)?;
        if !found.pictures.is_empty() {
            return pictures::load_folder(path, found, wanted, progress);
        }
        match arrays::among(found.rest())[..] {
            [] => pictures::load_folder(path, found, wanted, progress),
            [one] => file(one, source, wanted),
            [one, other, ..] => arrays::load_folder(path, &arrays::among(found.rest()), wanted)
                .unwrap_or_else(|| Err(several(path, "files of arrays", one, other))),
        }
    }
}

fn several(path: &Path, what: &'static str, one: &Path, other: &Path) -> DataError {
    DataError::Several { path: path.into(), what, file: shown(one), other: shown(other) }
}

/// Reads a single file: NumPy's arrays, or else IDX.
fn file(path: &Path, source: &Source, wanted: &Wanted) -> Result<Dataset, DataError> {
    let content = content(path)?;
    if arrays::is_one(&content) {
        return arrays::load(path, &content, wanted);
    }
    let start = &content[..content.len().min(START)];
    match foreign(start, path) {
        Some(kind) => Err(DataError::Foreign { path: path.into(), kind }),
        None => idx_files::load(path, &content, source, wanted),
    }
}
