//! `ddpm export`: a run's weights as the file that the page and PyTorch load.

use crate::cli::arguments::{JsonArg, choice};
use crate::cli::loading::{load_checkpoint, load_data, load_weights};
use crate::cli::output::Plan;
use crate::core::choice::Choice;
use crate::core::pixel_stats::PixelStats;
use crate::data::Wanted;
use crate::model::file::{Metadata, Precision};
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;

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
    /// Where the training images are, for a file that lacks their mean and variance (a matched start
    /// needs them)
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &ExportArgs) -> Result<()> {
    let plan = Plan::new().reads("FROM", &args.from).data(args.data.as_ref()).writes("--out", &args.out);
    let mut outputs = plan.check(args.json.json)?;
    ensure!(
        !args.raw || load_checkpoint(&args.from)?.is_some(),
        "--raw: {} is a weights file, which holds its weights once: name a run's folder or a checkpoint",
        args.from.display()
    );
    let mut weights = load_weights(&args.from, args.raw)?;
    if let Some(folder) = &args.data {
        let data = load_data(Some(folder), &Wanted::exactly(weights.config().image))?;
        let schedule = weights.schedule;
        let metadata = weights.metadata.get_or_insert_with(|| Metadata { schedule, ..Metadata::default() });
        metadata.pixels = Some(PixelStats::of(&data.train));
    }
    outputs.weights(&args.out, &weights, args.precision)?;
    outputs.finish()
}
