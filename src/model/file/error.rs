//! What can be wrong with a weights file.

use super::metadata::FORMAT_VERSION;
use crate::core::schedule::ScheduleError;
use crate::model::config::{ConfigError, UNetConfig};

/// Why a weights file is refused. Each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// What it is, or what is wrong with it, and the remedy.
    #[error("this is not a whole safetensors file: {0}")]
    NotSafetensors(String),
    #[error("this is the checkpoint of a training run: `ddpm export RUN` writes its weights file")]
    Checkpoint,
    #[error(
        "this is the classifier that `ddpm evaluate --classifier` measures with, not a network that draws: give a weights file"
    )]
    Classifier,
    #[error("{} tensors of the UNet are missing, {} first: save the whole `unet.state_dict()`", .0.len(), .0[0])]
    Missing(Vec<String>),
    /// Without any tensor of the UNet's.
    #[error("{0}: only weights of this program's UNet, the tutorial's, can be used")]
    OtherNetwork(String),
    #[error("{} tensors are not the UNet's, {} first: save `unet.state_dict()` alone, of the unchanged network", .0.len(), .0[0])]
    Unexpected(Vec<String>),
    #[error(
        "the file holds {} sets of weights that differ, under {}: choose one with `ddpm import FILE --prefix {}`",
        .0.len(), listed(.0), .0[0]
    )]
    Several(Vec<String>),
    #[error("there is no tensor of the UNet under the prefix {wanted:?}: the file has {}", listed(found))]
    NoPrefix { wanted: String, found: Vec<String> },
    #[error(
        "{name} has shape {found:?} where a UNet of {config} has {expected:?}: this file is of another network"
    )]
    Shape { name: String, expected: Vec<usize>, found: Vec<usize>, config: Box<UNetConfig> },
    #[error(
        "{name} has shape {found:?}, of another number of axes than the UNet's: this file is of another network"
    )]
    Axes { name: String, found: Vec<usize> },
    #[error("the tensors are of a network that cannot be run: {0}")]
    Config(ConfigError),
    #[error(
        "the time table has {0} rows that are not the first of the tutorial's sinusoidal table: add rows to make it [1000, 100], which is used as it is, and say the T with `ddpm import FILE --timesteps {0}`"
    )]
    TimeTable(usize),
    #[error(
        "the schedule has T = {timesteps}, but the time table has {rows} rows, too few for that: save the network and the schedule that it was trained with"
    )]
    Rows { timesteps: usize, rows: usize },
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
    Schedule(ScheduleError),
    #[error(
        "the file's {0} betas from {1} to {2} are neither evenly spaced nor those of a cosine: only linear and cosine schedules can be run"
    )]
    Betas(usize, f64, f64),
    /// A tensor's bytes cannot be had.
    #[error("{0}")]
    Read(String),
}

/// Networks that are often taken for this one, by what a name of a tensor of theirs holds.
const OTHERS: [(&str, &str); 7] = [
    ("lora_", "a LoRA, which changes another network"),
    ("model.diffusion_model.", "Stable Diffusion, or a model built like it"),
    ("down_blocks.", "a UNet of the diffusers library"),
    ("input_blocks.", "a UNet of OpenAI's guided-diffusion or one built like it"),
    ("downs.0.", "a UNet of denoising-diffusion-pytorch"),
    ("decoder.mid_block.", "an autoencoder of the diffusers library"),
    ("text_model.", "a text encoder"),
];

impl WeightsError {
    /// Whether a name is one of a known other network.
    pub(super) fn is_of_another<'a>(mut names: impl Iterator<Item = &'a String>) -> bool {
        names.any(|name| another(name).is_some())
    }

    /// No tensor is the UNet's.
    pub(super) fn other_network<'a>(names: impl ExactSizeIterator<Item = &'a String> + Clone) -> Self {
        let Some(first) = names.clone().next() else {
            return Self::OtherNetwork("it holds no tensors".into());
        };
        let whose = names.clone().find_map(|name| another(name));
        let whose = whose.map_or(String::new(), |whose| format!(", by its names {whose}"));
        Self::OtherNetwork(format!(
            "its {} tensors, {first:?} first, are of another network{whose}",
            names.len()
        ))
    }
}

/// The known other network that a tensor of this name is of.
fn another(name: &str) -> Option<&'static str> {
    OTHERS.iter().find(|(part, _)| name.contains(part)).map(|(_, whose)| *whose)
}

// Their causes stand in the messages, so they are no sources, which would be told again.
impl From<ConfigError> for WeightsError {
    fn from(cause: ConfigError) -> Self {
        Self::Config(cause)
    }
}

impl From<ScheduleError> for WeightsError {
    fn from(cause: ScheduleError) -> Self {
        Self::Schedule(cause)
    }
}

/// Prefixes for people to read.
fn listed(prefixes: &[String]) -> String {
    let quoted = |prefix: &String| if prefix.is_empty() { "no prefix".into() } else { format!("{prefix:?}") };
    let quoted: Vec<String> = prefixes.iter().map(quoted).collect();
    if quoted.is_empty() { "none".into() } else { quoted.join(" and ") }
}
