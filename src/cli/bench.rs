//! `ddpm bench`: the engines and the training step, one JSON line each.

mod engines;

use crate::cli::BenchArgs;
use crate::cli::device;
use crate::core::image::{PIXELS, SIDE};
use crate::data::idx::Images;
use crate::model::tensors;
use crate::train::checkpoint::DataInfo;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use crate::train::recipe::TrainConfig;
use crate::train::trainer::{self, Trainer};
use anyhow::Result;
use serde_json::json;

pub fn bench(args: &BenchArgs) -> Result<()> {
    engines::bench(args, &tensors::init(0))?;
    for &batch in &args.train {
        let (device, name) = device::open(&args.device.device)?;
        let images = Images { width: SIDE, height: SIDE, pixels: vec![128; batch * PIXELS] };
        let config = TrainConfig { batch_size: batch, samples: 0, ..Default::default() };
        let data = DataInfo {
            name: "grey".into(),
            classes: vec![],
            images: batch,
            sha256: String::new(),
            pixels: None,
        };
        let burn = |state| Learner::burn(state, device.clone());
        train_step(&config, &data, &images, Learner::cpu, "cpu", args.repeat)?;
        train_step(&config, &data, &images, burn, &format!("burn on {name}"), args.repeat)?;
    }
    Ok(())
}

fn train_step(
    config: &TrainConfig,
    data: &DataInfo,
    images: &Images,
    learner: impl FnOnce(AdamState) -> Learner,
    name: &str,
    repeat: u32,
) -> Result<()> {
    let start = trainer::start(config.clone(), data.clone());
    let mut trainer = Trainer::new(start, images.clone(), learner, name.into())?;
    // An epoch of one batch reads its loss, and so waits for the device.
    let ms = engines::round(engines::median(repeat, || trainer.step().map(|_| ()))?);
    let batch = config.batch_size;
    let line =
        json!({ "what": "training step", "batch": batch, "engine": name, "repeat": repeat, "ms_median": ms });
    println!("{line}");
    Ok(())
}
