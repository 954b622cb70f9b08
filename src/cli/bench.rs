//! `ddpm bench`: the engines and the training step, one JSON line each.

mod engines;

use crate::cli::arguments::{EngineArgs, SizeArgs, WidthsArg};
use crate::cli::device::{DeviceChoice, EngineKind, LearnerKind, Machine, MakeLearner};
use crate::cli::say::{self, out};
use crate::core::image::Images;
use crate::model::{Parameters, UNetConfig};
use crate::train::checkpoint::DataInfo;
use crate::train::recipe::TrainConfig;
use crate::train::set::TrainingSet;
use crate::train::trainer::{self, Trainer};
use anyhow::{Result, ensure};
use clap::Args;
use pollster::block_on;
use serde_json::json;
use std::time::Instant;

/// The most images of a batch.
const MOST_IMAGES: usize = 4096;

#[derive(Args)]
pub struct BenchArgs {
    /// With the engine `auto`: all engines that the device may have
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    widths: WidthsArg,
    /// Batch sizes of the engines; none without a number
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "1,16,128", value_parser = batch_size)]
    forward: Vec<usize>,
    /// Batch sizes of the training step, on the CPU, on the device and by Burn there, whatever the engine; none
    /// without a number
    #[arg(long, value_delimiter = ',', num_args = 0.., default_value = "128", value_parser = batch_size)]
    train: Vec<usize>,
    /// Timed repetitions; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
}

/// A batch that fits into most machines' memory.
fn batch_size(text: &str) -> Result<usize, String> {
    let size = text.parse().ok().filter(|size| (1..=MOST_IMAGES).contains(size));
    size.ok_or_else(|| format!("give numbers from 1 to {MOST_IMAGES} with commas between them"))
}

pub fn run(args: &BenchArgs) -> Result<()> {
    ensure!(
        !args.forward.is_empty() || !args.train.is_empty(),
        "there is nothing to time: give --forward or --train a batch size"
    );
    ensure!(
        !args.forward.is_empty() || args.engine.engine == EngineKind::Auto,
        "--engine says what --forward times: give --forward a batch size, or leave --engine out"
    );
    let network = args.size.network(&args.widths);
    network.check()?;
    let machine = args.engine.machine()?;
    engines::bench(args, &machine, &Parameters::init(&network, 0))?;
    // Whoever read the lines may have seen enough: `ddpm bench | head -1`.
    for &batch in args.train.iter().take_while(|_| !say::is_unheard()) {
        let time = |machine: &Machine, kind: LearnerKind, engine: &str| {
            machine.learner(kind).and_then(|(make, name)| {
                let name = if engine == "cpu" { engine.into() } else { format!("{engine} on {name}") };
                train_step(&network, batch, args.repeat, make, &name)
            })
        };
        time(&Machine::new(&DeviceChoice::Cpu), LearnerKind::Auto, "cpu")?;
        let gpu = || machine.must_have_gpu().and_then(|()| time(&machine, LearnerKind::Auto, "gpu"));
        if args.engine.device.device != DeviceChoice::Cpu
            && let Err(error) = gpu()
        {
            skip("training step", "gpu", &error);
        }
        if let Err(error) = time(&machine, LearnerKind::Burn, "burn") {
            skip("training step", "burn", &error);
        }
    }
    Ok(())
}

/// The line of an engine that is not there.
fn skip(what: &str, engine: &str, error: &anyhow::Error) {
    out!("{}", json!({ "what": what, "engine": engine, "skipped": error.to_string() }));
}

fn train_step(network: &UNetConfig, batch: usize, repeat: u32, make: MakeLearner, name: &str) -> Result<()> {
    let images = Images { spec: network.image, bytes: vec![128; batch * network.image.numbers()] };
    let config =
        TrainConfig { network: network.clone(), batch_size: batch, samples: 0, ..Default::default() };
    let start = trainer::start(config, DataInfo::new("grey".into(), vec![], &images, None));
    let began = Instant::now();
    let learner = make(network, start.config.schedule, start.adam.clone())?;
    let ms_start = engines::ms(began);
    let clock = Box::new(move || began.elapsed().as_secs_f64());
    let mut trainer =
        Trainer::new(start, TrainingSet { images, labels: None }, |_, _| learner, name.into(), clock)?;
    // An epoch of one batch reads its loss, and so waits for the device.
    let task = format!("Timing the training step of {batch} images ({name})");
    let ms = engines::round(engines::median(&task, repeat, || Ok(block_on(trainer.step()).map(|_| ())?))?);
    let dispatches = trainer.dispatches_per_step();
    let line = json!({
        "what": "training step", "batch": batch, "engine": name, "repeat": repeat,
        "ms_median": ms,
        "ms_start": engines::round(ms_start),
        "images_per_second": engines::round(batch as f64 / ms * 1e3),
        "dispatches_per_step": (dispatches > 0).then_some(dispatches),
    });
    out!("{line}");
    Ok(())
}
