//! `ddpm data`: which images are found.

use crate::cli::arguments::{DataArg, JsonArg, SizeArgs};
use crate::cli::output::{self, Plan};
use crate::cli::say::out;
use crate::core::image::Images;
use crate::data::{Dataset, idx};
use anyhow::{Context, Result, ensure};
use clap::Args;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;

/// Images that are written where no --count is given.
const USUAL: usize = 16;
/// Images of a sample where no --count is given.
const USUAL_SAMPLE: usize = 5000;
/// Which images a sample has.
const SAMPLE_SEED: u64 = 0;
/// Its files.
const SAMPLE: [&str; 2] = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"];

#[derive(Args)]
pub struct DataArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    size: SizeArgs,
    /// Also write the first test images as one IDX file, as the page's slider reads them
    #[arg(long, value_name = "FILE", group = "written")]
    write: Option<PathBuf>,
    /// So many test images of each class, in the order of the classes, are what --write writes
    #[arg(long, value_name = "N", requires = "write", conflicts_with = "count", value_parser = clap::value_parser!(u32).range(1..))]
    each: Option<u32>,
    /// Also write a sample of the training images and their labels into this folder, as the page has it: as many of
    /// each class, or all
    #[arg(long, value_name = "FOLDER", group = "written")]
    sample: Option<PathBuf>,
    /// How many of them [default: 16 to --write, 5000 of a --sample, or all if there are fewer]
    #[arg(long, requires = "written", value_parser = clap::value_parser!(u32).range(1..))]
    count: Option<u32>,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &DataArgs) -> Result<()> {
    let sampled =
        args.sample.iter().flat_map(|folder| SAMPLE.map(|name| folder.join(name))).collect::<Vec<_>>();
    let plan = Plan::new().data(args.data.data.as_ref()).writes("--write", &args.write);
    let plan = sampled.iter().fold(plan, |plan, path| plan.writes("--sample", path));
    let mut outputs = plan.check(args.json.json)?;
    let data = args.data.load(&args.size.wanted())?;
    if outputs.is_for_people() {
        out!("{}", data.describe());
    }
    outputs.add("data", described(&data))?;
    if let Some(path) = &args.write {
        let images = match args.each {
            Some(each) => of_each(&data, each as usize)?,
            None => data.test.first(output::count_of(args.count, USUAL, data.test.len())?),
        };
        outputs.write(path, &idx::write(&images));
    }
    if let [images, labels] = &sampled[..] {
        let [image_bytes, label_bytes] = sample(&data, args.count)?;
        outputs.write_sized(images, &image_bytes);
        outputs.write_sized(labels, &label_bytes);
    }
    outputs.finish()
}

/// The first test images of each class.
fn of_each(data: &Dataset, each: usize) -> Result<Images> {
    let labels =
        data.test_labels.as_ref().context("--each: the test images have no labels; leave it away")?;
    let mut places = vec![];
    for (class, name) in data.classes.iter().enumerate() {
        let all = (0..labels.len()).filter(|i| usize::from(labels[*i]) == class);
        let some: Vec<usize> = all.take(each).collect();
        ensure!(some.len() == each, "--each {each}: there are only {} test images of {name:?}", some.len());
        places.extend(some);
    }
    Ok(data.test.select(places))
}

/// The files of a sample, compressed: images and labels.
fn sample(data: &Dataset, count: Option<u32>) -> Result<[Vec<u8>; 2]> {
    let count = count.map_or(USUAL_SAMPLE.min(data.train.len()), |count| count as usize);
    let remedy = "Remedy: give a smaller --count, or data with more labelled images";
    let all = data.train_labels.is_some() && count == data.train.len();
    let chosen = if all { Some((0..count).collect()) } else { data.balanced(count, SAMPLE_SEED) };
    let places: Vec<usize> = chosen.with_context(|| {
        format!("--sample: there are no {count} labelled training images, as many of each class. {remedy}")
    })?;
    let labels = data.train_labels.as_ref().expect("what was chosen has labels");
    let labels: Vec<u8> = places.iter().map(|i| labels[*i]).collect();
    let images = data.train.select(places);
    Ok([gzip(&idx::write(&images))?, gzip(&idx::write_labels(&labels))?])
}

/// The same bytes at any time: the header names no file and no hour.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(vec![], Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
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
