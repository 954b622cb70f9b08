//! The GPU's learner, on the browser's device.

use super::super::{device, error};
use crate::model::UNetConfig;
use crate::train::gpu::GpuLearner;
use crate::train::optimizer::AdamState;
use wasm_bindgen::prelude::*;

pub(super) async fn learner(network: &UNetConfig, state: AdamState) -> Result<GpuLearner, JsError> {
    let (device, queue, adapter) = device::webgpu().await?;
    GpuLearner::new(device, queue, &adapter, network, state).await.map_err(error)
}
