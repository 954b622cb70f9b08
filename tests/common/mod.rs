//! What several test files need: the golden files, and devices.
#![allow(dead_code)]

use burn::prelude::*;
use burn::tensor::DeviceKind;
use ddpm_web::model::file::{Array, StateDict, Weights};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::PathBuf;

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.safetensors"))
}

/// A golden file.
pub struct Golden(Vec<u8>);

impl Golden {
    pub fn open(name: &str) -> Self {
        Self(std::fs::read(fixture(name)).unwrap())
    }

    fn file(&self) -> SafeTensors<'_> {
        SafeTensors::deserialize(&self.0).unwrap()
    }

    /// Numbers of a tensor; integers too.
    pub fn get(&self, name: &str) -> Vec<f32> {
        let file = self.file();
        let view = file.tensor(name).unwrap();
        let bytes = view.data();
        match view.dtype() {
            Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Dtype::I64 => bytes.as_chunks().0.iter().map(|b| i64::from_le_bytes(*b) as f32).collect(),
            other => panic!("{name} is {other:?}"),
        }
    }

    pub fn integers(&self, name: &str) -> Vec<usize> {
        self.get(name).iter().map(|x| *x as usize).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.file().names().into_iter().map(String::from).collect()
    }
}

pub fn unet_random() -> StateDict {
    Weights::parse(&std::fs::read(fixture("unet_random")).unwrap()).unwrap().state
}

/// The page's own weights.
pub fn trained() -> Weights {
    shipped("fashion-mnist")
}

/// Those of the tutorial's recipe.
pub fn tutorials() -> Weights {
    shipped("epochs/030")
}

fn shipped(name: &str) -> Weights {
    let assets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets");
    let file = assets.join(name).with_extension("safetensors");
    Weights::parse(&std::fs::read(file).unwrap()).unwrap()
}

/// The CPU, or a software GPU: `make test` installs one.
pub fn cpu() -> Device {
    Device::flex()
}

pub fn software_gpu() -> Device {
    Device::wgpu(DeviceKind::Cpu)
}

pub fn images(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / 784;
    Tensor::from_data(TensorData::new(values, [count, 1, 28, 28]), device)
}

pub fn numbers<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.clone().into_data().try_into_vec().unwrap()
}

/// Largest difference between two lists of the same length.
pub fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().all(|x| x.is_finite()));
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// A file of any arrays, as PyTorch's users might save it.
pub fn file(state: &StateDict) -> Vec<u8> {
    let bytes = |array: &Array| array.data.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
    let raw: Vec<_> = state.iter().map(|(name, array)| (name, array.shape.clone(), bytes(array))).collect();
    let views =
        raw.iter().map(|(name, shape, raw)| (name, TensorView::new(Dtype::F32, shape.clone(), raw).unwrap()));
    safetensors::serialize(views, None).unwrap()
}
