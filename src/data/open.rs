//! What a path holds, and who reads it.

use super::content::content;
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
    /// Reads the data set at `path`: a folder of IDX files, a folder of pictures, a .npy or .npz file or a
    /// folder with one, or an IDX file.
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
            return file(path, wanted);
        }
        if idx_files::has_any(path) {
            return idx_files::load_folder(path, source, wanted);
        }
        if !path.is_dir() {
            return Err(DataError::Absent { path: path.into() });
        }
        let found = pictures::find(path)?;
        match arrays::among(&found.others)[..] {
            [one] if found.pictures.is_empty() => file(one, wanted),
            [one, other, ..] if found.pictures.is_empty() => {
                let [file, other] = [one, other].map(|path| path.display().to_string());
                Err(DataError::Several { path: path.into(), file, other })
            }
            _ => pictures::load_folder(path, found, wanted, progress),
        }
    }
}

/// Reads a single file: NumPy's arrays, or else IDX.
fn file(path: &Path, wanted: &Wanted) -> Result<Dataset, DataError> {
    let content = content(path)?;
    match arrays::is_one(&content) {
        true => arrays::load(path, &content, wanted),
        false => idx_files::load(path, &content, wanted),
    }
}
