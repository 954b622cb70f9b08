//! Training, one batch at a time: images -> q(x_t | x_0) -> UNet -> MSE on eps, or v -> Adam.
//!
//! Everything random is a function of the seed and the place in the run, so a trainer made from a
//! checkpoint goes on exactly as the one that wrote it would have.

use super::TrainError;
use super::checkpoint::{Checkpoint, DataInfo, EpochMetrics, Progress};
use super::learner::Learner;
use super::optimizer::AdamState;
use super::recipe::TrainConfig;
use super::set::TrainingSet;
use super::source::Source;
use super::validation::TestSet;
use crate::core::noise;
use crate::core::schedule::Schedule;
use crate::engine::Engine;
use crate::model::file::Weights;
use crate::model::{Parameters, UNetConfig};

/// Tells the time in seconds, from any beginning.
pub type Clock = Box<dyn Fn() -> f64>;

/// A clock that is too coarse to see a short epoch's time pass leaves its speed a number all the same.
const TICK: f64 = 1e-6;

/// A training run.
pub struct Trainer {
    config: TrainConfig,
    data: DataInfo,
    progress: Progress,
    schedule: Schedule,
    source: Source,
    order: Vec<usize>,
    learner: Box<dyn Learner>,
    /// What it runs on, for people to read.
    device: String,
    /// Whether the learner holds the next batch's gradient already.
    prepared: bool,
    /// Batches of this epoch whose loss is in the sum.
    read: usize,
    /// The newest loss that was read.
    last_loss: Option<f64>,
    clock: Clock,
    /// When training was taken up again, after the time that the progress knows.
    began: f64,
}

/// A fresh run, as a checkpoint before its first batch.
pub fn start(config: TrainConfig, data: DataInfo) -> Checkpoint {
    let untrained = Parameters::init(&config.network, config.seed);
    start_from(config, data, untrained)
}

/// A fresh run that begins with these weights rather than with untrained ones.
///
/// # Panics
/// When they are of another network than the recipe's.
pub fn start_from(config: TrainConfig, data: DataInfo, parameters: Parameters) -> Checkpoint {
    assert_eq!(parameters.config, config.network);
    let adam = AdamState::new(parameters.flat);
    Checkpoint { config, data, progress: Progress::default(), adam, computed_by: None }
}

impl Trainer {
    /// Continues from a checkpoint on a set of images, or on a teacher's paths, with the learner that `learner` makes of its weights; `device` is
    /// what that runs on, for people to read.
    ///
    /// # Errors
    /// When the recipe makes no sense, or the images, their labels or the paths do not fit it.
    pub fn new(
        from: Checkpoint,
        source: impl Into<Source>,
        learner: impl FnOnce(&UNetConfig, AdamState) -> Box<dyn Learner>,
        device: String,
        clock: Clock,
    ) -> Result<Self, TrainError> {
        let Checkpoint { config, data, progress, adam, computed_by: _ } = from;
        let schedule = config.check()?;
        let source = source.into();
        source.check(&config)?;
        let order = noise::permutation(config.seed, progress.epochs.len() as u32, source.count());
        let (read, learner, began) = (progress.batch, learner(&config.network, adam), clock());
        let prepared = false;
        Ok(Self {
            config,
            data,
            progress,
            schedule,
            source,
            order,
            learner,
            device,
            prepared,
            read,
            last_loss: None,
            clock,
            began,
        })
    }

    /// Trains on the next batch. True when it was the epoch's last.
    ///
    /// # Errors
    /// When the device fails or the loss is no longer a number.
    pub async fn step(&mut self) -> Result<bool, TrainError> {
        self.prepare().await?;
        let pace = self.config.pace(self.learner.steps(), self.config.epochs * self.batches());
        self.learner.apply(pace).await?;
        self.prepared = false;
        self.progress.batch += 1;
        let last = self.progress.batch == self.batches();
        self.read_losses(last).await?;
        if last {
            self.finish_epoch();
        }
        Ok(last)
    }

    /// Computes loss and gradient of the next batch, unless that has been done.
    async fn prepare(&mut self) -> Result<(), TrainError> {
        if self.prepared {
            return Ok(());
        }
        // 1. The next examples of this epoch's order, and what chance has in store for them.
        let chosen =
            &self.order[self.images_before(self.progress.batch)..self.images_before(self.progress.batch + 1)];
        let drawn = self.source.draw(&self.config, chosen, self.learner.steps() as u32);
        // 2. Loss and gradients, part by part.
        for first in (0..chosen.len()).step_by(self.config.batch_size) {
            let part = first..chosen.len().min(first + self.config.batch_size);
            let examples = drawn.examples(part, &self.config, &self.schedule);
            self.learner.accumulate(&self.schedule, &examples).await?;
        }
        self.prepared = true;
        Ok(())
    }

    /// Images in the epoch's first batches.
    fn images_before(&self, batches: usize) -> usize {
        self.order.len().min(batches.saturating_mul(self.config.step_images()))
    }

    async fn read_losses(&mut self, all: bool) -> Result<(), TrainError> {
        for loss in self.learner.losses(all).await? {
            self.check_loss(loss)?;
            let images = self.images_before(self.read + 1) - self.images_before(self.read);
            self.progress.loss_sum += loss * images as f64;
            self.read += 1;
            self.last_loss = Some(loss);
        }
        Ok(())
    }

    fn check_loss(&self, loss: f64) -> Result<(), TrainError> {
        let epoch = self.progress.epochs.len() + 1;
        loss.is_finite().then_some(()).ok_or(TrainError::NotANumber { epoch })
    }

    fn finish_epoch(&mut self) {
        let seconds = self.seconds();
        let images = self.source.count() as f64;
        let mut epochs = std::mem::take(&mut self.progress.epochs);
        epochs.push(EpochMetrics {
            epoch: epochs.len() + 1,
            loss: self.progress.loss_sum / images,
            test_loss: None,
            seconds,
            images_per_second: images / seconds.max(TICK),
            device: self.device.clone(),
        });
        self.order = noise::permutation(self.config.seed, epochs.len() as u32, self.source.count());
        self.progress = Progress { epochs, ..Progress::default() };
        self.read = 0;
        self.began = (self.clock)();
    }

    /// Training time of this epoch so far, earlier sittings included.
    fn seconds(&self) -> f64 {
        self.progress.seconds + (self.clock)() - self.began
    }

    /// Adds to the newest epoch's metrics what the weights that are kept, the average where there is one, lose on
    /// test images, with the engine that `engine` makes of them. To be called before the next epoch's first step.
    ///
    /// # Errors
    /// When the learner or the engine failed.
    pub async fn test(
        &mut self,
        test: &TestSet,
        engine: impl FnOnce(&Parameters) -> Box<dyn Engine>,
    ) -> Result<(), TrainError> {
        let adam = self.learner.state().await?;
        let flat = if self.config.ema.is_some() { adam.ema } else { adam.weights };
        let mut engine = engine(&Parameters::from_flat(&self.config.network, flat));
        let loss = test.loss(&self.config, &mut *engine).await?;
        if let Some(newest) = self.progress.epochs.last_mut() {
            newest.test_loss = loss.is_finite().then_some(loss);
        }
        Ok(())
    }

    /// Does something that is not training: it does not count as training time.
    pub fn pause<R>(&mut self, other: impl FnOnce(&mut Self) -> R) -> R {
        self.progress.seconds = self.seconds();
        self.began = (self.clock)();
        let result = other(self);
        self.began = (self.clock)();
        result
    }

    /// The run as it stands, ready to be saved: a state that training can go on from. The next batch's loss,
    /// with these very weights, is a number; its gradient is kept for the next step, so that this costs
    /// nothing.
    ///
    /// # Errors
    /// When the device cannot be read, or the training has diverged.
    pub async fn checkpoint(&mut self) -> Result<Checkpoint, TrainError> {
        self.read_losses(true).await?;
        self.prepare().await?;
        let loss = self.learner.loss().await?;
        self.check_loss(loss.unwrap_or(0.0))?;
        let adam = self.learner.state().await?;
        if !adam.is_finite() {
            self.check_loss(f64::NAN)?;
        }
        let (config, data) = (self.config.clone(), self.data.clone());
        let progress = Progress { seconds: self.seconds(), ..self.progress.clone() };
        Ok(Checkpoint { config, data, progress, adam, computed_by: None })
    }

    /// The weights as they are now, for a file: the exponential average, or with `raw` (and where the run keeps
    /// none) the parameters themselves.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub async fn weights(&mut self, raw: bool) -> Result<Weights, TrainError> {
        let adam = self.learner.state().await?;
        let (config, data, progress) = (self.config.clone(), self.data.clone(), self.progress.clone());
        Ok(Checkpoint { config, data, progress, adam, computed_by: None }.weights(raw))
    }

    /// Launches on a GPU for each step, as [`Learner::dispatches`] counts them.
    pub fn dispatches_per_step(&self) -> usize {
        self.learner.dispatches(self.config.step_images())
    }

    /// Batches in an epoch, each a step; the last one may be smaller.
    pub fn batches(&self) -> usize {
        self.config.batches(self.source.count())
    }

    /// Images that the network sees in an epoch: those of the set, or all that a teacher's paths lead through.
    pub fn images(&self) -> usize {
        self.source.count()
    }

    /// The images that the network learns from; none where a teacher's paths take their place.
    pub fn set(&self) -> Option<&TrainingSet> {
        match &self.source {
            Source::Images(set) => Some(set),
            Source::Paths(_) => None,
        }
    }

    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Steps taken in the whole run.
    pub fn steps(&self) -> usize {
        self.learner.steps()
    }

    /// The newest batch's loss that has been read, of this sitting.
    pub fn last_loss(&self) -> Option<f64> {
        self.last_loss
    }

    /// Mean loss of this epoch so far, of the batches whose loss has been read.
    pub fn running_loss(&self) -> Option<f64> {
        let images = self.images_before(self.read);
        (images > 0).then(|| self.progress.loss_sum / images as f64)
    }
}

#[cfg(test)]
mod tests;
