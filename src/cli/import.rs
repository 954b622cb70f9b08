//! `ddpm import`: a PyTorch file as a weights file.

use crate::cli::arguments::choice;
use crate::cli::output::write_weights;
use crate::core::choice::Choice;
use crate::model::file::{Precision, Weights};
use crate::model::tensors::{Array, StateDict};
use anyhow::{Context, Result, bail};
use clap::Args;
use pytorch_reader::{DType, PytorchReader};
use std::path::PathBuf;

#[derive(Args)]
pub struct ImportArgs {
    /// The PyTorch file
    from: PathBuf,
    /// The weights file to write
    #[arg(long, default_value = "weights.safetensors")]
    out: PathBuf,
    #[arg(long, value_parser = choice::<Precision>(), default_value = Precision::F32.name())]
    precision: Precision,
}

pub fn run(args: &ImportArgs) -> Result<()> {
    let shown = args.from.display();
    let file = PytorchReader::new(&args.from).with_context(|| {
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
    write_weights(&weights, &args.out, args.precision)
}
