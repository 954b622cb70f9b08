//! What can be wrong with a weights file.

use super::metadata::FORMAT_VERSION;
use crate::core::schedule::ScheduleError;
use crate::model::config::{ConfigError, UNetConfig};

/// Why a weights file is refused. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    #[error(
        "this is not a whole safetensors file ({0}): download or export it again; a .pt file is converted by `ddpm import`"
    )]
    NotSafetensors(String),
    #[error("{} tensors of the UNet are missing, {} first: save the whole `unet.state_dict()`", .0.len(), .0[0])]
    Missing(Vec<String>),
    #[error("{} tensors are not the UNet's, {} first: save `unet.state_dict()` alone, of the unchanged network", .0.len(), .0[0])]
    Unexpected(Vec<String>),
    #[error(
        "{name} has shape {found:?} where a UNet of {config} has {expected:?}: this file is of another network"
    )]
    Shape { name: String, expected: Vec<usize>, found: Vec<usize>, config: Box<UNetConfig> },
    #[error(
        "{name} has shape {found:?}, of another number of axes than the UNet's: this file is of another network"
    )]
    Axes { name: String, found: Vec<usize> },
    #[error("the tensors are of a network that cannot be run: {0}")]
    Config(#[from] ConfigError),
    #[error("{name} holds {found}: save the weights as float32 or float16 (in PyTorch, `unet.float()`)")]
    Dtype { name: String, found: String },
    #[error(
        "{0} holds NaN or infinite numbers: the training went wrong or the file is damaged; export an earlier checkpoint"
    )]
    NonFinite(String),
    #[error(
        "the tensors are not the ones that were saved (their SHA-256 differs): the file is damaged, download or export it again"
    )]
    Hash,
    #[error("the file's description cannot be read ({0}): export it again with this version")]
    Metadata(String),
    #[error(
        "the file's format is version {0}, newer than the {FORMAT_VERSION} known here: use a newer version of this program"
    )]
    Version(u32),
    #[error(
        "the file does not say the mean and variance of its images: start from pure noise, or export it again with --data"
    )]
    NoPixelStats,
    #[error("the file's schedule cannot be used: {0}")]
    Schedule(#[from] ScheduleError),
    #[error("the file's betas are not evenly spaced from {0} to {1}: only linear schedules can be run")]
    Betas(f64, f64),
}
