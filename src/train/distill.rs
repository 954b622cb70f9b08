//! Distillation into few steps: a student network learns where a teacher's many steps lead.
//!
//! The teacher walks from noise to images by DPM-Solver++(2M), in a dozen steps ([`paths`]). A walk of n steps of the
//! student visits n timesteps of that path, and each of its steps shall land where the path is next. Walks of
//! different n share no timestep ([`Spacing::Distilled`](crate::core::samplers::spacing::Spacing::Distilled)), so
//! that one network, which is told t, learns them all; it starts from the teacher's weights. Unlike consistency or
//! progressive distillation (Song et al. 2023, Salimans and Ho 2022) no target changes during the training.

pub mod paths;
pub mod teacher;

use super::TrainError;
use super::recipe::TrainConfig;
use crate::core::moves::Moves;
use crate::core::samplers::{self, SamplerKind, Step};
use crate::core::schedule::Schedule;
use crate::model::UNetConfig;
use crate::model::file::Distilled;
use serde::{Deserialize, Serialize};

/// The most examples of one walk: noise knows its image by a u32, and no memory holds more.
const MOST_PATHS: usize = 10_000_000;

/// What a distillation is told beside the recipe of its training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distillation {
    /// The numbers of steps of the walks that the student learns.
    pub steps: Vec<usize>,
    /// Scale of the teacher's classifier-free guidance; 1 is none.
    pub guidance: f32,
    /// SHA-256 over the teacher's tensors as f32.
    pub teacher: String,
    /// Steps of a teacher's path, from noise to the image.
    pub teacher_steps: usize,
    /// Examples of each walk: a walk of n steps has `paths` / n paths, which give n examples each.
    pub paths: usize,
    /// How the teacher's training moved its images.
    #[serde(default)]
    pub moves: Moves,
}

impl Distillation {
    /// What the student's weights file says of it.
    pub fn told(&self) -> Distilled {
        let Self { steps, guidance, teacher, .. } = self.clone();
        Distilled { steps, guidance, teacher }
    }

    /// The student's walk of `count` steps.
    fn walk(schedule: &Schedule, count: usize) -> Result<Vec<Step>, TrainError> {
        samplers::steps(schedule, &Distilled::sampler(count))
            .map_err(|error| recipe(format!("--steps: {error}")))
    }

    /// The teacher's path through the timesteps of the student's walk of `count` steps.
    fn path(&self, schedule: &Schedule, count: usize) -> Result<Vec<Step>, TrainError> {
        let through: Vec<usize> = Self::walk(schedule, count)?.iter().map(|step| step.t).collect();
        samplers::steps_through(schedule, SamplerKind::DPM_SOLVER_PP, &through, self.teacher_steps)
            .map_err(|error| recipe(format!("--teacher-steps {}: {error}", self.teacher_steps)))
    }

    /// Paths of the student's walk of `count` steps.
    fn paths_of(&self, count: usize) -> usize {
        self.paths / count
    }

    /// The number, over all walks, of the first path of the walk with index `walk` in `steps`.
    fn first_path(&self, walk: usize) -> usize {
        self.steps[..walk].iter().map(|count| self.paths_of(*count)).sum()
    }

    /// # Errors
    /// When a number is outside its range, or two walks have a timestep in common.
    pub(super) fn check(&self, schedule: &Schedule, network: &UNetConfig) -> Result<(), TrainError> {
        let ensure = |holds: bool, or: String| if holds { Ok(()) } else { Err(recipe(or)) };
        let Self { steps, guidance, paths, .. } = self;
        ensure(!steps.is_empty(), "no walks to learn: give --steps 1,2,4".into())?;
        let mut known: Vec<(usize, usize)> = vec![];
        for &count in steps {
            for step in Self::walk(schedule, count)? {
                let shared = known.iter().find(|(t, _)| *t == step.t);
                if let Some((t, other)) = shared {
                    return Err(recipe(format!(
                        "walks of {other} and of {count} steps would both visit t = {t}, and the network cannot learn \
                         both there: leave one of them out of --steps"
                    )));
                }
                known.push((step.t, count));
            }
            self.path(schedule, count)?;
            ensure(
                (count..=MOST_PATHS).contains(paths),
                format!("{paths} examples of a walk of {count} steps: give --paths {count} to {MOST_PATHS}"),
            )?;
        }
        ensure(
            *guidance >= 0.0 && guidance.is_finite(),
            format!("guidance {guidance}: give --guidance a number of 0 or more; 1 is none"),
        )?;
        ensure(
            *guidance == 1.0 || network.classes.is_some(),
            format!(
                "--guidance {guidance}: the teacher is a network without classes, so there is nothing to guide by; \
                 leave it away"
            ),
        )
    }
}

/// The distillation that a recipe is of.
///
/// # Errors
/// When it is of a training on images.
fn distillation(config: &TrainConfig) -> Result<&Distillation, TrainError> {
    let none = || recipe("the recipe is of a training on images, and no distillation".into());
    config.distill.as_ref().ok_or_else(none)
}

fn recipe(cause: String) -> TrainError {
    TrainError::Recipe(cause)
}

#[cfg(test)]
mod tests;
