//! One training at a time in a run's folder.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file that is locked.
const NAME: &str = ".lock";

/// Held while a training writes into a folder. The operating system lets go of it however the process ends.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    /// None where the file system knows no locks.
    file: Option<File>,
}

impl Lock {
    /// Takes the folder's lock.
    ///
    /// # Errors
    /// When another process has it, or the folder cannot be written.
    pub fn take(folder: &Path) -> Result<Self> {
        let path = folder.join(NAME);
        loop {
            let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
            let mut file = file.with_context(|| {
                format!(
                    "cannot write into the run's folder {}: make it writable or choose another --out",
                    folder.display()
                )
            })?;
            match file.try_lock() {
                // Whoever had it may have removed the file in between.
                Ok(()) if !is_at(&file, &path) => continue,
                Ok(()) => {
                    // Only for the words below; a full disk is told when it matters.
                    let _ = file
                        .set_len(0)
                        .and_then(|()| file.write_all(std::process::id().to_string().as_bytes()));
                    return Ok(Self { path, file: Some(file) });
                }
                Err(TryLockError::WouldBlock) => {
                    let process = fs::read_to_string(&path).unwrap_or_default();
                    bail!(
                        "another training (process {}) is at work in {}: stop it first, or choose another \
                         --out",
                        process.trim(),
                        folder.display()
                    )
                }
                Err(TryLockError::Error(_)) => return Ok(Self { path, file: None }),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The file goes while it is still locked, so that nobody else's is removed.
        let _ = fs::remove_file(&self.path);
        drop(self.file.take());
    }
}

/// Whether this open file is the one at the path.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let place = |found: &fs::Metadata| (found.dev(), found.ino());
    matches!((&file.metadata(), &fs::metadata(path)), (Ok(own), Ok(there)) if place(own) == place(there))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
