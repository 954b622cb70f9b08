//! A training run's recipe: what a run is told, and what a checkpoint keeps of it.

mod choices;
mod suited;
mod words;

pub use self::choices::{Decay, Weighting};
pub use self::suited::{FEWEST_STEPS, usual_epochs};

use super::TrainError;
use super::distillation::Distillation;
use super::optimizer::Pace;
use crate::core::moves::Moves;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::model::UNetConfig;
use serde::{Deserialize, Serialize};

/// A recipe. The defaults are the tutorial's, plus an exponential average of the weights beside them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The network's sizes: the tutorial's in recipes of before there were others.
    #[serde(default = "UNetConfig::tutorial")]
    pub network: UNetConfig,
    pub epochs: usize,
    pub batch_size: usize,
    /// How many times `batch_size` images a step sees, one batch after the other, of which the gradients are summed:
    /// the same step as of one large batch, in a small one's memory.
    #[serde(default = "one")]
    pub accumulate: usize,
    pub learning_rate: f64,
    /// Steps in which the learning rate rises linearly from 0; 0 for none.
    #[serde(default)]
    pub warmup: usize,
    #[serde(default)]
    pub decay: Decay,
    /// The largest L2 norm of a step's whole gradient; none lets it have any.
    #[serde(default)]
    pub clip: Option<f64>,
    #[serde(default)]
    pub weighting: Weighting,
    /// Whether every second image is mirrored, as chance has it.
    #[serde(default)]
    pub mirror: bool,
    /// Every image is shifted by up to so many pixels each way, as chance has it, and its edges' pixels repeated.
    #[serde(default)]
    pub shift: usize,
    pub seed: u64,
    /// Decay of the exponential average, in (0, 1); none keeps no average.
    pub ema: Option<f64>,
    /// Images sampled after each epoch that is kept.
    pub samples: usize,
    /// Epochs that are kept: those whose weights and samples stay for people to look at.
    #[serde(default = "usual_keep")]
    pub keep: usize,
    pub schedule: ScheduleConfig,
    /// SHA-256 over the tensors, as f32, that the run began with; none where they were untrained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What is distilled from which teacher; none for a training on images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distill: Option<Distillation>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            network: UNetConfig::tutorial(),
            epochs: 30,
            batch_size: 128,
            accumulate: one(),
            learning_rate: 1e-3,
            warmup: 0,
            decay: Decay::None,
            clip: None,
            weighting: Weighting::Uniform,
            mirror: false,
            shift: 0,
            seed: 0,
            ema: Some(0.999),
            samples: 16,
            keep: usual_keep(),
            schedule: ScheduleConfig::default(),
            from: None,
            distill: None,
        }
    }
}

/// The most pixels that images are shifted.
const MOST_SHIFT: usize = 16;

/// The epochs that are kept of a run that says nothing else: all of the tutorial's.
fn usual_keep() -> usize {
    30
}

fn one() -> usize {
    1
}

impl TrainConfig {
    /// Images that a step sees; of an epoch's last step, perhaps fewer.
    pub fn step_images(&self) -> usize {
        self.batch_size.saturating_mul(self.accumulate)
    }

    /// Steps of an epoch over so many images.
    pub fn batches(&self, images: usize) -> usize {
        images.div_ceil(self.step_images())
    }

    /// How an image may be moved before the network sees it.
    pub fn moves(&self) -> Moves {
        Moves { mirror: self.mirror, shift: self.shift }
    }

    /// What a squared error at `t` counts in the loss.
    pub fn importance(&self, schedule: &Schedule, t: usize) -> f64 {
        self.weighting.at(schedule.snr(Some(t)), self.schedule.prediction)
    }

    /// How far the step goes before which `done` of `steps` are done.
    pub fn pace(&self, done: usize, steps: usize) -> Pace {
        let risen = if done < self.warmup { (done + 1) as f64 / self.warmup as f64 } else { 1.0 };
        Pace {
            learning_rate: self.learning_rate * self.decay.at(done as f64 / steps as f64) * risen,
            ema: self.ema.unwrap_or(0.0),
            clip: self.clip,
        }
    }

    /// Whether the weights and samples after this epoch, counted from 1, are kept. Those that are, are spread
    /// evenly over the run; the last always is.
    pub fn keeps(&self, epoch: usize) -> bool {
        let kept = |epoch: usize| epoch * self.keep / self.epochs;
        epoch >= self.epochs || kept(epoch) > kept(epoch - 1)
    }

    /// The recipe that suits a distillation of this teacher's network along its schedule. In 12 epochs each step of each
    /// path is seen 12 times.
    pub fn distilled(network: UNetConfig, schedule: ScheduleConfig, distill: Distillation) -> Self {
        Self {
            network,
            epochs: 12,
            batch_size: 64,
            warmup: 200,
            decay: Decay::Cosine,
            clip: Some(1.0),
            schedule,
            distill: Some(distill),
            ..Self::default()
        }
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
        ensure(self.accumulate > 0, "a step of 0 batches: give --batch-accumulate 1 or more".into())?;
        if let Some(clip) = self.clip {
            ensure(
                clip > 0.0 && clip.is_finite(),
                format!(
                    "gradients clipped to {clip}: give --clip a positive number (1 is usual), or leave it away"
                ),
            )?;
        }
        let shift = self.shift;
        ensure(
            shift <= MOST_SHIFT,
            format!("a shift of {shift} pixels: give --shift {MOST_SHIFT} at most (1 or 2 are usual)"),
        )?;
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
        let schedule = Schedule::new(self.schedule)?;
        if let Some(distill) = &self.distill {
            distill.check(&schedule, &self.network)?;
        }
        Ok(schedule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_learning_rate_rises_before_it_falls() {
        let config = TrainConfig { warmup: 4, clip: Some(0.5), ema: None, ..TrainConfig::default() };
        let rates = |config: &TrainConfig| -> Vec<f64> {
            (0..6).map(|done| config.pace(done, 6).learning_rate / config.learning_rate).collect()
        };
        assert_eq!(rates(&config), [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]);
        assert_eq!(rates(&TrainConfig { warmup: 0, ..config.clone() }), [1.0; 6]);
        let falling = rates(&TrainConfig { decay: Decay::Cosine, ..config.clone() });
        assert!(falling[0] == 0.25 && falling[3] == Decay::Cosine.at(0.5) && falling[5] < falling[4]);
        let pace = config.pace(3, 6);
        assert_eq!((pace.clip, pace.ema), (Some(0.5), 0.0));
    }

    /// A recipe as it was kept before there was more than this.
    const OLD: &str = r#"{ "epochs": 3, "batch_size": 6, "learning_rate": 0.001, "seed": 5, "ema": 0.999, "samples": 2,
        "schedule": { "timesteps": 12, "beta_start": 0.0001, "beta_end": 0.02 } }"#;

    #[test]
    fn old_recipes_are_what_they_were() {
        let old: TrainConfig = serde_json::from_str(OLD).unwrap();
        assert_eq!((old.accumulate, old.warmup, old.clip, old.shift), (1, 0, None, 0));
        assert_eq!(old.to_string(), "learning rate 0.001, batches of 6, seed 5");
        assert_eq!((old.step_images(), old.batches(20)), (6, 4));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_a_remedy() {
        let usual = TrainConfig::default;
        for (config, remedy) in [
            (TrainConfig { accumulate: 0, ..usual() }, "--batch-accumulate 1"),
            (TrainConfig { clip: Some(0.0), ..usual() }, "--clip"),
            (TrainConfig { clip: Some(f64::NAN), ..usual() }, "--clip"),
            (TrainConfig { shift: 17, ..usual() }, "--shift 16"),
        ] {
            let said = config.check().unwrap_err().to_string();
            assert!(said.contains(remedy), "{said}");
        }
    }
}
