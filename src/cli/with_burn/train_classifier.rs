//! `ddpm train-classifier` without `--strong`: the classifier in whose features `evaluate` compares images.

use crate::cli::output::Plan;
use crate::cli::say::{note, out};
use crate::cli::train_classifier::TrainClassifierArgs;
use crate::cli::{on_burn, progress};
use crate::evaluate::classifier::{self, Recipe};
use anyhow::Result;

/// # Errors
/// When the data has no labels, the recipe makes no sense, or the training fails.
pub fn train_classifier(args: &TrainClassifierArgs) -> Result<()> {
    let usual = Recipe::default();
    let recipe = Recipe {
        epochs: args.epochs.unwrap_or(usual.epochs),
        batch_size: args.batch_size.unwrap_or(usual.batch_size),
        learning_rate: args.learning_rate.unwrap_or(usual.learning_rate),
        seed: args.seed,
    };
    let file = args.out();
    let plan = Plan::new().data(args.data.data.as_ref()).writes("--out", &file);
    let mut outputs = plan.check(args.json.json)?;
    let opened = on_burn::open(&args.device.device)?;
    let data = args.data.load(&args.size.wanted())?;
    note!("Training a classifier on {} images of {} ({})", data.train.len(), data.name, opened.name());
    let line: fn(&str) = if outputs.is_for_people() { |line| out!("{line}") } else { |line| note!("{line}") };
    let (classifier, description) =
        classifier::train(&data, &recipe, opened.device(), &mut progress::watch(line))?;
    if outputs.is_for_people() {
        out!("As stored: test accuracy {:.2} %", 100.0 * description.test_accuracy);
    }
    outputs.add("test_accuracy", description.test_accuracy)?;
    outputs.write_sized(&file, &classifier::bytes(&classifier, &description)?);
    outputs.finish()
}
