//! The default program's engines.

use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::engine::{Engine, EngineError};
use crate::sampling::Denoiser;
use crate::weights::StateDict;
use wasm_bindgen::prelude::*;

pub enum Running {
    Cpu(CpuEngine),
    Gpu(GpuEngine),
}

pub fn cpu(state: &StateDict) -> Running {
    Running::Cpu(CpuEngine::new(state))
}

/// The engine, and the name of the graphics card if it runs on one.
pub async fn open(engine: &str, state: &StateDict) -> Result<(Running, Option<String>), JsError> {
    match engine {
        "cpu" => Ok((cpu(state), None)),
        "webgpu" => {
            let engine = webgpu(state).await.map_err(|error| JsError::new(&error))?;
            let name = engine.describe();
            Ok((Running::Gpu(engine), Some(name)))
        }
        other => Err(JsError::new(&format!("this program has no engine {other}: choose cpu or webgpu"))),
    }
}

async fn webgpu(state: &StateDict) -> Result<GpuEngine, String> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let power_preference = wgpu::PowerPreference::HighPerformance;
    let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
    let adapter = instance.request_adapter(&options).await.map_err(|error| error.to_string())?;
    let device = adapter.request_device(&Default::default()).await;
    let (device, queue) = device.map_err(|error| error.to_string())?;
    let engine = GpuEngine::new(device, queue, &adapter.get_info(), state).await;
    engine.map_err(|error| error.to_string())
}

impl Denoiser for Running {
    type Error = EngineError;

    async fn predict_eps(&mut self, x_t: &[f32], t: usize) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(engine) => engine.predict_eps(x_t, t).await,
            Self::Gpu(engine) => engine.predict_eps(x_t, t).await,
        }
    }
}

impl Engine for Running {
    fn load(&mut self, state: &StateDict) {
        match self {
            Self::Cpu(engine) => engine.load(state),
            Self::Gpu(engine) => engine.load(state),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Cpu(engine) => engine.describe(),
            Self::Gpu(engine) => engine.describe(),
        }
    }
}
