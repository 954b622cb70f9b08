//! A training run as a folder:
//!
//! ```text
//! config.toml             the recipe and the data
//! metrics.jsonl           one line for each epoch
//! loss.svg                the loss curve
//! epoch-001.safetensors   weights after each epoch, ready for the page
//! epoch-001.png           samples from them, always from the same seed
//! checkpoint.safetensors  where the run stands; `--resume` continues from it
//! ```
//!
//! All but the checkpoint follow from it, so they are written first: whenever a run is killed, what
//! it then does again gives the same files.

use crate::cli::progress;
use crate::cli::say::out;
use crate::core::image::{self, Grid};
use crate::core::samplers::{self, SamplerConfig};
use crate::core::sampling::Walk;
use crate::core::schedule::Schedule;
use crate::data::atomic::atomic_write;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Conditions, Engine, Guidance};
use crate::figures::{self, Panel};
use crate::model::file::{Precision, Weights};
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::recipe::TrainConfig;
use crate::train::trainer::Trainer;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The checkpoint's name in a run's folder.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// Steps of the samples' walk that are taken together.
const STRETCH: usize = 8;

/// A run's folder.
pub struct RunFolder {
    folder: PathBuf,
    /// Time between two checkpoints within an epoch.
    save_every: Duration,
}

/// How a call of [`RunFolder::train`] ended.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Finished,
    Interrupted,
}

/// What `config.toml` says.
#[derive(Serialize)]
struct Description<'a> {
    #[serde(flatten)]
    recipe: &'a TrainConfig,
    data: &'a DataInfo,
}

impl RunFolder {
    pub fn at(folder: &Path, save_every: Duration) -> Self {
        Self { folder: folder.into(), save_every }
    }

    /// The folder, for people to read.
    pub fn display(&self) -> std::path::Display<'_> {
        self.folder.display()
    }

    fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
    }

    /// Makes the folder of a fresh run, with its first checkpoint.
    ///
    /// # Errors
    /// When the folder holds a run already, or cannot be written.
    pub fn create(&self, start: &Checkpoint) -> Result<()> {
        let folder = self.folder.display();
        if self.path(CHECKPOINT).exists() {
            bail!(
                "{folder} holds a run already: continue it with --resume {folder}, or choose another --out"
            );
        }
        std::fs::create_dir_all(&self.folder)
            .with_context(|| format!("cannot make the folder {folder}: choose another --out"))?;
        let config = toml::to_string(&Description { recipe: &start.config, data: &start.data })?;
        atomic_write(self.path("config.toml"), config.as_bytes())?;
        self.save_weights(0, &start.weights(false))?;
        self.save_checkpoint(start)
    }

    /// Where the run stands.
    ///
    /// # Errors
    /// When the folder holds no run, or one that cannot be continued.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        let path = self.path(CHECKPOINT);
        let bytes = std::fs::read(&path).with_context(|| {
            format!("cannot read {}: name a run's folder or its checkpoint", path.display())
        })?;
        parse_checkpoint(&path, &bytes)
    }

    /// A crash leaves the old checkpoint or the new one, never half of one.
    fn save_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        atomic_write(self.path(CHECKPOINT), &checkpoint.to_bytes()?)
    }

    /// The weights after an epoch; 0 is before the first.
    fn save_weights(&self, epoch: usize, weights: &Weights) -> Result<()> {
        let name = format!("epoch-{epoch:03}.safetensors");
        atomic_write(self.path(name), &weights.to_bytes(Precision::F32)?)
    }

    /// Trains to the last epoch, or until `stop` is set; then it saves first.
    ///
    /// # Errors
    /// When the training fails, or a file cannot be written.
    pub fn train(&self, trainer: &mut Trainer, stop: &AtomicBool) -> Result<Outcome> {
        let mut saved = Instant::now();
        while trainer.progress().epochs.len() < trainer.config().epochs {
            let bar = progress::epoch_bar(trainer);
            loop {
                let last = trainer.step()?;
                progress::show_batch(&bar, trainer);
                if last {
                    break;
                }
                let stopped = stop.load(Ordering::Relaxed);
                if stopped || saved.elapsed() >= self.save_every {
                    let checkpoint = trainer.pause(Trainer::checkpoint)?;
                    self.save_checkpoint(&checkpoint)?;
                    saved = Instant::now();
                }
                if stopped {
                    bar.abandon();
                    return Ok(Outcome::Interrupted);
                }
            }
            bar.finish();
            trainer.pause(|trainer| self.finish_epoch(trainer))?;
            saved = Instant::now();
        }
        Ok(Outcome::Finished)
    }

    /// Reports an epoch, writes what follows from it, and then the checkpoint.
    fn finish_epoch(&self, trainer: &mut Trainer) -> Result<()> {
        let checkpoint = trainer.checkpoint()?;
        let epochs = &checkpoint.progress.epochs;
        let newest = epochs.last().context("an epoch was just finished")?;
        out!("Loss at epoch {}: {:.3}", newest.epoch, newest.loss);
        let lines: Vec<String> = epochs.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        atomic_write(self.path("metrics.jsonl"), (lines.join("\n") + "\n").as_bytes())?;
        let losses: Vec<f64> = epochs.iter().map(|epoch| epoch.loss).collect();
        figures::loss_curve(&losses, self.path("loss.svg"))?;
        let weights = checkpoint.weights(false);
        self.save_weights(newest.epoch, &weights)?;
        if checkpoint.config.samples > 0 {
            let picture = samples(&weights, checkpoint.config.samples)?;
            let panel = Panel::new(format!("Epoch {}", newest.epoch), picture);
            figures::save_png(
                &figures::figure(&[panel], 1, 3),
                self.path(format!("epoch-{:03}.png", newest.epoch)),
            )?;
        }
        self.save_checkpoint(&checkpoint)
    }
}

/// Reads a checkpoint.
///
/// # Errors
/// When the bytes are none, which `path` names.
pub fn parse_checkpoint(path: &Path, bytes: &[u8]) -> Result<Checkpoint> {
    Checkpoint::parse(bytes)
        .with_context(|| format!("cannot use {}: start anew, or use an older copy", path.display()))
}

/// A grid of samples, always from the same noise; where the network knows classes, one class after the other.
fn samples(weights: &Weights, count: usize) -> Result<Grid> {
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, &SamplerConfig::default())?;
    let config = weights.config();
    let classes = (0..count).map(|image| config.classes.map(|classes| image % classes)).collect();
    let walk = Walk::new(steps, 0, 0, count, &weights.start(None)?);
    let mut engine = CpuEngine::new(&weights.parameters);
    let bar = progress::steps_bar("Sampling", walk.total());
    let conditions = Conditions { classes, guidance: Guidance::None };
    let mut run = pollster::block_on(engine.begin(walk, conditions))?;
    while run.walk().done() < run.walk().total() {
        let recorded = pollster::block_on(run.advance(STRETCH))?;
        bar.inc(recorded.steps.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Grid::new(run.walk().x(), config.image, image::columns_for(count)))
}
