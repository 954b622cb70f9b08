//! Training, one batch at a time: images -> q(x_t | x_0) -> UNet -> MSE on eps -> Adam.
//!
//! Everything random is a function of the seed and the place in the run, so a trainer made from a
//! checkpoint goes on exactly as the one that wrote it would have.

use crate::adam::{AdamState, Layout};
use crate::arch;
use crate::checkpoint::{Checkpoint, DataInfo, EpochMetrics, Progress};
use crate::data;
use crate::idx::Images;
use crate::learner::{Examples, Learner, Pace};
use crate::noise::{self, Use};
use crate::pixels::PIXELS;
use crate::schedule::{Prediction, Schedule, ScheduleConfig, ScheduleError};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Instant;

/// What becomes of the learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Decay {
    /// It stays: the tutorial's
    #[default]
    None,
    /// It falls to 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5, without restarts)
    Cosine,
}

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Weighting {
    /// Every t as much (Ho et al. 2020, L_simple): the tutorial's
    #[default]
    Uniform,
    /// What makes the error of the implied x_0 count min(SNR, 5) (Hang et al. 2023, section 3.4)
    MinSnr,
}

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
    /// Images sampled after each epoch.
    pub samples: usize,
    pub schedule: ScheduleConfig,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 30,
            batch_size: 128,
            learning_rate: 1e-3,
            decay: Decay::None,
            weighting: Weighting::Uniform,
            mirror: false,
            seed: 0,
            ema: Some(0.999),
            samples: 16,
            schedule: ScheduleConfig::default(),
        }
    }
}

impl TrainConfig {
    /// The schedule, if the recipe makes sense.
    pub fn check(&self) -> Result<Schedule> {
        ensure!(self.epochs > 0, "0 epochs train nothing: give --epochs 1 or more");
        ensure!(self.batch_size > 0, "a batch of 0 images: give --batch-size 1 or more");
        ensure!(
            self.learning_rate > 0.0 && self.learning_rate.is_finite(),
            "learning rate {}: give a positive number (the tutorial uses 0.001)",
            self.learning_rate
        );
        if let Some(ema) = self.ema {
            ensure!(
                ema > 0.0 && ema < 1.0,
                "EMA decay {ema}: give a number between 0 and 1, or 0 for no average"
            );
        }
        Schedule::new(self.schedule).map_err(|error: ScheduleError| error.into())
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

/// A training run.
pub struct Trainer {
    config: TrainConfig,
    data: DataInfo,
    progress: Progress,
    schedule: Schedule,
    images: Images,
    order: Vec<usize>,
    learner: Learner,
    /// What it runs on, for people to read.
    device: String,
    /// Batches of this epoch whose loss is in the sum.
    read: usize,
    clock: Instant,
}

/// A fresh run, as a checkpoint before its first batch.
pub fn start(config: TrainConfig, data: DataInfo) -> Checkpoint {
    let adam = AdamState::new(Layout::default().flatten(&arch::init(config.seed)));
    Checkpoint { config, data, progress: Progress::default(), adam }
}

impl Trainer {
    /// Continues from a checkpoint, with the learner that `learner` makes of its weights; `device` is
    /// what that runs on, for people to read.
    ///
    /// # Errors
    /// When the recipe makes no sense or there are no images.
    pub fn new(
        from: Checkpoint,
        images: Images,
        learner: impl FnOnce(AdamState) -> Learner,
        device: String,
    ) -> Result<Self> {
        let Checkpoint { config, data, progress, adam } = from;
        let schedule = config.check()?;
        ensure!(!images.is_empty(), "there are no images to train on: see what `ddpm data` finds");
        let order = noise::permutation(config.seed, progress.epochs.len() as u32, images.len());
        let (read, learner, clock) = (progress.batch, learner(adam), Instant::now());
        Ok(Self { config, data, progress, schedule, images, order, learner, device, read, clock })
    }

    /// Trains on the next batch. True when it was the epoch's last.
    ///
    /// # Errors
    /// When the device fails or the loss is no longer a number.
    pub fn step(&mut self) -> Result<bool> {
        // 1. The next images of this epoch's order.
        let chosen =
            &self.order[self.images_before(self.progress.batch)..self.images_before(self.progress.batch + 1)];
        let x_0 = match self.config.mirror {
            true => data::mirrored_batch(&self.images, chosen, self.config.seed, self.learner.steps() as u32),
            false => data::batch(&self.images, chosen),
        };
        // 2. A timestep and noise for each.
        let (t, eps) = self.draw(chosen.len());
        let TrainConfig { weighting, schedule, .. } = self.config;
        let weight = |t: &usize| weighting.at(self.schedule.snr(Some(*t)), schedule.prediction) as f32;
        let importance = t.iter().map(weight).collect();
        // 3. Loss, gradients, Adam.
        let done = self.learner.steps() as f64 / (self.config.epochs * self.batches()) as f64;
        let pace = Pace {
            learning_rate: self.config.learning_rate * self.config.decay.at(done),
            ema: self.config.ema.unwrap_or(0.0),
        };
        self.learner.step(&self.schedule, Examples { x_0, eps, t, importance }, pace);
        self.progress.batch += 1;
        let last = self.progress.batch == self.batches();
        self.read_losses(last)?;
        if last {
            self.finish_epoch();
        }
        Ok(last)
    }

    /// Images in the epoch's first batches.
    fn images_before(&self, batches: usize) -> usize {
        self.order.len().min(batches * self.config.batch_size)
    }

    /// Timesteps, uniform in 0..T, and noise for the next batch.
    fn draw(&self, count: usize) -> (Vec<usize>, Vec<f32>) {
        let (seed, step) = (self.config.seed, self.learner.steps() as u32);
        let mut rng = noise::stream(seed, Use::TrainTime, 0, step);
        let t = (0..count).map(|_| noise::below(&mut rng, self.schedule.timesteps())).collect();
        let mut eps = vec![0.0; count * PIXELS];
        noise::gaussian_batch(seed, Use::TrainEps, 0, step, PIXELS, &mut eps);
        (t, eps)
    }

    fn read_losses(&mut self, all: bool) -> Result<()> {
        for loss in self.learner.losses(all)? {
            ensure!(
                loss.is_finite(),
                "the loss is no longer a number in epoch {}: resume with a lower --learning-rate",
                self.progress.epochs.len() + 1
            );
            let images = self.images_before(self.read + 1) - self.images_before(self.read);
            self.progress.loss_sum += loss * images as f64;
            self.read += 1;
        }
        Ok(())
    }

    fn finish_epoch(&mut self) {
        let seconds = self.seconds();
        let images = self.images.len() as f64;
        let mut epochs = std::mem::take(&mut self.progress.epochs);
        epochs.push(EpochMetrics {
            epoch: epochs.len() + 1,
            loss: self.progress.loss_sum / images,
            seconds,
            images_per_second: images / seconds,
            device: self.device.clone(),
        });
        self.order = noise::permutation(self.config.seed, epochs.len() as u32, self.images.len());
        self.progress = Progress { epochs, ..Progress::default() };
        self.read = 0;
        self.clock = Instant::now();
    }

    /// Training time of this epoch so far, earlier sittings included.
    fn seconds(&self) -> f64 {
        self.progress.seconds + self.clock.elapsed().as_secs_f64()
    }

    /// Does something that is not training: it does not count as training time.
    pub fn pause<R>(&mut self, other: impl FnOnce(&mut Self) -> R) -> R {
        self.progress.seconds = self.seconds();
        self.clock = Instant::now();
        let result = other(self);
        self.clock = Instant::now();
        result
    }

    /// The run as it stands, ready to be saved.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn checkpoint(&mut self) -> Result<Checkpoint> {
        self.read_losses(true)?;
        let adam = self.learner.state()?;
        let (config, data) = (self.config.clone(), self.data.clone());
        let progress = Progress { seconds: self.seconds(), ..self.progress.clone() };
        Ok(Checkpoint { config, data, progress, adam })
    }

    /// Batches in an epoch; the last one may be smaller.
    pub fn batches(&self) -> usize {
        self.images.len().div_ceil(self.config.batch_size)
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Mean loss of this epoch so far, of the batches whose loss has been read.
    pub fn running_loss(&self) -> Option<f64> {
        let images = self.images_before(self.read);
        (images > 0).then(|| self.progress.loss_sum / images as f64)
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
    fn the_learning_rate_falls_to_nothing() {
        assert_eq!([0.0, 0.7, 1.0].map(|done| Decay::None.at(done)), [1.0; 3]);
        let [start, middle, end] = [0.0, 0.5, 1.0].map(|done| Decay::Cosine.at(done));
        assert!(start == 1.0 && (middle - 0.5).abs() < 1e-15 && end.abs() < 1e-15);
    }
}
