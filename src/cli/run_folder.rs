//! A training run as a folder:
//!
//! ```text
//! config.toml             the recipe and the data
//! metrics.jsonl           one line for each epoch
//! metrics.csv             the same as a table
//! loss.svg                the loss curve
//! epoch-001.safetensors   weights after each kept epoch, ready for the page
//! epoch-001.png           samples from them, always from the same seed
//! checkpoint.safetensors  where the run stands; `--resume` continues from it
//! paths.safetensors       of a distillation: what its teacher did, made anew where it is missing
//! ```
//!
//! All but the checkpoint follow from it, so they are written first: whenever a run is killed, what
//! it then does again gives the same files.

mod kept;
mod lock;
mod metrics;
mod place;
mod progress;
mod samples;

pub use self::kept::kept_weights;
use self::lock::Lock;
pub use self::place::{check_free, parse_checkpoint};
use self::progress::TrainingProgress;
use self::samples::{copies, samples, walks};
use crate::cli::say::{is_quiet, note, out};
use crate::cli::stop::Stop;
use crate::core::image::{self, Grid, Images};
use crate::data::atomic::{atomic_write, remove_temporary};
use crate::engine::cpu::CpuEngine;
use crate::figures::{self, Panel};
use crate::model::file::{Precision, Weights};
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::recipe::TrainConfig;
use crate::train::trainer::Trainer;
use crate::train::validation::TestSet;
use anyhow::{Context, Result};
use pollster::block_on;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The checkpoint's name in a run's folder.
pub const CHECKPOINT: &str = "checkpoint.safetensors";
/// The losses' names, as lines of JSON and as a table.
const METRICS: &str = "metrics.jsonl";
const METRICS_TABLE: &str = "metrics.csv";
/// So few images a model may learn by heart: it is said at the run's end whether its samples are copies.
const FEW: usize = 5000;
/// Time between two checkpoints where epochs are shorter, unless `--save-every` asks for less.
const SHORT: Duration = Duration::from_secs(2);

/// A run's folder, into which no other process trains at the same time.
pub struct RunFolder {
    folder: PathBuf,
    /// Time between two checkpoints within an epoch.
    save_every: Duration,
    /// Whether epochs are told as JSON.
    json: bool,
    _lock: Lock,
}

/// How a training goes about its folder.
#[derive(Clone, Copy)]
pub struct Habits {
    /// Time between two checkpoints within an epoch.
    pub save_every: Duration,
    /// Whether epochs are told on stdout as JSON.
    pub json: bool,
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
    /// Makes the folder of a fresh run, with its first checkpoint.
    ///
    /// # Errors
    /// When the folder holds a run already, or another training is at work there, or it cannot be written.
    pub fn create(folder: &Path, habits: Habits, start: &Checkpoint) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}: choose another --out", folder.display()))?;
        let run = Self::at(folder, habits)?;
        check_free(folder)?;
        run.describe(start)?;
        run.save_weights(0, &start.weights(false))?;
        run.save_checkpoint(start)?;
        Ok(run)
    }

    /// The run that a path names, by its folder or its checkpoint.
    ///
    /// # Errors
    /// When there is none, or another training is at work there.
    pub fn open(path: &Path, habits: Habits) -> Result<Self> {
        Self::at(place::of_run(path)?, habits)
    }

    fn at(folder: &Path, Habits { save_every, json }: Habits) -> Result<Self> {
        let lock = Lock::take(folder)?;
        remove_temporary(folder);
        Ok(Self { folder: folder.into(), save_every, json, _lock: lock })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of a file in the folder.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.join(name)
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

    /// Writes what the run is: its recipe and data.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn describe(&self, run: &Checkpoint) -> Result<()> {
        let config = toml::to_string(&Description { recipe: &run.config, data: &run.data })?;
        atomic_write(self.path("config.toml"), config.as_bytes())
    }

    /// A crash leaves the old checkpoint or the new one, never half of one.
    fn save_checkpoint(&self, checkpoint: &Checkpoint) -> Result<()> {
        atomic_write(self.path(CHECKPOINT), &checkpoint.to_bytes()?)
    }

    /// The weights file after an epoch; 0 is before the first.
    pub fn weights_path(&self, epoch: usize) -> PathBuf {
        self.path(kept::weights_name(epoch))
    }

    fn samples_path(&self, epoch: usize) -> PathBuf {
        self.path(format!("epoch-{epoch:03}.png"))
    }

    /// The weights after an epoch; 0 is before the first.
    fn save_weights(&self, epoch: usize, weights: &Weights) -> Result<()> {
        atomic_write(self.weights_path(epoch), &weights.to_bytes(Precision::F32)?)
    }

    /// Trains to the last epoch, or until it is asked to stop; then it saves first. Where there are test images, it
    /// looks at their loss after epochs.
    ///
    /// # Errors
    /// When the training fails, or a file cannot be written.
    pub fn train(&self, trainer: &mut Trainer, test: Option<&TestSet>, stop: &Stop) -> Result<Outcome> {
        // Files that the last sitting was stopped before it had made.
        if self.lacks_files(trainer) && !self.save_epoch(trainer, stop)? {
            return Ok(Outcome::Interrupted);
        }
        let mut shown = TrainingProgress::new(trainer);
        let mut saved = Instant::now();
        while trainer.progress().epochs.len() < trainer.config().epochs {
            shown.begin_epoch(trainer);
            while !self.step(trainer, &mut shown)? {
                let stopped = stop.is_requested();
                if stopped || saved.elapsed() >= self.save_every {
                    let checkpoint = block_on(trainer.checkpoint())?;
                    trainer.pause(|_| self.save_checkpoint(&checkpoint))?;
                    saved = Instant::now();
                }
                if stopped {
                    shown.abandon();
                    return Ok(Outcome::Interrupted);
                }
            }
            let epoch = trainer.progress().epochs.len();
            let is_kept = trainer.config().keeps(epoch);
            shown.end_epoch(is_kept);
            if let Some(test) = test.filter(|test| test.is_due(trainer.config(), epoch, trainer.images())) {
                trainer.pause(|trainer| {
                    block_on(trainer.test(test, |weights| Box::new(CpuEngine::new(weights))))
                })?;
            }
            self.tell_epoch(trainer)?;
            // A signal while this is saved lets another batch be trained.
            let stopped = stop.is_requested() && epoch < trainer.config().epochs;
            if is_kept || stopped || saved.elapsed() >= self.save_every.min(SHORT) {
                let is_whole = self.save_epoch(trainer, stop)?;
                saved = Instant::now();
                if !is_whole || stopped {
                    return Ok(Outcome::Interrupted);
                }
            }
        }
        Ok(Outcome::Finished)
    }

    /// One batch; true when it was the epoch's last.
    fn step(&self, trainer: &mut Trainer, shown: &mut TrainingProgress) -> Result<bool> {
        let last = block_on(trainer.step())?;
        shown.batch(trainer);
        Ok(last)
    }

    /// Reports the newest epoch on stdout.
    fn tell_epoch(&self, trainer: &Trainer) -> Result<()> {
        let newest = trainer.progress().epochs.last().context("an epoch was just finished")?;
        match self.json {
            true => out!("{}", serde_json::to_string(newest)?),
            false if is_quiet() => (),
            false => {
                let test =
                    newest.test_loss.map_or(String::new(), |loss| format!(", {loss:.3} on test images"));
                out!("Loss at epoch {}: {:.3}{test}", newest.epoch, newest.loss);
            }
        }
        Ok(())
    }

    /// Whether files of the newest epoch, which is kept, are missing; they can be made while no other has begun.
    fn lacks_files(&self, trainer: &Trainer) -> bool {
        let (config, epoch) = (trainer.config(), trainer.progress().epochs.len());
        epoch > 0
            && trainer.progress().batch == 0
            && config.keeps(epoch)
            && !(self.weights_path(epoch).exists()
                && (config.samples == 0 || self.samples_path(epoch).exists()))
    }

    /// Writes what follows from the newest epoch, and then the checkpoint. False if it was asked to stop before
    /// the samples were drawn: the next sitting draws them.
    fn save_epoch(&self, trainer: &mut Trainer, stop: &Stop) -> Result<bool> {
        let checkpoint = block_on(trainer.checkpoint())?;
        trainer.pause(|trainer| self.write_epoch(&checkpoint, trainer.set().map(|set| &set.images), stop))
    }

    fn write_epoch(&self, checkpoint: &Checkpoint, training: Option<&Images>, stop: &Stop) -> Result<bool> {
        let epochs = &checkpoint.progress.epochs;
        atomic_write(self.path(METRICS), &metrics::lines(epochs)?)?;
        atomic_write(self.path(METRICS_TABLE), metrics::table(epochs).as_bytes())?;
        let losses: Vec<f64> = epochs.iter().map(|epoch| epoch.loss).collect();
        let test: Vec<Option<f64>> = epochs.iter().map(|epoch| epoch.test_loss).collect();
        figures::loss_curve(&losses, &test, self.path("loss.svg"))?;
        let is_whole =
            !checkpoint.config.keeps(epochs.len()) || self.write_kept(checkpoint, training, stop)?;
        self.save_checkpoint(checkpoint)?;
        Ok(is_whole)
    }

    /// The weights and samples of the newest epoch.
    fn write_kept(&self, checkpoint: &Checkpoint, training: Option<&Images>, stop: &Stop) -> Result<bool> {
        let (epoch, count) = (checkpoint.progress.epochs.len(), checkpoint.config.samples);
        let weights = checkpoint.weights(false);
        self.save_weights(epoch, &weights)?;
        if count == 0 {
            return Ok(true);
        }
        let path = self.samples_path(epoch);
        let mut panels = vec![];
        for (walk, sampler) in walks(&weights) {
            let Some(x) = samples(&weights, &sampler, count, stop)? else {
                // Those of an earlier try would pass for this one's.
                let _ = std::fs::remove_file(&path);
                return Ok(false);
            };
            let grid = Grid::new(&x, weights.config().image, image::columns_for(count));
            panels.push(Panel::new(format!("Epoch {epoch}{walk}"), grid));
            if let Some(training) = training.filter(|images| images.len() <= FEW)
                && epoch >= checkpoint.config.epochs
            {
                note!("{}", copies(&x, training, checkpoint.config.moves()));
            }
        }
        figures::save_png(&figures::figure(&panels, panels.len(), 3), path)?;
        Ok(true)
    }
}
