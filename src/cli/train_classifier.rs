//! `ddpm train-classifier`: the classifier in whose features `evaluate` compares images, or with `--strong` the one
//! that it asks what they show.

use crate::classify::{self, Recipe, State, Training};
use crate::cli::arguments::{DataArg, DeviceArg, JsonArg, SizeArgs, seed};
use crate::cli::output::Plan;
use crate::cli::say::{note, out};
use crate::cli::{on_burn, progress};
use crate::data::atomic::atomic_write;
use anyhow::{Context, Result};
use clap::Args;
use std::path::{Path, PathBuf};

/// Where either classifier goes if nothing else is said.
const FEATURES: &str = "classifier.safetensors";
const STRONG: &str = "strong-classifier.safetensors";

#[derive(Args)]
pub struct TrainClassifierArgs {
    #[command(flatten)]
    pub data: DataArg,
    #[command(flatten)]
    pub size: SizeArgs,
    #[command(flatten)]
    pub device: DeviceArg,
    /// Train the stronger classifier, on this machine's CPU: it says what samples show. Where it was interrupted, the
    /// same command goes on
    #[arg(long)]
    strong: bool,
    /// The file to write [default: classifier.safetensors, with --strong strong-classifier.safetensors]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Times that it sees every image [default: 12]
    #[arg(long)]
    pub epochs: Option<usize>,
    /// Images of a batch [default: 128]
    #[arg(long)]
    pub batch_size: Option<usize>,
    /// Adam's learning rate at the start, with --strong the highest; it falls to zero
    /// [default: 0.002, with --strong 0.004]
    #[arg(long)]
    pub learning_rate: Option<f64>,
    /// Decides weights, order and mirroring
    #[arg(long, default_value_t = 0, value_parser = seed())]
    pub seed: u64,
    #[command(flatten)]
    pub json: JsonArg,
}

impl TrainClassifierArgs {
    /// The file to write.
    pub fn out(&self) -> PathBuf {
        let usual = if self.strong { STRONG } else { FEATURES };
        self.out.clone().unwrap_or_else(|| usual.into())
    }

    fn recipe(&self) -> Recipe {
        let usual = Recipe::default();
        Recipe {
            epochs: self.epochs.unwrap_or(usual.epochs),
            batch_size: self.batch_size.unwrap_or(usual.batch_size),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            seed: self.seed,
            ..usual
        }
    }
}

/// # Errors
/// When the data has no labels, the recipe makes no sense, or the training fails.
pub fn run(args: &TrainClassifierArgs) -> Result<()> {
    if args.strong { strong(args) } else { on_burn::train_classifier(args) }
}

/// Trains, and after each epoch writes the classifier and, beside it, where the training stands.
fn strong(args: &TrainClassifierArgs) -> Result<()> {
    let out = args.out();
    let mut outputs =
        Plan::new().data(args.data.data.as_ref()).writes("--out", &out).check(args.json.json)?;
    let data = args.data.load(&args.size.wanted())?;
    let state_file = out.with_added_extension("training");
    let mut training = Training::new(&data, args.recipe(), interrupted(&state_file)?)?;
    note!("Training the stronger classifier on {} images of {}", data.train.len(), data.name);
    if training.state().epoch() > 0 {
        note!("Going on after epoch {}, as {} has it", training.state().epoch(), state_file.display());
    }
    let line: fn(&str) = if outputs.is_for_people() { |line| out!("{line}") } else { |line| note!("{line}") };
    let mut found = training.current()?;
    while !training.is_done() {
        found = training.epoch(&mut progress::watch(line))?;
        atomic_write(&out, &classify::bytes(&found.0, &found.1)?)?;
        atomic_write(&state_file, &training.state().bytes()?)?;
    }
    let (classifier, description) = found;
    if outputs.is_for_people() {
        out!("As stored: test accuracy {:.2} %", 100.0 * description.test_accuracy);
    }
    outputs.add("test_accuracy", description.test_accuracy)?;
    outputs.write_sized(&out, &classify::bytes(&classifier, &description)?);
    outputs.finish()?;
    // What cannot be removed only takes space.
    let _ = std::fs::remove_file(&state_file);
    Ok(())
}

/// Where an interrupted training stands; none where none was.
fn interrupted(path: &Path) -> Result<Option<State>> {
    if !path.exists() {
        return Ok(None);
    }
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let state = State::parse(&bytes)
        .with_context(|| format!("{shown} is no interrupted training: remove it to begin anew"))?;
    Ok(Some(state))
}
