//! The weights file's description: JSON in the safetensors header.

use super::WeightsError;
use crate::core::image::NORMALISATION;
use crate::core::moves::Moves;
use crate::core::pixel_stats::PixelStats;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{SamplerConfig, SamplerKind};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::model::config::UNetConfig;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The metadata's key in the safetensors header; its value is [`Metadata`] as JSON.
pub(super) const METADATA_KEY: &str = "ddpm_web";
/// The key of a training checkpoint's description, by which one is known.
pub const CHECKPOINT_KEY: &str = "ddpm_web_checkpoint";
/// The key of a classifier's description.
pub const CLASSIFIER_KEY: &str = "ddpm_web_classifier";
/// The newest metadata this program writes and reads.
pub(super) const FORMAT_VERSION: u32 = 1;

/// How a model was trained, and what its sampler needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metadata {
    pub format_version: u32,
    /// The network's sizes; none in files of before there were others than the tutorial's.
    #[serde(default)]
    pub config: Option<UNetConfig>,
    /// T and the betas.
    pub schedule: ScheduleConfig,
    /// Pixels are (p / 255 - 0.5) * 2.
    pub normalisation: String,
    /// Side of the square images.
    pub image_size: usize,
    pub dataset: String,
    /// Names of the data set's classes, in the order of their numbers, whether the network is told them or
    /// not.
    pub classes: Vec<String>,
    pub train_images: usize,
    /// Loss of each finished epoch.
    pub losses: Vec<f64>,
    /// Decay of the exponential average that these weights are; none for the raw weights.
    pub ema_decay: Option<f64>,
    pub batch_size: usize,
    pub learning_rate: f64,
    pub seed: u64,
    /// All that training was told, in words; empty in files of before it was kept.
    #[serde(default)]
    pub recipe: String,
    /// How training moved the images.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub moves: Moves,
    /// What a matched start needs; none in files of before there was one.
    #[serde(default)]
    pub pixels: Option<PixelStats>,
    /// How the model was distilled from another; none for one that learned from images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distilled: Option<Distilled>,
    /// SHA-256 over the tensors, as [`hash`](super::hash) computes it.
    #[serde(default)]
    pub sha256: String,
}

/// What a network that was taught few-step walks by another, its teacher, was taught.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distilled {
    /// The numbers of steps that its walks have: by DDIM without noise, at the timesteps of
    /// [`Spacing::Distilled`].
    pub steps: Vec<usize>,
    /// Scale of the classifier-free guidance that is built in; 1 is none.
    pub guidance: f32,
    /// The largest timestep at which the teacher was guided; none where it was in every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_from: Option<usize>,
    /// SHA-256 over the teacher's tensors as f32, as [`Weights::sha256`](super::Weights::sha256) computes it.
    pub teacher: String,
}

impl Distilled {
    /// The most steps that it was taught.
    pub fn most_steps(&self) -> usize {
        self.steps.iter().copied().max().unwrap_or(1)
    }

    /// The walk of so many steps that it was taught.
    pub fn sampler(steps: usize) -> SamplerConfig {
        SamplerConfig { kind: SamplerKind::DDIM, steps: Some(steps), spacing: Spacing::Distilled, eta: 0.0 }
    }

    /// Whether a sampler takes one of the walks that it was taught.
    pub fn was_taught(&self, sampler: &SamplerConfig) -> bool {
        self.steps.iter().any(|steps| Self::sampler(*steps) == *sampler)
    }
}

/// For people to read.
impl fmt::Display for Distilled {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (last, others) = self.steps.split_last().unwrap_or((&0, &[]));
        let others: Vec<String> = others.iter().map(ToString::to_string).collect();
        let plural = if self.steps == [1] { "" } else { "s" };
        match others[..] {
            [] => write!(f, "walks of {last} step{plural}")?,
            _ => write!(f, "walks of {} and {last} steps", others.join(", "))?,
        }
        if self.guidance != 1.0 {
            write!(f, " with guidance {} built in", self.guidance)?;
        }
        if let Some(t) = self.guidance_from {
            write!(f, " from t = {t} on")?;
        }
        Ok(())
    }
}

/// Whether the images were left where they are.
fn is_usual(moves: &Moves) -> bool {
    *moves == Moves::default()
}

impl Metadata {
    /// Of a model of which no more than its schedule is known.
    pub fn of_schedule(schedule: ScheduleConfig) -> Self {
        Self { schedule, normalisation: NORMALISATION.into(), ..Self::default() }
    }

    /// Whether it says what the model was trained on.
    pub fn knows_training(&self) -> bool {
        self.train_images > 0
    }

    pub(super) fn parse(json: &str) -> Result<Self, WeightsError> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let unreadable = |error: serde_json::Error| WeightsError::Metadata(error.to_string());
        // The version first: a newer file may well have other fields.
        let Version { format_version } = serde_json::from_str(json).map_err(unreadable)?;
        if format_version > FORMAT_VERSION {
            return Err(WeightsError::Version(format_version));
        }
        serde_json::from_str(json).map_err(unreadable)
    }

    /// Whether the description is of the tensors beside it.
    pub(super) fn check(&self, config: &UNetConfig) -> Result<(), WeightsError> {
        Schedule::new(self.schedule)?;
        let refuse = |cause: String| Err(WeightsError::Metadata(cause));
        match &self.config {
            Some(own) if own != config => {
                return refuse(format!("it says {own}, but the tensors are of {config}"));
            }
            _ => (),
        }
        match &self.pixels {
            Some(stats) if !stats.fits(config.image.numbers()) => {
                refuse(format!("its pixels' mean and variance are not those of {} images", config.image))
            }
            _ => Ok(()),
        }
    }
}
