//! The arguments of `ddpm evaluate` and `ddpm train-classifier`.

use super::{DataArg, DeviceArg, EngineArg, ModelArg, SamplerArgs};
use crate::cli::device;
use crate::data;
use crate::evaluate::MOST_SEEDS;
use crate::evaluate::classifier::{self, Recipe};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    pub model: ModelArg,
    #[command(flatten)]
    pub data: DataArg,
    #[command(flatten)]
    pub device: DeviceArg,
    #[command(flatten)]
    pub engine: EngineArg,
    #[command(flatten)]
    pub sampler: SamplerArgs,
    /// Images to generate for each seed; only results of equal numbers compare
    #[arg(long, default_value_t = 10_000)]
    pub images: u32,
    /// How many seeds, 1 to 10: the spread over them gives the confidence intervals
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=MOST_SEEDS as i64))]
    pub seeds: u8,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Timesteps at which the loss on the test images is measured; 0 for none
    #[arg(long, default_value_t = 10)]
    pub times: usize,
    /// The classifier in whose features the images are compared
    #[arg(long, default_value = "assets/classifier.safetensors")]
    pub classifier: PathBuf,
    /// Also write what is found as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

#[derive(Args)]
pub struct CompareArgs {
    /// Files that `ddpm evaluate --json` wrote
    #[arg(required = true)]
    pub reports: Vec<PathBuf>,
    /// Also draw the distance against the time for an image, as SVG
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
}

#[derive(Args)]
pub struct ClassifierArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    device: DeviceArg,
    /// The file to write
    #[arg(long, default_value = "assets/classifier.safetensors")]
    out: PathBuf,
    #[arg(long, default_value_t = 12)]
    epochs: usize,
    #[arg(long, default_value_t = 128)]
    batch_size: usize,
    /// Adam's learning rate at the start; it falls to zero
    #[arg(long, default_value_t = 2e-3)]
    learning_rate: f64,
    /// Decides weights, order and mirroring
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// `ddpm train-classifier`.
pub fn train_classifier(args: &ClassifierArgs) -> Result<()> {
    let ClassifierArgs { epochs, batch_size, learning_rate, seed, .. } = *args;
    let (device, name) = device::open(&args.device.device)?;
    let data = data::load(args.data.data.as_deref())?;
    eprintln!("Training a classifier on {} images of {} ({name})", data.train.len(), data.name);
    let recipe = Recipe { epochs, batch_size, learning_rate, seed };
    let (classifier, description) = classifier::train(&data, &recipe, &device)?;
    println!("As stored: test accuracy {:.2} %", 100.0 * description.test_accuracy);
    classifier::save(&classifier, &description, &args.out)
}
