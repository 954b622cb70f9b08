//! What can go wrong in a training.

use crate::core::schedule::ScheduleError;
use crate::model::config::ConfigError;

/// Why a training cannot begin or go on. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A number of the recipe is outside its range.
    #[error("{0}")]
    Recipe(String),
    #[error("{0}")]
    Schedule(#[from] ScheduleError),
    #[error("{0}")]
    Network(#[from] ConfigError),
    #[error("there are no images to train on: see what `ddpm data` finds")]
    NoImages,
    #[error("{0}")]
    Data(String),
    #[error(
        "the loss is no longer a number in epoch {epoch}: the training diverged, so resume with a lower --learning-rate"
    )]
    NotANumber {
        /// Counted from 1.
        epoch: usize,
    },
    #[error("the device failed: {0}")]
    Device(String),
    #[error("it is no checkpoint that can be continued: {0}")]
    Checkpoint(String),
}
