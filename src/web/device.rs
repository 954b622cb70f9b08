//! The browser's graphics device.

use super::error;
use wasm_bindgen::prelude::*;

/// A device within WebGPU's default limits, and what it was made from. The page has made sure that there is one.
pub(super) async fn webgpu() -> Result<(wgpu::Device, wgpu::Queue, wgpu::AdapterInfo), JsError> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let power_preference = wgpu::PowerPreference::HighPerformance;
    let options = wgpu::RequestAdapterOptions { power_preference, ..Default::default() };
    let adapter = instance.request_adapter(&options).await.map_err(error)?;
    let (device, queue) = adapter.request_device(&Default::default()).await.map_err(error)?;
    Ok((device, queue, adapter.get_info()))
}
