//! A training run's recipe: what a run is told, and what a checkpoint keeps of it.

use super::TrainError;
use crate::core::choice::choice;
use crate::core::prediction::Prediction;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::model::UNetConfig;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What becomes of the learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decay {
    #[default]
    None,
    Cosine,
}

choice!(Decay {
    None = "none", "It stays: the tutorial's";
    Cosine = "cosine", "It falls to 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5, without restarts)";
});

impl Decay {
    /// The share of the learning rate that is left when `done` of the run, in 0..=1, is.
    pub fn at(self, done: f64) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
        }
    }
}

/// What the loss counts at which t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    #[default]
    Uniform,
    MinSnr,
}

choice!(Weighting {
    Uniform = "uniform", "Every t as much (Ho et al. 2020, L_simple): the tutorial's";
    MinSnr = "min-snr", "What makes the error of the implied x_0 count min(SNR, 5) (Hang et al. 2023, section 3.4)";
});

impl Weighting {
    /// What a squared error of `prediction` counts at this signal-to-noise ratio.
    pub fn at(self, snr: f64, prediction: Prediction) -> f64 {
        match (self, prediction) {
            (Self::Uniform, _) => 1.0,
            (Self::MinSnr, Prediction::Eps) => snr.min(5.0) / snr,
            (Self::MinSnr, Prediction::V) => snr.min(5.0) / (snr + 1.0),
        }
    }
}

/// A recipe. The defaults are the tutorial's, plus an exponential average of the weights beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The network's sizes: the tutorial's in recipes of before there were others.
    #[serde(default = "UNetConfig::tutorial")]
    pub network: UNetConfig,
    pub epochs: usize,
    pub batch_size: usize,
    pub learning_rate: f64,
    #[serde(default)]
    pub decay: Decay,
    #[serde(default)]
    pub weighting: Weighting,
    /// Whether every second image is mirrored, as chance has it.
    #[serde(default)]
    pub mirror: bool,
    pub seed: u64,
    /// Decay of the exponential average, in (0, 1); none keeps no average.
    pub ema: Option<f64>,
    /// Images sampled after each epoch that is kept.
    pub samples: usize,
    /// Epochs that are kept: those whose weights and samples stay for people to look at.
    #[serde(default = "usual_keep")]
    pub keep: usize,
    pub schedule: ScheduleConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            network: UNetConfig::tutorial(),
            epochs: 30,
            batch_size: 128,
            learning_rate: 1e-3,
            decay: Decay::None,
            weighting: Weighting::Uniform,
            mirror: false,
            seed: 0,
            ema: Some(0.999),
            samples: 16,
            keep: usual_keep(),
            schedule: ScheduleConfig::default(),
        }
    }
}

/// The epochs that are kept of a run that says nothing else: all of the tutorial's.
fn usual_keep() -> usize {
    30
}

/// With fewer steps a network of the tutorial's sizes hardly learns more than blobs, however few the images.
pub const FEWEST_STEPS: usize = 5_000;

/// Epochs of so many batches that lead to a model: the tutorial's, or more where they are short.
pub fn usual_epochs(batches: usize) -> usize {
    TrainConfig::default().epochs.max(FEWEST_STEPS.div_ceil(batches))
}

impl TrainConfig {
    /// Whether the weights and samples after this epoch, counted from 1, are kept. Those that are, are spread
    /// evenly over the run; the last always is.
    pub fn keeps(&self, epoch: usize) -> bool {
        let kept = |epoch: usize| epoch * self.keep / self.epochs;
        epoch >= self.epochs || kept(epoch) > kept(epoch - 1)
    }

    /// The schedule, if the recipe makes sense.
    ///
    /// # Errors
    /// When a number is outside its range.
    pub fn check(&self) -> Result<Schedule, TrainError> {
        let ensure = |holds: bool, or: String| if holds { Ok(()) } else { Err(TrainError::Recipe(or)) };
        ensure(self.epochs > 0, "0 epochs train nothing: give --epochs 1 or more".into())?;
        ensure(self.keep > 0, "0 kept epochs would leave no weights: give --keep 1 or more".into())?;
        ensure(self.batch_size > 0, "a batch of 0 images: give --batch-size 1 or more".into())?;
        let rate = self.learning_rate;
        ensure(
            rate > 0.0 && rate.is_finite(),
            format!("learning rate {rate}: give a positive number (the tutorial uses 0.001)"),
        )?;
        if let Some(ema) = self.ema {
            ensure(
                ema > 0.0 && ema < 1.0,
                format!("EMA decay {ema}: give a number between 0 and 1, or 0 for no average"),
            )?;
        }
        self.network.check()?;
        Ok(Schedule::new(self.schedule)?)
    }
}

/// For people to read.
impl fmt::Display for TrainConfig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "learning rate {}", self.learning_rate)?;
        if self.decay == Decay::Cosine {
            write!(f, " falling to 0 along a cosine")?;
        }
        write!(f, ", batches of {}", self.batch_size)?;
        if self.weighting == Weighting::MinSnr {
            write!(f, ", loss weighted by min-SNR-5")?;
        }
        if self.mirror {
            write!(f, ", images mirrored at random")?;
        }
        write!(f, ", seed {}", self.seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn min_snr_counts_clean_images_less() {
        use Prediction::{Eps, V};
        assert_eq!([0.01, 5.0, 1e4].map(|snr| Weighting::Uniform.at(snr, Eps)), [1.0; 3]);
        assert_eq!([0.01, 5.0, 50.0].map(|snr| Weighting::MinSnr.at(snr, Eps)), [1.0, 1.0, 0.1]);
        // An error of v is one of x_0 times the root of SNR + 1.
        assert_eq!([1.0, 4.0, 49.0].map(|snr| Weighting::MinSnr.at(snr, V)), [0.5, 0.8, 0.1]);
    }

    #[test]
    fn kept_epochs_are_spread_evenly_and_end_with_the_last() {
        let kept = |epochs: usize, keep: usize| -> Vec<usize> {
            let config = TrainConfig { epochs, keep, ..TrainConfig::default() };
            (1..=epochs).filter(|epoch| config.keeps(*epoch)).collect()
        };
        assert_eq!(kept(30, 30), (1..=30).collect::<Vec<_>>());
        assert_eq!(kept(3, 30), [1, 2, 3]);
        assert_eq!(kept(10, 3), [4, 7, 10]);
        assert_eq!(kept(5, 1), [5]);
        let many = kept(5000, 30);
        assert_eq!((many.len(), many[29]), (30, 5000));
        assert!(many.windows(2).all(|pair| [166, 167].contains(&(pair[1] - pair[0]))), "{many:?}");
    }

    #[test]
    fn few_images_are_seen_more_often_than_many() {
        assert_eq!(usual_epochs(469), 30);
        assert_eq!(usual_epochs(166), 31);
        assert_eq!(usual_epochs(24), 209);
        assert_eq!(usual_epochs(1), 5000);
    }

    #[test]
    fn the_learning_rate_falls_to_nothing() {
        assert_eq!([0.0, 0.7, 1.0].map(|done| Decay::None.at(done)), [1.0; 3]);
        let [start, middle, end] = [0.0, 0.5, 1.0].map(|done| Decay::Cosine.at(done));
        assert!(start == 1.0 && (middle - 0.5).abs() < 1e-15 && end.abs() < 1e-15);
    }
}
