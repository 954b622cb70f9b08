//! The second program's engines: Burn's own forward, the reference.

use super::error;
use super::opened::Opened;
use crate::engine::Engine;
use crate::engine::burn::BurnEngine;
use crate::model::Parameters;
use burn::prelude::Device;
use wasm_bindgen::prelude::*;

pub fn cpu(parameters: &Parameters) -> Box<dyn Engine> {
    Box::new(BurnEngine::new(parameters, Device::flex(), "CPU".into()))
}

pub async fn open(engine: &str, parameters: &Parameters) -> Result<Opened, JsError> {
    match engine {
        "burn-cpu" => Ok(Opened::on_cpu(cpu(parameters))),
        "burn-webgpu" => {
            let (device, name) = webgpu().await?;
            let engine = Box::new(BurnEngine::new(parameters, device, name.clone()));
            Ok(Opened { engine, adapter: Some(name), compile_ms: None })
        }
        other => Err(error(format!("this program has no engine {other}: choose burn-cpu or burn-webgpu"))),
    }
}

/// The browser's GPU. The page has made sure that there is one with what Burn needs.
async fn webgpu() -> Result<(Device, String), JsError> {
    let setup = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = setup.map_err(error)?;
    let info = setup.adapter.get_info();
    // Browsers say more or less of the adapter, some nothing at all.
    let name = [info.name, info.driver].into_iter().find(|name| !name.is_empty());
    Ok((device, name.unwrap_or("WebGPU".into())))
}
