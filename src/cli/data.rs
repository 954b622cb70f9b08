//! `ddpm data`: which images are found.

use crate::cli::arguments::{DataArg, JsonArg, SizeArgs};
use crate::cli::loading::load_data;
use crate::cli::output::{self, Plan};
use crate::cli::say::out;
use crate::data::{Dataset, idx};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Images that are written where no --count is given.
const USUAL: usize = 16;

#[derive(Args)]
pub struct DataArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    size: SizeArgs,
    /// Also write the first test images as one IDX file, as the page's slider reads them
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// How many of them [default: 16, or all if there are fewer]
    #[arg(long, requires = "write", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &DataArgs) -> Result<()> {
    let plan = Plan::new().data(args.data.data.as_ref()).writes("--write", &args.write);
    let mut outputs = plan.check(args.json.json)?;
    let data = load_data(args.data.data.as_deref(), &args.size.wanted())?;
    if outputs.is_for_people() {
        out!("{}", data.describe());
    }
    outputs.add("data", described(&data))?;
    if let Some(path) = &args.write {
        let images = data.test.first(output::count_of(args.count, USUAL, data.test.len())?);
        outputs.write(path, &idx::write(&images));
    }
    outputs.finish()
}

/// What is found, for programs; counts of a class are null where there are no labels.
fn described(data: &Dataset) -> Value {
    let count = |labels: &Option<Vec<u8>>, class: usize| {
        labels.as_ref().map(|labels| labels.iter().filter(|label| usize::from(**label) == class).count())
    };
    let classes = data.classes.iter().enumerate().map(|(class, name)| {
        json!({ "name": name, "train": count(&data.train_labels, class), "test": count(&data.test_labels, class) })
    });
    json!({
        "name": data.name, "from": data.origin.to_string_lossy(),
        "train": data.train.len(), "test": data.test.len(),
        "side": data.image().side, "channels": data.image().channels,
        "classes": classes.collect::<Vec<_>>(), "notes": data.notes,
    })
}
