//! The second module's engines: Burn's own forward, the reference.

use crate::engine::burn::BurnEngine;
use crate::weights::StateDict;
use burn::prelude::Device;
use wasm_bindgen::prelude::*;

pub type Running = BurnEngine;

pub fn cpu(state: &StateDict) -> Running {
    BurnEngine::new(state, Device::flex(), "CPU".into())
}

/// The engine, and the name of the graphics card if it runs on one.
pub async fn open(engine: &str, state: &StateDict) -> Result<(Running, Option<String>), JsError> {
    match engine {
        "burn-cpu" => Ok((cpu(state), None)),
        "burn-webgpu" => webgpu(state).await.map(|(engine, name)| (engine, Some(name))),
        other => {
            Err(JsError::new(&format!("this module has no engine {other}: choose burn-cpu or burn-webgpu")))
        }
    }
}

/// The browser's GPU. The page has made sure that there is one with what Burn needs.
async fn webgpu(state: &StateDict) -> Result<(Running, String), JsError> {
    let setup = Device::wgpu_options().init_with_setup_async().await;
    let (device, setup) = setup.map_err(|error| JsError::new(&error.to_string()))?;
    let info = setup.adapter.get_info();
    // Browsers say more or less of the adapter, some nothing at all.
    let name = [info.name, info.driver].into_iter().find(|name| !name.is_empty());
    let name = name.unwrap_or("WebGPU".into());
    Ok((BurnEngine::new(state, device, name.clone()), name))
}
