//! Writing files so that a reader, or a crash, never meets half of one.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, ensure};

/// How the names of temporary files begin.
const TEMPORARY: &str = ".ddpm-";

/// Removes the temporary files that a crash has left in a folder into which nobody else writes now.
pub fn remove_temporary(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in
        entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes()))
    {
        // What cannot be removed only takes space.
        let _ = fs::remove_file(entry.path());
    }
}

/// Writes `bytes` to `path`, replacing what was there: all of them or, on an error, none.
///
/// They go to a temporary file in the same folder, because only within a file system is renaming
/// atomic, reach the disk, and then take the name. A link keeps pointing where it did.
///
/// # Errors
///
/// Says which path, why, and what to do: the folder is missing or closed to us, the disk is full,
/// the path is a folder or a device.
pub fn atomic_write(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    write_and_rename(path, bytes).map_err(|cause| unwritable(path, &cause, "--out"))
}

/// Whether [`atomic_write`] could write `path` now: by making, and removing, a temporary file beside it.
/// `option` is what another path would be given by.
///
/// # Errors
///
/// Those of [`atomic_write`], and a file that is there and write-protected.
pub fn check_writable(path: &Path, option: &str) -> Result<()> {
    let target = target(path).map_err(|cause| unwritable(path, &cause, option))?;
    ensure!(
        !fs::metadata(&target).is_ok_and(|found| found.permissions().readonly()),
        "cannot write {}: the file is write-protected. Remedy: make it writable or choose another {option}",
        path.display()
    );
    check_folder(folder(&target)).map_err(|cause| unwritable(path, &cause, option))
}

/// Whether files can be made in a folder.
pub fn check_folder(folder: &Path) -> io::Result<()> {
    tempfile::Builder::new().prefix(".ddpm-").tempfile_in(folder).map(drop)
}

fn unwritable(path: &Path, cause: &io::Error, option: &str) -> anyhow::Error {
    let shown = path.display();
    anyhow!("cannot write {shown}: {cause}. Remedy: {}", remedy(cause.kind(), path, option))
}

/// [`atomic_write`] for callers that have words of their own for what went wrong.
pub fn write_and_rename(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = target(path)?;
    // Our own `create_new` gives the file the permissions that the umask asks for; tempfile's
    // would leave it readable by its owner alone.
    let mut file =
        tempfile::Builder::new().prefix(TEMPORARY).make_in(folder(&target), |name| File::create_new(name))?;
    file.as_file_mut().write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&target)?;
    Ok(())
}

/// The file to replace. Renaming onto a link would replace the link, onto `/dev/null` the device.
fn target(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::canonicalize(path),
        Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(path.to_path_buf()),
        Err(error) => Err(error),
    }
}

/// The folder that holds `path`; that of a bare name is the current one.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

fn remedy(kind: ErrorKind, path: &Path, option: &str) -> String {
    let folder = folder(path).display();
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            format!("the disk is full: free some space or choose another {option}")
        }
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            format!("create the folder {folder} or choose another {option}")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("make the folder {folder} writable or choose another {option}")
        }
        ErrorKind::FileTooLarge => format!(
            "the file is larger than files may be here: raise the limit (`ulimit -f`) or choose another {option}"
        ),
        ErrorKind::IsADirectory => format!("add a file name to the path of {option}"),
        _ => format!("choose another {option}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    /// What is in the folder, temporary files included.
    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn writes_and_replaces_leaving_nothing_else() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("weights");
        for bytes in [&b"first"[..], b"", b"third"] {
            atomic_write(&path, bytes).unwrap();
            assert_eq!(fs::read(&path).unwrap(), bytes);
        }
        assert_eq!(names(folder.path()), ["weights"]);
    }

    #[test]
    fn a_missing_folder_is_named_with_its_remedy() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("nowhere").join("out.png");
        let error = atomic_write(&path, b"x").unwrap_err().to_string();
        assert!(error.contains(path.to_str().unwrap()), "{error}");
        assert!(error.contains("create the folder"), "{error}");
    }

    #[test]
    fn a_folder_is_not_replaced() {
        let folder = tempdir().unwrap();
        let error = atomic_write(folder.path(), b"x").unwrap_err().to_string();
        assert!(error.contains("add a file name"), "{error}");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn looking_whether_a_file_can_be_written_leaves_nothing() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("weights");
        check_writable(&path, "--raw").unwrap();
        assert!(names(folder.path()).is_empty());
        fs::write(&path, b"old").unwrap();
        check_writable(&path, "--raw").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        let mut permissions = fs::metadata(&path).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&path, permissions).unwrap();
        let error = check_writable(&path, "--raw").unwrap_err().to_string();
        assert!(error.contains("write-protected") && error.contains("--raw"), "{error}");
        let below = folder.path().join("nowhere").join("x");
        let error = check_writable(&below, "--raw").unwrap_err().to_string();
        assert!(error.contains("create the folder") && error.contains("--raw"), "{error}");
    }

    #[test]
    fn every_cause_has_a_remedy_of_its_own() {
        let path = Path::new("runs/out.png");
        let said = |kind| remedy(kind, path, "--out");
        assert!(said(ErrorKind::StorageFull).contains("free some space"));
        assert!(said(ErrorKind::PermissionDenied).contains("make the folder runs writable"));
        assert!(said(ErrorKind::NotADirectory).contains("create the folder runs"));
        assert!(said(ErrorKind::Other).contains("--out"));
        assert_eq!(folder(Path::new("out.png")), Path::new("."));
    }

    #[cfg(unix)]
    mod unix {
        use super::*;
        use std::os::unix::fs::{PermissionsExt, symlink};

        #[test]
        fn permissions_are_those_of_any_new_file() {
            let folder = tempdir().unwrap();
            let (ours, usual) = (folder.path().join("ours"), folder.path().join("usual"));
            atomic_write(&ours, b"x").unwrap();
            fs::write(&usual, b"x").unwrap();
            let mode = |path| fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode(&ours), mode(&usual));
        }

        #[test]
        fn links_stay_links() {
            let folder = tempdir().unwrap();
            let (file, link) = (folder.path().join("file"), folder.path().join("link"));
            fs::write(&file, b"old").unwrap();
            symlink(&file, &link).unwrap();
            atomic_write(&link, b"new").unwrap();
            assert!(link.is_symlink());
            assert_eq!(fs::read(&file).unwrap(), b"new");
        }

        #[test]
        fn devices_are_refused() {
            let error = atomic_write("/dev/null", b"x").unwrap_err().to_string();
            assert!(error.contains("not a regular file"), "{error}");
        }
    }
}
