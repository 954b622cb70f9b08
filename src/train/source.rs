//! What a training's examples are made of.

use super::TrainError;
use super::batch::Drawn;
use super::distill::paths::Paths;
use super::learner::Examples;
use super::recipe::TrainConfig;
use super::set::TrainingSet;
use crate::core::schedule::Schedule;
use std::ops::Range;

/// Images, which are noised anew in every step; or a teacher's paths, of which every step is an example.
#[derive(Clone, Debug)]
pub enum Source {
    Images(TrainingSet),
    Paths(Paths),
}

impl From<TrainingSet> for Source {
    fn from(set: TrainingSet) -> Self {
        Self::Images(set)
    }
}

impl From<Paths> for Source {
    fn from(paths: Paths) -> Self {
        Self::Paths(paths)
    }
}

impl Source {
    /// # Errors
    /// When a training of this recipe cannot learn from it.
    pub(super) fn check(&self, config: &TrainConfig) -> Result<(), TrainError> {
        match (self, &config.distill) {
            (Self::Images(set), None) => set.check(&config.network),
            (Self::Images(_), Some(_)) => Err(TrainError::Data(
                "this run is a distillation, which learns from a teacher's paths: continue it with \
                 `ddpm distill --resume`"
                    .into(),
            )),
            (Self::Paths(_), None) => Err(TrainError::Data(
                "this run learns from images: continue it with `ddpm train --resume`".into(),
            )),
            (Self::Paths(paths), Some(_)) if paths.numbers() != config.network.image.numbers() => {
                Err(TrainError::Data(format!("the paths are not of images of {}", config.network.image)))
            }
            (Self::Paths(_), Some(_)) => Ok(()),
        }
    }

    /// Examples of an epoch.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Images(set) => set.images.len(),
            Self::Paths(paths) => paths.examples(),
        }
    }

    /// The training step with number `step`, which learns from `chosen`.
    pub(super) fn draw<'a>(&'a self, config: &TrainConfig, chosen: &'a [usize], step: u32) -> Batch<'a> {
        match self {
            Self::Images(set) => {
                let labels = set.labels.as_deref().filter(|_| config.network.classes.is_some());
                Batch::Images(Drawn::new(config, &set.images, labels, chosen, step))
            }
            Self::Paths(paths) => Batch::Paths(paths, chosen),
        }
    }
}

/// What a training step learns from.
pub(super) enum Batch<'a> {
    Images(Drawn<'a>),
    Paths(&'a Paths, &'a [usize]),
}

impl Batch<'_> {
    /// Some of the examples, by their places in the step.
    pub(super) fn examples(&self, part: Range<usize>, config: &TrainConfig, schedule: &Schedule) -> Examples {
        match self {
            Self::Images(drawn) => drawn.examples(part, config, schedule),
            Self::Paths(paths, chosen) => paths.batch(chosen, part),
        }
    }
}
