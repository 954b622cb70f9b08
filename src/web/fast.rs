//! The default program's engines.

use super::device;
use super::error;
use super::opened::Opened;
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::GpuEngine;
use crate::model::Parameters;
use wasm_bindgen::prelude::*;

pub fn cpu(parameters: &Parameters) -> Box<dyn Engine> {
    Box::new(CpuEngine::new(parameters))
}

pub async fn open(engine: &str, parameters: &Parameters) -> Result<Opened, JsError> {
    match engine {
        "cpu" => Ok(Opened::on_cpu(cpu(parameters))),
        "webgpu" => {
            let (engine, ms) = webgpu(parameters).await?;
            let adapter = Some(engine.describe());
            Ok(Opened { engine: Box::new(engine), adapter, compile_ms: Some(ms) })
        }
        other => Err(error(format!("this program has no engine {other}: choose cpu or webgpu"))),
    }
}

/// The engine, and how many milliseconds its shader took.
async fn webgpu(parameters: &Parameters) -> Result<(GpuEngine, f64), JsError> {
    let (device, queue, adapter) = device::webgpu().await?;
    let began = js_sys::Date::now();
    let engine = GpuEngine::new(device, queue, &adapter, parameters).await.map_err(error)?;
    Ok((engine, js_sys::Date::now() - began))
}
