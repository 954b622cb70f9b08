//! `ddpm train-classifier`: the classifier in whose features `evaluate` compares images.

use crate::cli::arguments::{DataArg, DeviceArg, JsonArg, SizeArgs, seed};
use crate::cli::output::Plan;
use crate::cli::say::{note, out};
use crate::cli::{on_burn, progress};
use crate::evaluate::classifier::{self, Recipe};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct TrainClassifierArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    device: DeviceArg,
    /// The file to write
    #[arg(long, default_value = "classifier.safetensors")]
    out: PathBuf,
    /// Times that it sees every image
    #[arg(long, default_value_t = Recipe::default().epochs)]
    epochs: usize,
    /// Images of a batch
    #[arg(long, default_value_t = Recipe::default().batch_size)]
    batch_size: usize,
    /// Adam's learning rate at the start; it falls to zero
    #[arg(long, default_value_t = Recipe::default().learning_rate)]
    learning_rate: f64,
    /// Decides weights, order and mirroring
    #[arg(long, default_value_t = Recipe::default().seed, value_parser = seed())]
    seed: u64,
    #[command(flatten)]
    json: JsonArg,
}

/// # Errors
/// When the data has no labels, the recipe makes no sense, or the training fails.
pub fn train_classifier(args: &TrainClassifierArgs) -> Result<()> {
    let TrainClassifierArgs { epochs, batch_size, learning_rate, seed, .. } = *args;
    let plan = Plan::new().data(args.data.data.as_ref()).writes("--out", &args.out);
    let mut outputs = plan.check(args.json.json)?;
    let opened = on_burn::open(&args.device.device)?;
    let data = args.data.load(&args.size.wanted())?;
    note!("Training a classifier on {} images of {} ({})", data.train.len(), data.name, opened.name());
    let recipe = Recipe { epochs, batch_size, learning_rate, seed };
    let line: fn(&str) = if outputs.is_for_people() { |line| out!("{line}") } else { |line| note!("{line}") };
    let (classifier, description) =
        classifier::train(&data, &recipe, opened.device(), &mut progress::watch(line))?;
    if outputs.is_for_people() {
        out!("As stored: test accuracy {:.2} %", 100.0 * description.test_accuracy);
    }
    outputs.add("test_accuracy", description.test_accuracy)?;
    outputs.write_sized(&args.out, &classifier::bytes(&classifier, &description)?);
    outputs.finish()
}
