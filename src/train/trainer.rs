//! Training, one batch at a time: images -> q(x_t | x_0) -> UNet -> MSE on eps, or v -> Adam.
//!
//! Everything random is a function of the seed and the place in the run, so a trainer made from a
//! checkpoint goes on exactly as the one that wrote it would have.

use crate::core::image::PIXELS;
use crate::core::noise::{self, Use};
use crate::core::schedule::Schedule;
use crate::data::idx::Images;
use crate::model::tensors;
use crate::train::batch;
use crate::train::checkpoint::{Checkpoint, DataInfo, EpochMetrics, Progress};
use crate::train::learner::{Examples, Learner, Pace};
use crate::train::optimizer::{AdamState, Layout};
use crate::train::recipe::TrainConfig;
use anyhow::{Result, ensure};
use std::time::Instant;

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
    let adam = AdamState::new(Layout::default().flatten(&tensors::init(config.seed)));
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
            true => {
                batch::mirrored_batch(&self.images, chosen, self.config.seed, self.learner.steps() as u32)
            }
            false => batch::batch(&self.images, chosen),
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
