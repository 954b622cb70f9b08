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

use crate::core::image::{self, Grid};
use crate::core::samplers::{self, SamplerConfig};
use crate::core::sampling::Sampling;
use crate::core::schedule::Schedule;
use crate::data::atomic::atomic_write;
use crate::engine::cpu::CpuEngine;
use crate::figures::{self, Panel};
use crate::model::file::{Precision, Weights};
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::recipe::TrainConfig;
use crate::train::trainer::Trainer;
use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const CHECKPOINT: &str = "checkpoint.safetensors";

/// A run's folder.
pub struct Run {
    folder: PathBuf,
    /// Time between two checkpoints within an epoch.
    pub save_every: Duration,
}

/// How a call of [`Run::train`] ended.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    Finished,
    Interrupted,
}

impl Run {
    pub fn at(folder: &Path, save_every: Duration) -> Self {
        Self { folder: folder.into(), save_every }
    }

    /// The folder, for people to read.
    pub fn folder(&self) -> std::path::Display<'_> {
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
        #[derive(Serialize)]
        struct File<'a> {
            #[serde(flatten)]
            recipe: &'a TrainConfig,
            data: &'a DataInfo,
        }
        let config = toml::to_string(&File { recipe: &start.config, data: &start.data })?;
        atomic_write(self.path("config.toml"), config.as_bytes())?;
        self.save_weights(0, &start.weights(false))?;
        start.save(&self.path(CHECKPOINT))
    }

    /// The weights after an epoch; 0 is before the first.
    fn save_weights(&self, epoch: usize, weights: &Weights) -> Result<()> {
        let name = format!("epoch-{epoch:03}.safetensors");
        atomic_write(self.path(name), &weights.to_bytes(Precision::F32)?)
    }

    /// Where the run stands.
    pub fn checkpoint(&self) -> Result<Checkpoint> {
        Checkpoint::load(&self.path(CHECKPOINT))
    }

    /// Trains to the last epoch, or until `stop` is set; then it saves first.
    pub fn train(&self, trainer: &mut Trainer, stop: &AtomicBool) -> Result<Outcome> {
        let mut saved = Instant::now();
        while trainer.progress().epochs.len() < trainer.config().epochs {
            let bar = epoch_bar(trainer);
            loop {
                let last = trainer.step()?;
                show(&bar, trainer);
                if last {
                    break;
                }
                let stopped = stop.load(Ordering::Relaxed);
                if stopped || saved.elapsed() >= self.save_every {
                    self.save(trainer)?;
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

    fn save(&self, trainer: &mut Trainer) -> Result<()> {
        trainer.pause(Trainer::checkpoint)?.save(&self.path(CHECKPOINT))
    }

    /// Reports an epoch, writes what follows from it, and then the checkpoint.
    fn finish_epoch(&self, trainer: &mut Trainer) -> Result<()> {
        let checkpoint = trainer.checkpoint()?;
        let epochs = &checkpoint.progress.epochs;
        let newest = epochs.last().context("an epoch was just finished")?;
        println!("Loss at epoch {}: {:.3}", newest.epoch, newest.loss);
        let lines: Vec<String> = epochs.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        atomic_write(self.path("metrics.jsonl"), (lines.join("\n") + "\n").as_bytes())?;
        let losses: Vec<f64> = epochs.iter().map(|epoch| epoch.loss).collect();
        figures::loss_curve(&losses, self.path("loss.svg"))?;
        let weights = checkpoint.weights(false);
        self.save_weights(newest.epoch, &weights)?;
        if checkpoint.config.samples > 0 {
            let picture = samples(&weights, &checkpoint.config)?;
            let panel = Panel::new(format!("Epoch {}", newest.epoch), picture);
            figures::save_png(
                &figures::figure(&[panel], 1, 3),
                self.path(format!("epoch-{:03}.png", newest.epoch)),
            )?;
        }
        checkpoint.save(&self.path(CHECKPOINT))
    }
}

/// The weights in a weights file, a checkpoint or a run's folder.
///
/// # Errors
/// When it is none of these.
pub fn load_weights(path: &Path, raw: bool) -> Result<Weights> {
    let path = if path.is_dir() { path.join(CHECKPOINT) } else { path.to_path_buf() };
    let shown = path.display();
    let bytes = std::fs::read(&path).with_context(|| {
        format!("cannot read {shown}: name a weights file, a checkpoint or a run's folder (`ddpm train` makes one)")
    })?;
    if Checkpoint::is_one(&bytes) {
        return Ok(Checkpoint::load(&path)?.weights(raw));
    }
    Weights::parse(&bytes).with_context(|| format!("cannot use {shown}"))
}

/// A grid of samples, always from the same noise.
fn samples(weights: &Weights, config: &TrainConfig) -> Result<Grid> {
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, &SamplerConfig::default())?;
    let mut engine = CpuEngine::new(&weights.state);
    let start = weights.start(None)?;
    let mut sampling = Sampling::new(steps, 0, 0, config.samples, &start);
    let bar = steps_bar("Sampling", sampling.total());
    while pollster::block_on(sampling.advance(&mut engine))?.is_some() {
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(Grid::new(sampling.x(), image::columns_for(config.samples)))
}

/// A bar in the manner of tqdm, continued where the epoch stands.
fn epoch_bar(trainer: &Trainer) -> ProgressBar {
    let done = trainer.progress().batch as u64;
    let bar = tqdm(trainer.batches()).with_position(done);
    let epoch = trainer.progress().epochs.len() + 1;
    bar.set_prefix(format!("Epoch {epoch}/{}", trainer.config().epochs));
    bar.reset_eta();
    bar
}

fn show(bar: &ProgressBar, trainer: &Trainer) {
    bar.inc(1);
    if let Some(loss) = trainer.running_loss() {
        bar.set_message(format!(", loss={loss:.3}"));
    }
}

/// A bar for anything that counts steps.
pub fn steps_bar(name: &str, steps: usize) -> ProgressBar {
    tqdm(steps).with_prefix(name.to_string())
}

fn tqdm(length: usize) -> ProgressBar {
    let template = "{prefix}: {percent:>3}%|{bar:24}| {pos}/{len} [{elapsed}<{eta}, {rate}{msg}]";
    let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = write!(out, "{:.2}it/s", state.per_sec());
    };
    let style = ProgressStyle::with_template(template).expect("the template is right");
    let bar = ProgressBar::new(length as u64);
    bar.set_style(style.with_key("rate", rate).progress_chars("█▉▊▋▌▍▎▏ "));
    bar
}
