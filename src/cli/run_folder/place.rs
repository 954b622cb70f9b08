//! Which folder a run is in, whether one may begin there, and its checkpoint.

use super::{CHECKPOINT, METRICS};
use crate::cli::shell;
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result, bail, ensure};
use std::path::Path;

/// The folder of the run that a path names, by the folder or by the checkpoint in it.
///
/// # Errors
/// When there is no run.
pub fn of_run(path: &Path) -> Result<&Path> {
    let shown = path.display();
    if path.is_dir() {
        let checkpoint = path.join(CHECKPOINT);
        let shown = checkpoint.display();
        ensure!(checkpoint.exists(), "cannot read {shown}: name a run's folder or its checkpoint");
        return Ok(path);
    }
    ensure!(path.exists(), "cannot read {shown}: name a run's folder or its checkpoint");
    match path.file_name() {
        Some(name) if name == CHECKPOINT => Ok(folder_of(path)),
        _ if Checkpoint::is_one(&std::fs::read(path).unwrap_or_default()) => bail!(
            "{shown} is a copy of a checkpoint: to continue from it, give it the name {CHECKPOINT} in a folder, \
             and name that folder"
        ),
        _ => bail!("{shown} is no checkpoint: name a run's folder, in which there is its {CHECKPOINT}"),
    }
}

/// The folder that a file is in; that of a bare name is the current one.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// Checks that no run is in a folder, so that a fresh one may begin there.
///
/// # Errors
/// When one is, with the command that continues it.
pub fn check_free(folder: &Path) -> Result<()> {
    let shown = folder.display();
    let bytes = std::fs::read(folder.join(CHECKPOINT)).unwrap_or_default();
    let is_distillation = Checkpoint::parse(&bytes).is_ok_and(|run| run.config.distill.is_some());
    let command = if is_distillation { "distill" } else { "train" };
    let resume = shell::command([command.into()].into_iter().chain(shell::option("--resume", folder)));
    ensure!(
        !folder.join(CHECKPOINT).exists(),
        "{shown} holds a run already: continue it with `{resume}`; to start anew choose another --out, or \
         remove the folder first"
    );
    ensure!(
        !folder.join(METRICS).exists(),
        "{shown} holds the weights of a run without its {CHECKPOINT}, which a new one would replace: choose \
         another --out, or remove the folder first"
    );
    Ok(())
}

/// Reads a checkpoint.
///
/// # Errors
/// When the bytes are none, which `path` names.
pub fn parse_checkpoint(path: &Path, bytes: &[u8]) -> Result<Checkpoint> {
    Checkpoint::parse(bytes)
        .with_context(|| format!("cannot use {}: start anew, or use an older copy", path.display()))
}
