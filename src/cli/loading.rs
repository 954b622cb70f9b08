//! Reading what commands are given: weights, checkpoints, images.

use crate::cli::progress;
use crate::cli::run_folder::parse_checkpoint;
use crate::cli::say::note;
use crate::cli::weights_file::file_at;
pub use crate::cli::weights_file::load_weights;
use crate::data::{self, Dataset, Wanted};
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result};
use std::path::Path;

/// The checkpoint that a path names; `None` where it is a weights file.
///
/// # Errors
/// When it cannot be read, or is a damaged checkpoint.
pub fn load_checkpoint(path: &Path) -> Result<Option<Checkpoint>> {
    let path = file_at(path)?;
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Checkpoint::is_one(&bytes).then(|| parse_checkpoint(&path, &bytes)).transpose()
}

/// The data set of `--data`, or the one that is found without it. What was left out of it or assumed is said on
/// stderr.
///
/// # Errors
/// When there is none, or it cannot be read as wanted.
pub fn load_data(path: Option<&Path>, wanted: &Wanted) -> Result<Dataset> {
    let data = data::load(path, wanted, &mut progress::watch(|line| note!("{line}")))?;
    for note in &data.notes {
        note!("note: {note}");
    }
    Ok(data)
}
