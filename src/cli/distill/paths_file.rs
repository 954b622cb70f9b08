//! The teacher's paths in a file of the run's folder, so that a resumed run need not make them again.

use crate::cli::say::note;
use crate::data::atomic::atomic_write;
use crate::train::distill::paths::states_len;
use crate::train::recipe::TrainConfig;
use anyhow::{Context, Result};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::path::PathBuf;

/// The file's name in a run's folder.
pub const NAME: &str = "paths.safetensors";
/// The key, in the safetensors header, of what the paths follow from.
const KEY: &str = "ddpm_web_paths";

/// The file of one run.
pub struct PathsFile {
    path: PathBuf,
    /// All that the paths follow from, as JSON. A file of other paths is of no use.
    recipe: String,
    /// Name and bytes of each walk's states.
    walks: Vec<(String, usize)>,
}

impl PathsFile {
    /// # Errors
    /// When the recipe is no distillation.
    pub fn new(path: PathBuf, config: &TrainConfig) -> Result<Self> {
        let TrainConfig { network, schedule, seed, distill, .. } = config;
        let steps = &distill.as_ref().context("the recipe is a distillation")?.steps;
        let walk = |(walk, steps)| anyhow::Ok((format!("walk-{steps}"), states_len(config, walk)?));
        Ok(Self {
            path,
            recipe: serde_json::to_string(&(network, schedule, seed, distill))?,
            walks: steps.iter().enumerate().map(walk).collect::<Result<_>>()?,
        })
    }

    /// The states of the first walks, as many as the file has: none where it is missing, damaged or of other paths.
    pub fn read(&self) -> Vec<Vec<u8>> {
        let Ok(bytes) = std::fs::read(&self.path) else { return vec![] };
        let recipe =
            |bytes: &[u8]| SafeTensors::read_metadata(bytes).ok()?.1.metadata().as_ref()?.get(KEY).cloned();
        let file =
            SafeTensors::deserialize(&bytes).ok().filter(|_| recipe(&bytes).as_ref() == Some(&self.recipe));
        let Some(file) = file else {
            note!("{} is damaged or of another recipe: the paths are made anew", self.path.display());
            return vec![];
        };
        let walk = |(name, len): &(String, usize)| {
            let states = file.tensor(name).ok()?.data();
            (states.len() == *len).then(|| states.to_vec())
        };
        self.walks.iter().map_while(walk).collect()
    }

    /// Writes the states of the first walks.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, states: &[Vec<u8>]) -> Result<()> {
        let named = self.walks.iter().zip(states);
        let views = named
            .map(|((name, _), states)| {
                Ok((name, TensorView::new(Dtype::F16, vec![states.len() / 2], states)?))
            })
            .collect::<Result<Vec<_>>>()?;
        let metadata = HashMap::from([(KEY.to_string(), self.recipe.clone())]);
        atomic_write(&self.path, &safetensors::serialize(views, Some(metadata))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::distillation::Distillation;

    fn config(seed: u64) -> TrainConfig {
        let distill = Distillation {
            steps: vec![1, 2],
            guidance: 1.0,
            guidance_from: None,
            teacher: "its hash".into(),
            teacher_steps: 4,
            paths: 4,
            moves: Default::default(),
        };
        TrainConfig { seed, distill: Some(distill), ..TrainConfig::default() }
    }

    #[test]
    fn a_file_gives_the_paths_that_it_has_and_none_of_another_run() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let file = |seed| PathsFile::new(path.clone(), &config(seed)).unwrap();
        // 4 paths of 2 states, and 2 paths of 3 states, of 784 numbers of two bytes.
        let states = [vec![1; 4 * 2 * 784 * 2], vec![2; 2 * 3 * 784 * 2]];
        assert!(file(0).read().is_empty());
        file(0).write(&states[..1]).unwrap();
        assert_eq!(file(0).read(), states[..1]);
        file(0).write(&states).unwrap();
        assert_eq!(file(0).read(), states);
        assert!(file(1).read().is_empty(), "of another seed");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(file(0).read().is_empty(), "damaged");
    }
}
