//! `ddpm info`: what is inside a weights file, a checkpoint or a run.

use crate::cli::arguments::{JsonArg, SizeArgs, WidthsArg};
use crate::cli::loading::{load_checkpoint, load_weights};
use crate::cli::say::out;
use crate::cli::weights_file::open;
use crate::graph::Graph;
use crate::model::file::Metadata;
use crate::model::tensors;
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub struct InfoArgs {
    /// A weights file, a checkpoint or a run's folder
    #[arg(required_unless_present = "plan", conflicts_with_all = ["size", "colour", "widths"])]
    file: Option<PathBuf>,
    /// Print the operations that the fast engines run: for the file's network, or for one of the sizes below
    #[arg(long, conflicts_with = "json")]
    plan: bool,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    widths: WidthsArg,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &InfoArgs) -> Result<()> {
    match (&args.file, args.plan) {
        (file, true) => plan(args, file.as_deref()),
        (file, false) if args.json.json => json_info(file.as_ref().context("name a FILE")?),
        (file, false) => info(file.as_ref().context("name a FILE")?),
    }
}

fn plan(args: &InfoArgs, file: Option<&Path>) -> Result<()> {
    let config = match file {
        Some(file) => load_weights(file, false)?.config().clone(),
        None => args.size.network(&args.widths),
    };
    config.check()?;
    out!("{}", Graph::new(&config));
    Ok(())
}

fn info(path: &Path) -> Result<()> {
    let found = open(path, false, None)?;
    let weights = &found.weights;
    let config = weights.config();
    let (count, trainable) = (tensors::tensors(config).len(), tensors::parameter_count(config));
    out!("network        {config}");
    out!("parameters     {count} tensors, {trainable} trainable parameters");
    if config.classes.is_some() {
        out!("can be told    {}", weights.class_names().join(", "));
    }
    out!("schedule       {}", weights.schedule);
    if let Some(distilled) = weights.distilled() {
        out!("distilled      for {distilled}");
        out!("teacher        sha256 {}", distilled.teacher);
    }
    if let Some(metadata) = &weights.metadata {
        print_metadata(metadata);
    }
    for note in found.notes() {
        out!("note           {note}");
    }
    if let Some(Checkpoint { progress, config, adam, .. }) = load_checkpoint(path)? {
        let (epochs, batch) = (progress.epochs.len(), progress.batch);
        out!("training       {epochs} of {} epochs and {batch} batches, {} steps", config.epochs, adam.step);
    }
    Ok(())
}

/// The same for programs; null where a file does not say.
fn json_info(path: &Path) -> Result<()> {
    let found = open(path, false, None)?;
    let weights = &found.weights;
    let config = weights.config();
    let training = load_checkpoint(path)?.map(|Checkpoint { progress, config, adam, .. }| {
        json!({
            "epochs_done": progress.epochs.len(), "epochs": config.epochs,
            "batches_of_epoch": progress.batch, "steps": adam.step,
        })
    });
    out!(
        "{}",
        json!({
            "network": config,
            "tensors": tensors::tensors(config).len(),
            "trainable_parameters": tensors::parameter_count(config),
            "classes": weights.class_names(),
            "schedule": weights.schedule,
            "metadata": weights.metadata,
            "training": training,
            "notes": found.notes(),
        })
    );
    Ok(())
}

fn print_metadata(metadata: &Metadata) {
    if !metadata.knows_training() {
        out!("training       {}", if metadata.recipe.is_empty() { "not known" } else { &metadata.recipe });
        return;
    }
    out!("data           {} ({} images)", metadata.dataset, metadata.train_images);
    out!("classes        {}", metadata.classes.join(", "));
    out!("normalisation  {}", metadata.normalisation);
    out!("epochs         {}", metadata.losses.len());
    let losses: Vec<String> = metadata.losses.iter().map(|loss| format!("{loss:.4}")).collect();
    out!("losses         {}", losses.join(" "));
    let Metadata { learning_rate, batch_size, seed, .. } = metadata;
    let spelt = format!("learning rate {learning_rate}, batches of {batch_size}, seed {seed}");
    out!("recipe         {}", if metadata.recipe.is_empty() { &spelt } else { &metadata.recipe });
    let ema = metadata.ema_decay.map_or("none".into(), |decay| format!("decay {decay}"));
    out!("average        {ema}");
    let start = if metadata.pixels.is_some() { "matched or pure noise" } else { "pure noise" };
    out!("start          {start}");
    out!("sha256         {}", metadata.sha256);
}
