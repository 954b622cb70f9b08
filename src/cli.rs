//! The arguments of `ddpm`, and what each of its commands does.

mod bench;
pub mod device;
pub mod evaluate;
mod pictures;
pub mod run_folder;
mod train;
mod weights;

use crate::cli::device::{Choice, Kind};
use crate::core::samplers::{SamplerConfig, SamplerKind};
use crate::core::sampling::StartKind;
use crate::data;
use crate::model::file::Precision;
use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

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
    Train(train::TrainArgs),
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
        #[arg(required_unless_present = "plan")]
        file: Option<PathBuf>,
        /// Print the plan that the fast engines run: of the file, or of untrained weights
        #[arg(long)]
        plan: bool,
    },
    /// Time the network and the training step
    Bench(BenchArgs),
    /// Measure how good a model's samples are
    Evaluate(evaluate::EvaluateArgs),
    /// Put what `evaluate` found of several models or samplers side by side
    Compare(evaluate::CompareArgs),
    /// Train the classifier in whose features `evaluate` compares images
    TrainClassifier(evaluate::ClassifierArgs),
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
pub struct EngineArg {
    /// What computes the network
    #[arg(long, value_enum, default_value = "auto")]
    pub engine: Kind,
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
pub struct SamplerArgs {
    #[arg(long, value_enum, default_value = "ddpm")]
    sampler: SamplerKind,
    /// Reverse steps [default: all of the model's timesteps]
    #[arg(long)]
    steps: Option<usize>,
    /// What the run starts from [default: matched, where the weights file says the images' mean]
    #[arg(long, value_enum)]
    pub start: Option<StartKind>,
    /// DDIM's noise: 0 none, 1 as much as DDPM
    #[arg(long, default_value_t = 0.0)]
    eta: f64,
}

impl SamplerArgs {
    pub fn config(&self) -> SamplerConfig {
        SamplerConfig { kind: self.sampler, steps: self.steps, eta: self.eta }
    }
}

#[derive(Args)]
pub struct SampleArgs {
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub device: DeviceArg,
    #[command(flatten)]
    pub engine: EngineArg,
    #[command(flatten)]
    pub out: OutArg,
    #[command(flatten)]
    pub sampler: SamplerArgs,
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
    pub engine: EngineArg,
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
    /// Where the training images are, for a file that lacks their mean and variance (a matched start
    /// needs them)
    #[arg(long)]
    data: Option<PathBuf>,
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
    /// `auto` takes all engines that the device may have.
    #[command(flatten)]
    pub engine: EngineArg,
    /// Batch sizes of the engines; none without a number
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "1,16,128")]
    pub forward: Vec<usize>,
    /// Batch sizes of the training step; none without a number
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "128")]
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
            Self::Train(args) => return train::run(args),
            Self::Sample(args) => pictures::sample(&args)?,
            Self::Noise(args) => pictures::noise(&args)?,
            Self::Reconstruct(args) => pictures::reconstruct(&args)?,
            Self::Data(args) => data_command(&args)?,
            Self::Export(args) => {
                weights::export(&args.from, &args.out, args.precision, args.raw, args.data.as_deref())?
            }
            Self::Import(args) => weights::import(&args.from, &args.out, args.precision)?,
            Self::Info { file, plan: true } => weights::plan(file.as_deref())?,
            Self::Info { file, plan: false } => weights::info(&file.expect("clap requires it"))?,
            Self::Bench(args) => bench::bench(&args)?,
            Self::Evaluate(args) => crate::evaluate::evaluate(&args)?,
            Self::Compare(args) => crate::evaluate::compare(&args)?,
            Self::TrainClassifier(args) => evaluate::train_classifier(&args)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn data_command(args: &DataArgs) -> Result<()> {
    let data = data::load(args.data.data.as_deref())?;
    println!("{}", data.describe());
    if let Some(path) = &args.write {
        let images = pictures::first(&data.test, args.count as usize);
        crate::data::atomic::atomic_write(path, &images.to_idx())?;
        println!("Wrote {} test images to {}", images.len(), path.display());
    }
    Ok(())
}
