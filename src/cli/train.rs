//! `ddpm train`: its arguments, and the run from start or resume to the end.

use crate::cli::arguments::{DataArg, DeviceArg, SizeArgs, WidthsArg, choice};
use crate::cli::device::{LearnerKind, Machine};
use crate::cli::loading::load_data;
use crate::cli::run_folder::{Outcome, RunFolder};
use crate::cli::say::{note, out};
use crate::core::choice::Choice;
use crate::core::prediction::Prediction;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};
use crate::data::{Dataset, Wanted};
use crate::model::UNetConfig;
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::recipe::{Decay, TrainConfig, Weighting};
use crate::train::trainer::{self, Trainer, TrainingSet};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[derive(Args)]
pub struct TrainArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    device: DeviceArg,
    /// What computes the gradients
    #[arg(long, value_parser = choice::<LearnerKind>(), default_value = LearnerKind::Auto.name())]
    engine: LearnerKind,
    /// Folder of the run [default: runs/NAME-OF-THE-DATA]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Continue the run in this folder, with its own network and recipe
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with_all = ["out", "size", "colour", "widths"]
    )]
    resume: Option<PathBuf>,
    #[arg(long, help = format!("Epochs in all; with --resume, a new end [default: {}]", usual().epochs))]
    epochs: Option<usize>,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    widths: WidthsArg,
    #[command(flatten)]
    recipe: RecipeArgs,
    /// Seconds between checkpoints within an epoch
    #[arg(long, default_value_t = 120)]
    save_every: u64,
}

/// What a run keeps from its start to its end; the defaults are those of [`TrainConfig`], and a resumed run
/// takes none of it.
#[derive(Args)]
struct RecipeArgs {
    /// Teach the network the images' classes, as their labels say, so that `ddpm sample --class` can ask for
    /// one
    #[arg(long, conflicts_with = "resume")]
    classes: bool,
    /// Images of a batch
    #[arg(long, default_value_t = usual().batch_size, conflicts_with = "resume")]
    batch_size: usize,
    /// Adam's learning rate
    #[arg(long, default_value_t = usual().learning_rate, conflicts_with = "resume")]
    learning_rate: f64,
    /// What becomes of the learning rate
    #[arg(
        long,
        value_parser = choice::<Decay>(),
        default_value = usual().decay.name(),
        conflicts_with = "resume"
    )]
    decay: Decay,
    /// What the loss counts at which t
    #[arg(
        long,
        value_parser = choice::<Weighting>(),
        default_value = usual().weighting.name(),
        conflicts_with = "resume"
    )]
    weighting: Weighting,
    /// Mirror every second image, as chance has it: for data without left and right
    #[arg(long, conflicts_with = "resume")]
    mirror: bool,
    /// Decides weights, order, timesteps and noise
    #[arg(long, default_value_t = usual().seed, conflicts_with = "resume")]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = usual().schedule.timesteps, conflicts_with = "resume")]
    timesteps: usize,
    /// How the betas rise
    #[arg(
        long,
        value_parser = choice::<ScheduleKind>(),
        default_value = usual().schedule.kind.name(),
        conflicts_with = "resume"
    )]
    schedule: ScheduleKind,
    /// What the network learns to predict of x_t
    #[arg(
        long,
        value_parser = choice::<Prediction>(),
        default_value = usual().schedule.prediction.name(),
        conflicts_with = "resume"
    )]
    predict: Prediction,
    #[arg(long, help = beta_start_help(), conflicts_with = "resume")]
    beta_start: Option<f64>,
    #[arg(long, help = beta_end_help(), conflicts_with = "resume")]
    beta_end: Option<f64>,
    /// Decay of the exponential average of the weights; 0 keeps none
    #[arg(long, default_value_t = usual().ema.unwrap_or(0.0), conflicts_with = "resume")]
    ema: f64,
    /// Images sampled after each epoch; 0 for none
    #[arg(long, default_value_t = usual().samples, conflicts_with = "resume")]
    samples: usize,
}

fn usual() -> TrainConfig {
    TrainConfig::default()
}

fn beta_start_help() -> String {
    let usual = ScheduleConfig::default().beta_start;
    format!("beta at the first step; a cosine's least [default: {usual}]")
}

fn beta_end_help() -> String {
    let usual = |kind: ScheduleKind| {
        let schedule = ScheduleConfig::new(kind, usual().schedule.timesteps);
        format!("{} {}", kind.name(), schedule.beta_end)
    };
    let usual: Vec<String> = ScheduleKind::all().into_iter().map(usual).collect();
    format!("beta at the last step; a cosine's largest [default: {}]", usual.join(", "))
}

impl TrainArgs {
    /// The recipe, for a network that the data may yet change.
    fn config(&self) -> TrainConfig {
        let recipe = &self.recipe;
        let schedule = ScheduleConfig::new(recipe.schedule, recipe.timesteps);
        let schedule = ScheduleConfig {
            beta_start: recipe.beta_start.unwrap_or(schedule.beta_start),
            beta_end: recipe.beta_end.unwrap_or(schedule.beta_end),
            prediction: recipe.predict,
            ..schedule
        };
        TrainConfig {
            network: self.size.network(&self.widths),
            epochs: self.epochs.unwrap_or(usual().epochs),
            batch_size: recipe.batch_size,
            learning_rate: recipe.learning_rate,
            decay: recipe.decay,
            weighting: recipe.weighting,
            mirror: recipe.mirror,
            seed: recipe.seed,
            ema: (recipe.ema != 0.0).then_some(recipe.ema),
            samples: recipe.samples,
            schedule,
        }
    }

    /// A fresh run of this data.
    fn start(&self, config: TrainConfig, data: &Dataset) -> Result<(RunFolder, Checkpoint)> {
        let classes = self.recipe.classes.then(|| class_count(data)).transpose()?;
        let network = UNetConfig { image: data.image(), classes, ..config.network };
        let config = TrainConfig { network, ..config };
        config.check()?;
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(slug(&data.name)));
        let run = self.folder(&folder);
        let checkpoint = trainer::start(config, data_info(data, classes.is_some()));
        run.create(&checkpoint)?;
        Ok((run, checkpoint))
    }

    fn folder(&self, folder: &Path) -> RunFolder {
        RunFolder::at(folder, Duration::from_secs(self.save_every))
    }
}

/// Runs the command; the exit code is 130 after Ctrl-C.
pub fn run(args: &TrainArgs) -> Result<ExitCode> {
    // 1. What can be refused is refused before anything slow; then the data, as the run wants it.
    let config = args.config();
    config.check()?;
    let (learner, device) = Machine::new(&args.device.device).learner(args.engine)?;
    let read = |wanted: &Wanted| load_data(args.data.data.as_deref(), wanted);
    // 2. The run's folder, fresh or continued.
    let (run, checkpoint, data) = match &args.resume {
        Some(folder) => {
            let run = args.folder(folder);
            let mut checkpoint = run.checkpoint()?;
            checkpoint.config.epochs = args.epochs.unwrap_or(checkpoint.config.epochs);
            let network = &checkpoint.config.network;
            let data = read(&Wanted::exactly(network.image))?;
            checkpoint.check_data(&data_info(&data, network.classes.is_some()))?;
            (run, checkpoint, data)
        }
        None => {
            let data = read(&args.size.wanted())?;
            let (run, checkpoint) = args.start(config, &data)?;
            (run, checkpoint, data)
        }
    };
    // 3. Train until the end or Ctrl-C.
    let network = &checkpoint.config.network;
    let (images, name) = (data.train.len(), &data.name);
    note!("Training on {images} images of {name} ({device}) in {}: {network}", run.display());
    let labels = data.train_labels.filter(|_| network.classes.is_some());
    let stop = stop_on_ctrl_c()?;
    let began = Instant::now();
    let clock = Box::new(move || began.elapsed().as_secs_f64());
    let mut trainer =
        Trainer::new(checkpoint, TrainingSet { images: data.train, labels }, learner, device, clock)?;
    match run.train(&mut trainer, &stop)? {
        Outcome::Finished => {
            out!("Finished. Export the weights with: ddpm export {}", run.display());
            Ok(ExitCode::SUCCESS)
        }
        Outcome::Interrupted => {
            note!("Saved. Continue with: ddpm train --resume {}", run.display());
            Ok(ExitCode::from(130))
        }
    }
}

/// How many classes the labels tell apart.
fn class_count(data: &Dataset) -> Result<usize> {
    let Some(labels) = &data.train_labels else {
        bail!(
            "--classes: {} has no labels. Labels are IDX label files beside the images, one subfolder of \
             pictures for each class, or an array `labels` in an .npz file; train without --classes, or add them",
            data.origin.display()
        )
    };
    let (classes, most) = (data.classes.len(), labels.iter().max().map_or(0, |most| usize::from(*most)));
    ensure!(most < classes, "label {most} of {} has no class: get the files again", data.name);
    Ok(classes)
}

/// What a run keeps of its data; the labels only where the network is told them.
fn data_info(data: &Dataset, with_labels: bool) -> DataInfo {
    let labels = data.train_labels.as_deref().filter(|_| with_labels);
    DataInfo::new(data.name.clone(), data.classes.clone(), &data.train, labels)
}

/// A data set's name as a folder's.
fn slug(name: &str) -> String {
    name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-")
}

/// The first Ctrl-C asks the training to save and stop; the second ends it at once.
fn stop_on_ctrl_c() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        note!("\nSaving after this batch; Ctrl-C again stops at once.");
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(stop)
}
