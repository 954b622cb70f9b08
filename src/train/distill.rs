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
use super::distillation::Distillation;
use super::recipe::TrainConfig;

/// The distillation that a recipe is of.
///
/// # Errors
/// When it is of a training on images.
fn distillation(config: &TrainConfig) -> Result<&Distillation, TrainError> {
    let none = || TrainError::Recipe("the recipe is of a training on images, and no distillation".into());
    config.distill.as_ref().ok_or_else(none)
}

#[cfg(test)]
mod tests;
