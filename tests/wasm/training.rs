//! Ten steps of training, natively and in WebAssembly: the same trainer, the same losses.
//!
//! Natively the program prints them as JSON; for the browser it exports [`ten_steps`], which
//! `tests/browser/training.test.mjs` calls in Node.js and compares.

use ddpm_web::core::image::{ImageSpec, Images};
use ddpm_web::model::UNetConfig;
use ddpm_web::train::checkpoint::DataInfo;
use ddpm_web::train::cpu::CpuLearner;
use ddpm_web::train::recipe::TrainConfig;
use ddpm_web::train::set::TrainingSet;
use ddpm_web::train::trainer::{Trainer, start};

#[cfg(target_arch = "wasm32")]
use wasm_bindgen::prelude::*;

/// The losses of ten steps on 40 colour pictures of two classes, which a formula draws.
#[cfg_attr(target_arch = "wasm32", wasm_bindgen)]
pub fn ten_steps() -> Vec<f64> {
    let spec = ImageSpec { side: 16, channels: 3 };
    let byte = |i: usize| ((i * i + 7 * (i / spec.numbers())) % 251) as u8;
    let images = Images { spec, bytes: (0..40 * spec.numbers()).map(byte).collect() };
    let labels: Vec<u8> = (0..40).map(|i| i % 2).collect();
    let network = UNetConfig { image: spec, widths: [6, 10, 14], classes: Some(2) };
    let config = TrainConfig { network, batch_size: 16, mirror: true, seed: 3, ..TrainConfig::default() };
    let data = DataInfo::new("formula".into(), vec!["even".into(), "odd".into()], &images, Some(&labels));
    let set = TrainingSet { images, labels: Some(labels) };
    let mut trainer = Trainer::new(
        start(config, data),
        set,
        |network, state| Box::new(CpuLearner::new(network, state)),
        "CPU".into(),
        Box::new(|| 0.0),
    )
    .expect("the recipe makes sense");
    let mut losses = vec![];
    let mut before = 0.0;
    for _ in 0..10 {
        let last = pollster::block_on(trainer.step()).expect("the CPU does not fail");
        // The trainer tells sums over an epoch of 16, 16 and 8 images.
        let images = if last { 8.0 } else { 16.0 };
        let sum = match trainer.progress().epochs.last() {
            Some(epoch) if last => epoch.loss * 40.0,
            _ => trainer.progress().loss_sum,
        };
        losses.push((sum - before) / images);
        before = if last { 0.0 } else { sum };
    }
    losses
}

fn main() {
    println!("{:?}", ten_steps());
}
