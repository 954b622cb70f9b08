//! `ddpm train`: its arguments, and the run from start or resume to the end.

use super::{DataArg, DeviceArg};
use crate::cli::device;
use crate::cli::run_folder;
use crate::core::schedule::{Prediction, ScheduleConfig, ScheduleKind};
use crate::data;
use crate::train::checkpoint::DataInfo;
use crate::train::learner::Learner;
use crate::train::recipe::{Decay, TrainConfig, Weighting};
use crate::train::trainer;
use crate::train::trainer::Trainer;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[derive(Args)]
pub struct TrainArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    device: DeviceArg,
    /// What computes the gradients
    #[arg(long, value_enum, default_value_t = TrainEngine::Auto)]
    engine: TrainEngine,
    /// Folder of the run [default: runs/NAME-OF-THE-DATA]
    #[arg(long, conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Continue the run in this folder
    #[arg(long, value_name = "RUN")]
    resume: Option<PathBuf>,
    /// Epochs in all; with --resume, a new end [default: 30]
    #[arg(long)]
    epochs: Option<usize>,
    #[arg(long, default_value_t = 128, conflicts_with = "resume")]
    batch_size: usize,
    /// Adam's learning rate
    #[arg(long, default_value_t = 1e-3, conflicts_with = "resume")]
    learning_rate: f64,
    /// What becomes of it
    #[arg(long, value_enum, default_value_t = Decay::None, conflicts_with = "resume")]
    decay: Decay,
    /// What the loss counts at which t
    #[arg(long, value_enum, default_value_t = Weighting::Uniform, conflicts_with = "resume")]
    weighting: Weighting,
    /// Mirror every second image, as chance has it: for data without left and right
    #[arg(long, conflicts_with = "resume")]
    mirror: bool,
    /// Decides weights, order, timesteps and noise
    #[arg(long, default_value_t = 0, conflicts_with = "resume")]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = 200, conflicts_with = "resume")]
    timesteps: usize,
    /// How the betas rise
    #[arg(long, value_enum, default_value_t = ScheduleKind::Linear, conflicts_with = "resume")]
    schedule: ScheduleKind,
    /// What the network learns to say of x_t
    #[arg(long, value_enum, default_value_t = Prediction::Eps, conflicts_with = "resume")]
    predict: Prediction,
    /// beta at the first step; a cosine's least [default: 0.0001]
    #[arg(long, conflicts_with = "resume")]
    beta_start: Option<f64>,
    /// beta at the last step; a cosine's largest [default: linear 0.02, cosine 0.5]
    #[arg(long, conflicts_with = "resume")]
    beta_end: Option<f64>,
    /// Decay of the exponential average of the weights; 0 keeps none
    #[arg(long, default_value_t = 0.999, conflicts_with = "resume")]
    ema: f64,
    /// Images sampled after each epoch; 0 for none
    #[arg(long, default_value_t = 16, conflicts_with = "resume")]
    samples: usize,
    /// Seconds between checkpoints within an epoch
    #[arg(long, default_value_t = 120)]
    save_every: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TrainEngine {
    /// The fast one where the device is the CPU, else Burn
    Auto,
    /// Burn's autodiff: the reference
    Burn,
}

impl TrainArgs {
    fn config(&self) -> TrainConfig {
        let usual = ScheduleConfig::new(self.schedule, self.timesteps);
        let schedule = ScheduleConfig {
            beta_start: self.beta_start.unwrap_or(usual.beta_start),
            beta_end: self.beta_end.unwrap_or(usual.beta_end),
            prediction: self.predict,
            ..usual
        };
        TrainConfig {
            epochs: self.epochs.unwrap_or(TrainConfig::default().epochs),
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            decay: self.decay,
            weighting: self.weighting,
            mirror: self.mirror,
            seed: self.seed,
            ema: (self.ema != 0.0).then_some(self.ema),
            samples: self.samples,
            schedule,
        }
    }
}

/// Runs the command; the exit code is 130 after Ctrl-C.
pub fn run(args: TrainArgs) -> Result<ExitCode> {
    // 1. The recipe, before anything slow.
    let config = args.config();
    config.check()?;
    let (device, name) = device::open(&args.device.device)?;
    let data = data::load(args.data.data.as_deref())?;
    let info = DataInfo::of(&data);
    // 2. The run's folder, fresh or continued.
    let save_every = Duration::from_secs(args.save_every);
    let (run, checkpoint) = match &args.resume {
        Some(folder) => {
            let run = run_folder::Run::at(folder, save_every);
            let mut checkpoint = run.checkpoint()?;
            checkpoint.config.epochs = args.epochs.unwrap_or(checkpoint.config.epochs);
            checkpoint.check_data(&info)?;
            (run, checkpoint)
        }
        None => {
            let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(slug(&data.name)));
            let run = run_folder::Run::at(&folder, save_every);
            let checkpoint = trainer::start(config, info);
            run.create(&checkpoint)?;
            (run, checkpoint)
        }
    };
    // 3. Train until the end or Ctrl-C.
    eprintln!("Training on {} images of {} ({name}) in {}", data.train.len(), data.name, run.folder());
    let stop = stop_on_ctrl_c()?;
    let fast = args.engine == TrainEngine::Auto && device::is_cpu(&device);
    let learner = |state| if fast { Learner::cpu(state) } else { Learner::burn(state, device) };
    let mut trainer = Trainer::new(checkpoint, data.train, learner, name)?;
    match run.train(&mut trainer, &stop)? {
        run_folder::Outcome::Finished => {
            println!("Finished. Export the weights with: ddpm export {}", run.folder());
            Ok(ExitCode::SUCCESS)
        }
        run_folder::Outcome::Interrupted => {
            eprintln!("Saved. Continue with: ddpm train --resume {}", run.folder());
            Ok(ExitCode::from(130))
        }
    }
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
        eprintln!("\nSaving after this batch; Ctrl-C again stops at once.");
    })
    .context("Ctrl-C cannot be caught")?;
    Ok(stop)
}
