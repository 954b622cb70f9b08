//! `ddpm export`: a run's weights as the file that the page and PyTorch load.

use crate::cli::arguments::{JsonArg, choice};
use crate::cli::loading::{load_checkpoint, load_data, load_weights};
use crate::cli::output::Plan;
use crate::cli::run_folder;
use crate::core::choice::Choice;
use crate::core::pixel_stats::PixelStats;
use crate::data::Wanted;
use crate::model::file::{Metadata, Precision, Weights};
use anyhow::{Result, bail, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct ExportArgs {
    /// A run's folder, a checkpoint or a weights file
    from: PathBuf,
    /// The weights file to write
    #[arg(long, default_value = "weights.safetensors")]
    out: PathBuf,
    #[arg(long, value_parser = choice::<Precision>(), default_value = Precision::F32.name())]
    precision: Precision,
    /// The weights themselves, not their exponential average
    #[arg(long)]
    raw: bool,
    /// The mean of the weights after the run's last so many kept epochs: a longer average than the run's own, whose
    /// length is chosen when the run is over
    #[arg(long, value_name = "EPOCHS", conflicts_with = "raw", value_parser = clap::value_parser!(u32).range(1..))]
    average: Option<u32>,
    /// Where the training images are, for a file that lacks their mean and variance (a matched start
    /// needs them)
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArg,
}

/// The mean of the weights after a run's last so many kept epochs; the description is the last one's.
fn mean_of(run: &Path, epochs: usize) -> Result<Weights> {
    let kept = run_folder::kept_weights(run)?;
    ensure!(
        kept.len() >= epochs,
        "--average {epochs}: {} holds the weights of {} epochs, give at most that",
        run.display(),
        kept.len()
    );
    let mut all = kept[kept.len() - epochs..].iter().rev().map(|path| load_weights(path, false));
    let Some(last) = all.next() else { bail!("--average 0: give 1 or more") };
    let mut mean = last?;
    let mut sums: Vec<f64> = mean.parameters.flat.iter().copied().map(f64::from).collect();
    for weights in all {
        let weights = weights?;
        ensure!(
            weights.config() == mean.config(),
            "the kept weights in {} are of networks of different sizes: they are not one run's",
            run.display()
        );
        sums.iter_mut().zip(&weights.parameters.flat).for_each(|(sum, x)| *sum += f64::from(*x));
    }
    mean.parameters.flat = sums.into_iter().map(|sum| (sum / epochs as f64) as f32).collect();
    if let Some(metadata) = &mut mean.metadata {
        metadata.recipe += &format!("; mean of the weights after the last {epochs} kept epochs");
    }
    Ok(mean)
}

pub fn run(args: &ExportArgs) -> Result<()> {
    let plan = Plan::new().reads("FROM", &args.from).data(args.data.as_ref()).writes("--out", &args.out);
    let mut outputs = plan.check(args.json.json)?;
    ensure!(
        !args.raw || load_checkpoint(&args.from)?.is_some(),
        "--raw: {} is a weights file, which holds its weights once: name a run's folder or a checkpoint",
        args.from.display()
    );
    let mut weights = match args.average {
        Some(epochs) => mean_of(&args.from, epochs as usize)?,
        None => load_weights(&args.from, args.raw)?,
    };
    if let Some(folder) = &args.data {
        let data = load_data(Some(folder), &Wanted::exactly(weights.config().image))?;
        let schedule = weights.schedule;
        let metadata = weights.metadata.get_or_insert_with(|| Metadata { schedule, ..Metadata::default() });
        metadata.pixels = Some(PixelStats::of(&data.train));
    }
    outputs.weights(&args.out, &weights, args.precision)?;
    outputs.finish()
}
