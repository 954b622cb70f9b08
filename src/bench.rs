//! `ddpm bench`: medians of the forward and of the training step, one JSON line each.

use crate::adam::AdamState;
use crate::checkpoint::DataInfo;
use crate::cli::BenchArgs;
use crate::engine::burn::BurnEngine;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, EngineError};
use crate::idx::Images;
use crate::learner::Learner;
use crate::pixels::{PIXELS, SIDE};
use crate::sampling::Denoiser;
use crate::train::{self, TrainConfig, Trainer};
use crate::{arch, device};
use anyhow::Result;
use std::time::Instant;

pub fn bench(args: &BenchArgs) -> Result<()> {
    let (device, name) = device::open(&args.device.device)?;
    let state = arch::init(0);
    for &batch in &args.forward {
        forward(CpuEngine::new(&state), batch, args.repeat)?;
        forward(BurnEngine::new(&state, device.clone(), name.clone()), batch, args.repeat)?;
    }
    for &batch in &args.train {
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
    let start = train::start(config.clone(), data.clone());
    let mut trainer = Trainer::new(start, images.clone(), learner, name.into())?;
    // An epoch of one batch reads its loss, and so waits for the device.
    report("training step", config.batch_size, name, repeat, || trainer.step().map(|_| ()))
}

fn forward<E: Engine + Denoiser<Error = EngineError>>(
    mut engine: E,
    batch: usize,
    repeat: u32,
) -> Result<()> {
    let x = vec![0.5; batch * PIXELS];
    report("forward", batch, &engine.describe(), repeat, || {
        pollster::block_on(engine.predict_eps(&x, 100))?;
        Ok(())
    })
}

fn report(
    what: &str,
    batch: usize,
    name: &str,
    repeat: u32,
    mut run: impl FnMut() -> Result<()>,
) -> Result<()> {
    run()?;
    let mut times = vec![];
    for _ in 0..repeat {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let line = serde_json::json!({
        "what": what, "batch": batch, "engine": name, "repeat": repeat,
        "ms_median": (times[times.len() / 2] * 100.0).round() / 100.0,
        "ms_min": (times[0] * 100.0).round() / 100.0,
    });
    println!("{line}");
    Ok(())
}
