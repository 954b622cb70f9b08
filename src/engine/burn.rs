//! The reference engine: the Burn module's own forward, on any Burn device.

use super::{Engine, EngineError};
use crate::core::image::SIDE;
use crate::core::sampling::{Answer, Denoiser};
use crate::model::burn::UNet;
use crate::model::file::StateDict;
use burn::prelude::*;

/// The UNet on a Burn device.
pub struct BurnEngine {
    unet: UNet,
    device: Device,
    name: String,
}

impl BurnEngine {
    /// `name` says what the device is, for people to read.
    pub fn new(state: &StateDict, device: Device, name: String) -> Self {
        Self { unet: UNet::new(state, &device), device, name }
    }

    /// Uploads images; `values` holds whole images.
    fn batch(&self, values: &[f32]) -> Tensor<4> {
        let count = values.len() / (SIDE * SIDE);
        Tensor::from_data(TensorData::new(values.to_vec(), [count, 1, SIDE, SIDE]), &self.device)
    }
}

impl Denoiser for BurnEngine {
    type Error = EngineError;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let x_t = self.batch(x_t);
            let times = Tensor::full([x_t.dims()[0]], t as i64, &self.device);
            let failed = |cause: String| EngineError::Run { device: self.name.clone(), cause };
            let eps = self.unet.forward(x_t, times).into_data_async().await;
            eps.map_err(|error| failed(error.to_string()))?
                .try_into_vec()
                .map_err(|error| failed(format!("{error:?}")))
        })
    }
}

impl Engine for BurnEngine {
    fn load(&mut self, state: &StateDict) {
        self.unet = UNet::new(state, &self.device);
    }

    fn describe(&self) -> String {
        format!("burn on {}", self.name)
    }
}

#[cfg(test)]
mod tests;
