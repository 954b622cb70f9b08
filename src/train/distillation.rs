//! What a distillation is told: which walks the student learns, from which teacher. It is a part of the recipe.

use super::TrainError;
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
    /// The largest timestep at which the teacher is guided; none where it is in every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_from: Option<usize>,
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
        let Self { steps, guidance, guidance_from, teacher, .. } = self.clone();
        Distilled { steps, guidance, guidance_from, teacher }
    }

    /// The student's walk of `count` steps.
    pub(super) fn walk(schedule: &Schedule, count: usize) -> Result<Vec<Step>, TrainError> {
        samplers::steps(schedule, &Distilled::sampler(count))
            .map_err(|error| recipe(format!("--steps: {error}")))
    }

    /// The teacher's path through the timesteps of the student's walk of `count` steps.
    pub(super) fn path(&self, schedule: &Schedule, count: usize) -> Result<Vec<Step>, TrainError> {
        let through: Vec<usize> = Self::walk(schedule, count)?.iter().map(|step| step.t).collect();
        samplers::steps_through(schedule, SamplerKind::DPM_SOLVER_PP, &through, self.teacher_steps)
            .map_err(|error| recipe(format!("--teacher-steps {}: {error}", self.teacher_steps)))
    }

    /// Paths of the student's walk of `count` steps.
    pub(super) fn paths_of(&self, count: usize) -> usize {
        self.paths / count
    }

    /// The number, over all walks, of the first path of the walk with index `walk` in `steps`.
    pub(super) fn first_path(&self, walk: usize) -> usize {
        self.steps[..walk].iter().map(|count| self.paths_of(*count)).sum()
    }

    /// # Errors
    /// When a number is outside its range, or two walks have a timestep in common.
    pub(super) fn check(&self, schedule: &Schedule, network: &UNetConfig) -> Result<(), TrainError> {
        let ensure = |holds: bool, or: String| if holds { Ok(()) } else { Err(recipe(or)) };
        let Self { steps, guidance, guidance_from, paths, .. } = self;
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
        if let Some(t) = guidance_from.filter(|t| *t >= schedule.timesteps()) {
            let last = schedule.timesteps() - 1;
            return Err(recipe(format!("--guidance-from {t}: the schedule's timesteps are 0 to {last}")));
        }
        ensure(
            *guidance == 1.0 || network.classes.is_some(),
            format!(
                "--guidance {guidance}: the teacher is a network without classes, so there is nothing to guide by; \
                 leave it away"
            ),
        )
    }
}

fn recipe(cause: String) -> TrainError {
    TrainError::Recipe(cause)
}
