//! The default program's engines.

use super::error;
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::weights::StateDict;
use wasm_bindgen::prelude::*;

pub fn cpu(state: &StateDict) -> Box<dyn Engine> {
    Box::new(CpuEngine::new(state))
}

/// The engine, and the name of the graphics card if it runs on one.
pub async fn open(engine: &str, state: &StateDict) -> Result<(Box<dyn Engine>, Option<String>), JsError> {
    match engine {
        "cpu" => Ok((cpu(state), None)),
        "webgpu" => {
            let engine = webgpu(state).await?;
            let name = engine.describe();
            Ok((Box::new(engine), Some(name)))
        }
        other => Err(error(format!("this program has no engine {other}: choose cpu or webgpu"))),
    }
}

async fn webgpu(state: &StateDict) -> Result<GpuEngine, JsError> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let power_preference = wgpu::PowerPreference::HighPerformance;
    let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
    let adapter = instance.request_adapter(&options).await.map_err(error)?;
    let (device, queue) = adapter.request_device(&Default::default()).await.map_err(error)?;
    GpuEngine::new(device, queue, &adapter.get_info(), state).await.map_err(error)
}
