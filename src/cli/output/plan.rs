//! Looking at what a command will write, before it works.

use crate::cli::weights_file::file_at;
use crate::data::atomic;
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};

use super::Outputs;

/// What a command reads and what it will write, each with the option that names it.
#[derive(Default)]
pub struct Plan {
    reads: Vec<(&'static str, PathBuf)>,
    data: Vec<PathBuf>,
    folders: Vec<(&'static str, PathBuf)>,
    writes: Vec<(&'static str, PathBuf)>,
}

impl Plan {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file; of a folder the one that `file_at` finds. Where it finds none, reading it will tell.
    pub fn reads<'a>(mut self, option: &'static str, path: impl Into<Option<&'a PathBuf>>) -> Self {
        self.reads.extend(path.into().map(|path| (option, file_at(path).unwrap_or_else(|_| path.clone()))));
        self
    }

    /// Reads the images of --data: a file or a folder.
    pub fn data(mut self, path: Option<&PathBuf>) -> Self {
        self.data.extend(path.cloned());
        self
    }

    /// Writes a file into a folder that there is.
    pub fn writes<'a>(mut self, option: &'static str, path: impl Into<Option<&'a PathBuf>>) -> Self {
        self.writes.extend(path.into().map(|path| (option, path.clone())));
        self
    }

    /// Writes files into the folder of --out, which is made where it is missing.
    pub fn pictures(mut self, folder: &Path, names: &[&str]) -> Self {
        self.folders.push(("--out", folder.to_path_buf()));
        self.writes.extend(names.iter().map(|name| ("--out", folder.join(name))));
        self
    }

    /// Looks at everything, and changes nothing. `json`: whether `--json` was given.
    ///
    /// # Errors
    /// When a file could not be written, would replace what is read, would become one of the images of --data, or
    /// would be written twice.
    pub fn check(self, json: bool) -> Result<Outputs> {
        for (option, folder) in &self.folders {
            check_folder(option, folder)?;
        }
        let made: Vec<PathBuf> = self.folders.iter().map(|(_, folder)| resolved(folder)).collect();
        let mut seen: Vec<(&str, PathBuf)> = vec![];
        for (option, path) in &self.writes {
            let (shown, place) = (path.display(), resolved(path));
            for (other, read) in &self.reads {
                ensure!(
                    resolved(read) != place,
                    "{option} {shown} is the file that {other} names, which is read: choose another {option}"
                );
            }
            for data in self.data.iter().map(|data| resolved(data)) {
                ensure!(
                    data != place && Some(&*data) != place.parent(),
                    "{option}: {shown} would become part of the images of --data: choose another {option}"
                );
            }
            if let Some((other, _)) = seen.iter().find(|(_, earlier)| *earlier == place) {
                bail!("{other} and {option} would both write {shown}: give each a file of its own");
            }
            // A folder that is not there yet will be made, and then its files can be.
            let is_made =
                place.parent().is_some_and(|parent| made.iter().any(|made| made.starts_with(parent)));
            if !is_made || place.parent().is_some_and(Path::exists) {
                atomic::check_writable(path, option)?;
            }
            seen.push((option, place));
        }
        Ok(Outputs::new(json))
    }
}

/// Whether a folder is there or could be made, and files in it.
fn check_folder(option: &str, folder: &Path) -> Result<()> {
    let shown = folder.display();
    let there = |path: &&Path| fs::symlink_metadata(or_current(path)).is_ok();
    let nearest = or_current(folder.ancestors().find(there).unwrap_or(folder));
    ensure!(
        nearest.is_dir(),
        "cannot make the folder {shown}: {} is no folder. Choose another {option}",
        nearest.display()
    );
    if let Err(cause) = atomic::check_folder(nearest) {
        bail!(
            "cannot write into the folder {shown}: {cause}. Make {} writable or choose another {option}",
            nearest.display()
        )
    }
    Ok(())
}

/// The path, or the current folder where it is empty.
fn or_current(path: &Path) -> &Path {
    if path == Path::new("") { Path::new(".") } else { path }
}

/// A path by which the same place is known, whether it is there or not: without links, from the root.
fn resolved(path: &Path) -> PathBuf {
    let path = or_current(path);
    match (fs::canonicalize(path), path.parent(), path.file_name()) {
        (Ok(found), ..) => found,
        (Err(_), Some(parent), Some(name)) => resolved(parent).join(name),
        _ => path.to_path_buf(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::tempdir;

    /// The plan's error.
    fn refused(plan: Plan) -> String {
        plan.check(false).err().expect("should have been refused").to_string()
    }

    #[test]
    fn the_same_file_by_another_path_is_the_same_file() {
        let folder = tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).unwrap();
        fs::write(at("weights"), b"x").unwrap();
        let plan = Plan::new().reads("--weights", &at("weights")).writes("--out", &at("sub/../weights"));
        assert!(refused(plan).contains("--weights"));
        let plan = Plan::new().writes("--gif", &at("new")).writes("--raw", &at("sub/../new"));
        assert!(refused(plan).contains("--gif and --raw"));
    }

    #[test]
    fn a_file_in_a_folder_that_will_be_made_can_be_written() {
        let folder = tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let plan = Plan::new().pictures(&at("a/b"), &["x.png"]).writes("--gif", &at("a/b/run.gif"));
        plan.check(false).unwrap();
        assert!(!at("a").exists(), "looking makes nothing");
        let plan = Plan::new().pictures(&at("a/b"), &["x.png"]).writes("--gif", &at("a/b/x.png"));
        assert!(refused(plan).contains("--out and --gif"));
        let plan = Plan::new().pictures(&at("a/b"), &["x.png"]).writes("--gif", &at("a/c/run.gif"));
        assert!(refused(plan).contains("create the folder"));
    }

    #[test]
    fn a_run_read_by_its_folder_keeps_its_checkpoint() {
        let folder = tempdir().unwrap();
        let checkpoint = folder.path().join("checkpoint.safetensors");
        fs::write(&checkpoint, b"x").unwrap();
        let run = folder.path().to_path_buf();
        assert!(refused(Plan::new().reads("RUN", &run).writes("--out", &checkpoint)).contains("RUN"));
        Plan::new().reads("RUN", &run).writes("--out", &run.join("exported")).check(false).unwrap();
    }
}
