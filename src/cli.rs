//! The arguments of `ddpm`, and what each of its commands does.

use crate::checkpoint::DataInfo;
use crate::device::{self, Choice};
use crate::sampler::{SamplerConfig, SamplerKind};
use crate::schedule::ScheduleConfig;
use crate::train::{TrainConfig, Trainer};
use crate::weights::Precision;
use crate::{bench, convert, data, pictures, run, train};
use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Train a small diffusion model (DDPM), look at what it does, and export it for the web page.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train on Fashion-MNIST or on your own images
    Train(TrainArgs),
    /// Generate images from noise: the 16 frames of the run and the finished batch
    Sample(SampleArgs),
    /// Noise real images: the originals, and 25, 50, 75 and 100 % of noise
    Noise(NoiseArgs),
    /// Show what the network makes of real images in one look
    Reconstruct(ReconstructArgs),
    /// Say which images are found, downloading Fashion-MNIST if there are none
    Data(DataArgs),
    /// Write a run's weights as the file that the page and PyTorch load
    Export(ExportArgs),
    /// Turn a PyTorch file (.pt, a state_dict) into a weights file
    Import(ImportArgs),
    /// Say what is inside a weights file, a checkpoint or a run
    Info {
        /// A weights file, a checkpoint or a run's folder
        file: PathBuf,
    },
    /// Time the network and the training step
    Bench(BenchArgs),
}

#[derive(Args)]
pub struct DataArg {
    /// Images: a folder of IDX files, an IDX file, or a folder of PNG or JPEG files
    /// [default: $DDPM_DATA, the cache, Debian's dataset-fashion-mnist, else a download]
    #[arg(long)]
    pub data: Option<PathBuf>,
}

#[derive(Args)]
pub struct DeviceArg {
    /// auto, gpu, cpu, or part of an adapter's name (a software adapter only by its name)
    #[arg(long, default_value = "auto")]
    pub device: Choice,
}

#[derive(Args)]
pub struct ModelArg {
    /// A weights file, a checkpoint or a run's folder
    #[arg(long, default_value = "assets/fashion-mnist.safetensors")]
    pub weights: PathBuf,
}

#[derive(Args)]
pub struct OutArg {
    /// Folder for the pictures
    #[arg(long, default_value = "pictures")]
    pub out: PathBuf,
}

#[derive(Args)]
struct TrainArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    device: DeviceArg,
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
    /// Decides weights, order, timesteps and noise
    #[arg(long, default_value_t = 0, conflicts_with = "resume")]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = 200, conflicts_with = "resume")]
    timesteps: usize,
    /// beta at the first step
    #[arg(long, default_value_t = 1e-4, conflicts_with = "resume")]
    beta_start: f64,
    /// beta at the last step
    #[arg(long, default_value_t = 0.02, conflicts_with = "resume")]
    beta_end: f64,
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

#[derive(Args)]
pub struct SampleArgs {
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub device: DeviceArg,
    #[command(flatten)]
    pub out: OutArg,
    #[arg(long, value_enum, default_value = "ddpm")]
    sampler: SamplerKind,
    /// Reverse steps [default: all of the model's timesteps]
    #[arg(long)]
    steps: Option<usize>,
    /// DDIM's noise: 0 none, 1 as much as DDPM
    #[arg(long, default_value_t = 0.0)]
    eta: f64,
    /// Number of images
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub count: u32,
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Also write the run as an animation
    #[arg(long, value_name = "FILE")]
    pub gif: Option<PathBuf>,
    /// Also write the finished images as little-endian f32 numbers
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
}

impl SampleArgs {
    pub fn sampler(&self) -> SamplerConfig {
        SamplerConfig { kind: self.sampler, steps: self.steps, eta: self.eta }
    }
}

#[derive(Args)]
pub struct NoiseArgs {
    #[command(flatten)]
    pub data: DataArg,
    #[command(flatten)]
    pub out: OutArg,
    /// Percentages of noise, each 0 to 100
    #[arg(long, value_delimiter = ',', default_value = "25,50,75,100")]
    pub percent: Vec<f64>,
    /// Number of images
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub count: u32,
    #[arg(long, default_value_t = 42)]
    pub seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = 200)]
    pub timesteps: usize,
}

#[derive(Args)]
pub struct ReconstructArgs {
    #[command(flatten)]
    pub data: DataArg,
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub device: DeviceArg,
    #[command(flatten)]
    pub out: OutArg,
    /// Timestep that the network is told, 0 to 999 [default: 200 as in the tutorial, 1 untrained]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..1000))]
    pub t: Option<u32>,
    /// Also write the network's output as little-endian f32 numbers
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
    /// An untrained network instead: the tutorial's "First batch reconstruction"
    #[arg(long)]
    pub untrained: bool,
    /// Number of images
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub count: u32,
}

#[derive(Args)]
struct DataArgs {
    #[command(flatten)]
    data: DataArg,
    /// Also write the first test images as one IDX file, as the page's slider reads them
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// How many of them
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..))]
    count: u32,
}

#[derive(Args)]
struct ExportArgs {
    /// A run's folder, a checkpoint or a weights file
    from: PathBuf,
    /// The weights file to write
    #[arg(long, default_value = "weights.safetensors")]
    out: PathBuf,
    #[arg(long, value_enum, default_value = "f32")]
    precision: Precision,
    /// The weights themselves, not their exponential average
    #[arg(long)]
    raw: bool,
}

#[derive(Args)]
struct ImportArgs {
    /// The PyTorch file
    from: PathBuf,
    /// The weights file to write
    #[arg(long, default_value = "weights.safetensors")]
    out: PathBuf,
    #[arg(long, value_enum, default_value = "f32")]
    precision: Precision,
}

#[derive(Args)]
pub struct BenchArgs {
    #[command(flatten)]
    pub device: DeviceArg,
    /// Batch sizes of the forward
    #[arg(long, value_delimiter = ',', default_value = "16,128")]
    pub forward: Vec<usize>,
    /// Batch sizes of the training step
    #[arg(long, value_delimiter = ',', default_value = "128")]
    pub train: Vec<usize>,
    /// Timed repetitions; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub repeat: u32,
}

/// Runs the program.
pub fn main() -> ExitCode {
    match Cli::parse().command.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Train(args) => return train_command(args),
            Self::Sample(args) => pictures::sample(&args)?,
            Self::Noise(args) => pictures::noise(&args)?,
            Self::Reconstruct(args) => pictures::reconstruct(&args)?,
            Self::Data(args) => data_command(&args)?,
            Self::Export(args) => convert::export(&args.from, &args.out, args.precision, args.raw)?,
            Self::Import(args) => convert::import(&args.from, &args.out, args.precision)?,
            Self::Info { file } => convert::info(&file)?,
            Self::Bench(args) => bench::bench(&args)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl TrainArgs {
    fn config(&self) -> TrainConfig {
        let schedule = ScheduleConfig {
            timesteps: self.timesteps,
            beta_start: self.beta_start,
            beta_end: self.beta_end,
        };
        TrainConfig {
            epochs: self.epochs.unwrap_or(TrainConfig::default().epochs),
            batch_size: self.batch_size,
            learning_rate: self.learning_rate,
            seed: self.seed,
            ema: (self.ema != 0.0).then_some(self.ema),
            samples: self.samples,
            schedule,
        }
    }
}

fn train_command(args: TrainArgs) -> Result<ExitCode> {
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
            let run = run::Run::at(folder, save_every);
            let mut checkpoint = run.checkpoint()?;
            checkpoint.config.epochs = args.epochs.unwrap_or(checkpoint.config.epochs);
            checkpoint.check_data(&info)?;
            (run, checkpoint)
        }
        None => {
            let folder = args.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(slug(&data.name)));
            let run = run::Run::at(&folder, save_every);
            let checkpoint = train::start(config, info);
            run.create(&checkpoint)?;
            (run, checkpoint)
        }
    };
    // 3. Train until the end or Ctrl-C.
    eprintln!("Training on {} images of {} ({name}) in {}", data.train.len(), data.name, run.folder());
    let stop = stop_on_ctrl_c()?;
    let mut trainer = Trainer::new(checkpoint, data.train, device.clone(), name)?;
    match run.train(&mut trainer, &device, &stop)? {
        run::Outcome::Finished => {
            println!("Finished. Export the weights with: ddpm export {}", run.folder());
            Ok(ExitCode::SUCCESS)
        }
        run::Outcome::Interrupted => {
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

fn data_command(args: &DataArgs) -> Result<()> {
    let data = data::load(args.data.data.as_deref())?;
    println!("{}", data.describe());
    if let Some(path) = &args.write {
        let images = pictures::first(&data.test, args.count as usize);
        crate::files::atomic_write(path, &images.to_idx())?;
        println!("Wrote {} test images to {}", images.len(), path.display());
    }
    Ok(())
}
