//! Reading what commands are given: weights, checkpoints, images.

use crate::cli::progress;
use crate::cli::run_folder::{CHECKPOINT, parse_checkpoint};
use crate::data::{self, Dataset, Wanted};
use crate::model::file::Weights;
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// The file that a path names: in a run's folder, its checkpoint.
fn file_at(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(CHECKPOINT) } else { path.into() }
}

/// The weights in a weights file, a checkpoint or a run's folder; of a run the exponential average, or with
/// `raw` (and where it keeps none) the weights themselves.
///
/// # Errors
/// When it is none of these.
pub fn load_weights(path: &Path, raw: bool) -> Result<Weights> {
    let path = file_at(path);
    let shown = path.display();
    let bytes = std::fs::read(&path).with_context(|| {
        format!(
            "cannot read {shown}: name a weights file, a checkpoint or a run's folder (`ddpm train` makes \
             one)"
        )
    })?;
    if Checkpoint::is_one(&bytes) {
        return Ok(parse_checkpoint(&path, &bytes)?.weights(raw));
    }
    Weights::parse(&bytes).with_context(|| format!("cannot use {shown}"))
}

/// The checkpoint that a path names; `None` where it is a weights file.
///
/// # Errors
/// When it cannot be read, or is a damaged checkpoint.
pub fn load_checkpoint(path: &Path) -> Result<Option<Checkpoint>> {
    let path = file_at(path);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Checkpoint::is_one(&bytes).then(|| parse_checkpoint(&path, &bytes)).transpose()
}

/// The data set of `--data`, or the one that is found without it. What was left out of it or assumed is said on
/// stderr.
///
/// # Errors
/// When there is none, or it cannot be read as wanted.
pub fn load_data(path: Option<&Path>, wanted: &Wanted) -> Result<Dataset> {
    let data = data::load(path, wanted, &mut progress::watch(|line| eprintln!("{line}")))?;
    for note in &data.notes {
        eprintln!("note: {note}");
    }
    Ok(data)
}
