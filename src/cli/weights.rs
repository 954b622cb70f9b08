//! The commands on weights: `export`, `import` and `info`.

use crate::cli::run_folder::load_weights;
use crate::core::pixel_stats::PixelStats;
use crate::data;
use crate::data::atomic::atomic_write;
use crate::graph::Plan;
use crate::model::file::{Array, Metadata, Precision, StateDict, Weights};
use crate::model::tensors;
use crate::train::checkpoint::Checkpoint;
use anyhow::{Context, Result, bail};
use pytorch_reader::{DType, PytorchReader};
use std::path::Path;

fn write(weights: &Weights, out: &Path, precision: Precision) -> Result<()> {
    let bytes = weights.to_bytes(precision)?;
    atomic_write(out, &bytes)?;
    println!("{} ({} KB)", out.display(), bytes.len().div_ceil(1000));
    Ok(())
}

/// `ddpm export`.
pub fn export(from: &Path, out: &Path, precision: Precision, raw: bool, data: Option<&Path>) -> Result<()> {
    let mut weights = load_weights(from, raw)?;
    if let Some(folder) = data {
        let images = data::load(Some(folder))?;
        let schedule = weights.schedule;
        let metadata = weights.metadata.get_or_insert_with(|| Metadata { schedule, ..Metadata::default() });
        metadata.pixels = Some(PixelStats::of(&images.train));
    }
    write(&weights, out, precision)
}

/// `ddpm import`.
pub fn import(from: &Path, out: &Path, precision: Precision) -> Result<()> {
    let shown = from.display();
    let file = PytorchReader::new(from).with_context(|| {
        format!("{shown} is no PyTorch file: save one with torch.save(unet.state_dict(), \"unet.pt\")")
    })?;
    let mut state = StateDict::new();
    for (name, tensor) in file.tensors() {
        let bytes = tensor.read().with_context(|| format!("{shown}: {name} cannot be read"))?;
        let data = match tensor.dtype() {
            DType::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            DType::F16 => bytes.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
            other => bail!("{shown}: {name} holds {other:?}; save the weights as float32 (`unet.float()`)"),
        };
        state.insert(name.clone(), Array { shape: tensor.shape().to_vec(), data });
    }
    let weights = Weights::from_arrays(state).with_context(|| format!("cannot use {shown}"))?;
    write(&weights, out, precision)
}

/// `ddpm info --plan`: of untrained weights where there is no file.
pub fn plan(path: Option<&Path>) -> Result<()> {
    let state = match path {
        Some(path) => load_weights(path, false)?.state,
        None => tensors::init(0),
    };
    println!("{}", Plan::new(&state));
    Ok(())
}

/// `ddpm info`.
pub fn info(path: &Path) -> Result<()> {
    let weights = load_weights(path, false)?;
    let schedule = weights.schedule;
    let trainable: usize =
        tensors::tensors().iter().filter(|spec| spec.trainable()).map(|spec| spec.elements()).sum();
    println!("UNet of the tutorial: {} tensors, {trainable} trainable parameters", weights.state.len());
    println!("schedule       {schedule}");
    match &weights.metadata {
        None => println!("no metadata: not written by this program; the tutorial's defaults are assumed"),
        Some(metadata) => {
            println!("data           {} ({} images)", metadata.dataset, metadata.train_images);
            println!("classes        {}", metadata.classes.join(", "));
            println!("normalisation  {}", metadata.normalisation);
            println!("epochs         {}", metadata.losses.len());
            let losses: Vec<String> = metadata.losses.iter().map(|loss| format!("{loss:.4}")).collect();
            println!("losses         {}", losses.join(" "));
            let Metadata { learning_rate, batch_size, seed, .. } = metadata;
            let spelt = format!("learning rate {learning_rate}, batches of {batch_size}, seed {seed}");
            println!("recipe         {}", if metadata.recipe.is_empty() { &spelt } else { &metadata.recipe });
            let ema = metadata.ema_decay.map_or("none".into(), |decay| format!("decay {decay}"));
            println!("average        {ema}");
            let start = if metadata.pixels.is_some() { "matched or pure noise" } else { "pure noise" };
            println!("start          {start}");
            println!("sha256         {}", metadata.sha256);
        }
    }
    let checkpoint = if path.is_dir() { path.join("checkpoint.safetensors") } else { path.into() };
    if let Ok(Checkpoint { progress, config, adam, .. }) = Checkpoint::load(&checkpoint) {
        let (epochs, batch) = (progress.epochs.len(), progress.batch);
        println!(
            "training       {epochs} of {} epochs and {batch} batches, {} steps",
            config.epochs, adam.step
        );
    }
    Ok(())
}
