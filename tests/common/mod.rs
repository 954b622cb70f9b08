//! What several test files need: the golden files, devices, and the program.
#![allow(dead_code)]

use burn::prelude::*;
use burn::tensor::DeviceKind;
use ddpm_web::core::image::ImageSpec;
use ddpm_web::engine::Place;
use ddpm_web::engine::gpu::GpuEngine;
use ddpm_web::model::file::Weights;
use ddpm_web::model::tensors::{Array, StateDict, TensorSpec, tensors};
use ddpm_web::model::{Parameters, UNetConfig};
use ddpm_web::train::gpu::GpuLearner;
use ddpm_web::train::optimizer::AdamState;
use pollster::block_on;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::PathBuf;
use std::process::{Command, Output};
use tempfile::TempDir;

pub fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(format!("{name}.safetensors"))
}

/// Runs the program in a folder. `arguments` have spaces between them.
pub fn ddpm(folder: &TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ddpm"));
    command.current_dir(folder).args(arguments.split_whitespace());
    command.env_remove("DDPM_DATA").output().unwrap()
}

/// What a run that succeeded printed.
pub fn ok(output: &Output) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    out.to_string()
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

pub fn unet_random() -> Parameters {
    Weights::parse(&std::fs::read(fixture("unet_random")).unwrap()).unwrap().parameters
}

/// A golden file of another config than the tutorial's (tests/fixtures/general).
pub struct General {
    pub golden: Golden,
    pub parameters: Parameters,
    /// The two images' timesteps and classes.
    pub places: Vec<Place>,
}

impl General {
    fn new(name: &str, side: usize, channels: usize, widths: [usize; 3], classes: Option<usize>) -> Self {
        let config = UNetConfig { image: ImageSpec { side, channels }, widths, classes };
        let golden = Golden::open(&format!("general/{name}"));
        let trainable = tensors(&config).into_iter().filter(TensorSpec::trainable);
        let flat = trainable.flat_map(|spec| golden.get(&format!("state.{}", spec.name))).collect();
        let y = classes.map(|_| golden.integers("y"));
        let class = |i: usize| y.as_ref().map(|y| y[i]).filter(|class| Some(*class) < classes);
        let places =
            golden.integers("t").into_iter().enumerate().map(|(i, t)| Place { t, class: class(i) }).collect();
        Self { parameters: Parameters::from_flat(&config, flat), places, golden }
    }

    /// All four.
    pub fn all() -> Vec<Self> {
        vec![
            Self::new("grey_28_classes", 28, 1, [6, 10, 14], Some(10)),
            Self::new("colour_32", 32, 3, [5, 8, 12], None),
            Self::new("colour_16_classes", 16, 3, [10, 20, 40], Some(5)),
            Self::new("wide_28", 28, 1, [18, 22, 26], None),
        ]
    }
}

/// Everything at `t`, without a class.
pub fn at(t: usize, count: usize) -> Vec<Place> {
    vec![Place { t, class: None }; count]
}

/// The page's own weights.
pub fn trained() -> Weights {
    shipped("fashion-mnist")
}

/// Those of the tutorial's recipe.
pub fn tutorials() -> Weights {
    shipped("tutorial")
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

/// The software GPU, within WebGPU's default limits.
fn software_adapter() -> (wgpu::Device, wgpu::Queue, wgpu::AdapterInfo) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions { force_fallback_adapter: true, ..Default::default() };
    let adapter = block_on(instance.request_adapter(&options)).expect("apt install mesa-vulkan-drivers");
    let (device, queue) = block_on(adapter.request_device(&Default::default())).unwrap();
    (device, queue, adapter.get_info())
}

/// The fast GPU engine there.
pub fn software_gpu_engine(parameters: &Parameters) -> GpuEngine {
    let (device, queue, adapter) = software_adapter();
    block_on(GpuEngine::new(device, queue, &adapter, parameters)).unwrap()
}

/// The shader that trains, there.
pub fn software_gpu_learner(config: &UNetConfig, state: AdamState) -> GpuLearner {
    let (device, queue, adapter) = software_adapter();
    block_on(GpuLearner::new(device, queue, &adapter, config, state)).unwrap()
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
