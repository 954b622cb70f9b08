//! The default module's engines.

use crate::engine::cpu::CpuEngine;
use crate::weights::StateDict;
use wasm_bindgen::prelude::*;

pub type Running = CpuEngine;

pub fn cpu(state: &StateDict) -> Running {
    CpuEngine::new(state)
}

/// The engine, and the name of the graphics card if it runs on one.
pub async fn open(engine: &str, state: &StateDict) -> Result<(Running, Option<String>), JsError> {
    match engine {
        "cpu" => Ok((cpu(state), None)),
        other => Err(JsError::new(&format!("this module has no engine {other}: choose cpu"))),
    }
}
