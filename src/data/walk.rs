//! The files below a folder, however deep.

use super::DataError;
use super::shown::shown;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A folder with more entries than this is no data set, but somebody's whole disk.
const MOST_ENTRIES: usize = 2_000_000;
/// What operating systems leave in folders, beside names that start with a dot.
const LITTER: [&str; 6] =
    ["__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini", "$RECYCLE.BIN", "System Volume Information"];

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: PathBuf,
    /// Names of the folders between the one that was searched and the file, safe to print.
    pub(super) folders: Vec<String>,
}

/// What is below a folder.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// In the order of their paths.
    pub(super) files: Vec<Entry>,
    /// Links that lead nowhere.
    pub(super) broken: Vec<PathBuf>,
    /// Links to folders that are searched anyway, or that contain the one that is searched.
    pub(super) circular: Vec<PathBuf>,
}

/// Finds all files below `folder`, without what is hidden (macOS leaves `._name.png` beside `name.png`).
///
/// # Errors
/// If a folder cannot be read, or there are far too many files.
pub(super) fn walk(folder: &Path) -> Result<Tree, DataError> {
    let root = folder.canonicalize().map_err(|cause| DataError::Read { path: folder.into(), cause })?;
    let mut walk = Walk { root, entered: HashSet::new(), entries: 0, tree: Tree::default() };
    walk.enter(folder, &mut vec![])?;
    Ok(walk.tree)
}

struct Walk {
    /// Canonical.
    root: PathBuf,
    /// Canonical folders that links led to.
    entered: HashSet<PathBuf>,
    entries: usize,
    tree: Tree,
}

impl Walk {
    fn enter(&mut self, folder: &Path, folders: &mut Vec<String>) -> Result<(), DataError> {
        let paths = list(folder)?;
        self.entries += paths.len();
        if self.entries > MOST_ENTRIES {
            return Err(DataError::TooMany { path: self.root.clone(), most: MOST_ENTRIES });
        }
        for path in paths {
            if path.is_dir() {
                if path.is_symlink() && self.is_circular(&path) {
                    self.tree.circular.push(path);
                    continue;
                }
                folders.push(shown(Path::new(path.file_name().unwrap_or_default())));
                self.enter(&path, folders)?;
                folders.pop();
            } else if path.is_file() {
                self.tree.files.push(Entry { path, folders: folders.clone() });
            } else if path.is_symlink() {
                self.tree.broken.push(path);
            }
        }
        Ok(())
    }

    /// Whether following this link finds nothing new, or never ends.
    fn is_circular(&mut self, link: &Path) -> bool {
        link.canonicalize().is_ok_and(|target| {
            target.starts_with(&self.root) || self.root.starts_with(&target) || !self.entered.insert(target)
        })
    }
}

/// What is in `folder`, sorted, without what is hidden.
fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>());
    let mut paths = paths.map_err(|cause| DataError::Read { path: folder.into(), cause })?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !name.starts_with('.') && !LITTER.contains(&&*name)
    });
    paths.sort();
    Ok(paths)
}
