//! The weights that a run keeps for people: their files' names, and which there are.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const BEFORE: &str = "epoch-";
const AFTER: &str = ".safetensors";

/// The name of the weights after an epoch; 0 is before the first.
pub fn weights_name(epoch: usize) -> String {
    format!("{BEFORE}{epoch:03}{AFTER}")
}

/// The epoch of a file of such a name.
fn epoch_of(name: &str) -> Option<usize> {
    name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?.parse().ok()
}

/// The files of the weights after a run's kept epochs, from the first on.
///
/// # Errors
/// When the folder cannot be read.
pub fn kept_weights(run: &Path) -> Result<Vec<PathBuf>> {
    let shown = run.display();
    let entries = fs::read_dir(run).with_context(|| format!("cannot read the run's folder {shown}"))?;
    let kept = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        epoch_of(name.to_str()?).filter(|epoch| *epoch > 0)
    };
    let mut epochs: Vec<usize> = entries.filter_map(kept).collect();
    epochs.sort_unstable();
    Ok(epochs.into_iter().map(|epoch| run.join(weights_name(epoch))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_weights_are_in_the_order_of_their_epochs() {
        let folder = tempfile::tempdir().unwrap();
        for name in
            ["epoch-000.safetensors", "epoch-1000.safetensors", "epoch-099.safetensors", "epoch-002.png"]
        {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let kept = kept_weights(folder.path()).unwrap();
        assert_eq!(kept, [99, 1000].map(|epoch| folder.path().join(weights_name(epoch))));
    }
}
