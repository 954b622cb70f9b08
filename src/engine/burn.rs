//! The reference engine: the Burn module's own forward, on any Burn device.

use super::stepwise::{self, Network};
use super::{Answer, Conditions, Engine, EngineError, Place, Run, check_places};
use crate::core::sampling::Walk;
use crate::model::burn::UNet;
use crate::model::{Parameters, UNetConfig};
use burn::prelude::*;
use std::rc::Rc;

/// The UNet on a Burn device.
pub struct BurnEngine {
    network: BurnNetwork,
    config: UNetConfig,
}

/// The module, its device, and what that is called.
#[derive(Clone)]
struct BurnNetwork {
    unet: Rc<UNet>,
    device: Device,
    name: String,
}

impl BurnNetwork {
    fn new(parameters: &Parameters, device: Device, name: String) -> Self {
        Self { unet: Rc::new(UNet::new(parameters, &device)), device, name }
    }
}

impl BurnEngine {
    /// `name` says what the device is, for people to read.
    pub fn new(parameters: &Parameters, device: Device, name: String) -> Self {
        Self { config: parameters.config.clone(), network: BurnNetwork::new(parameters, device, name) }
    }
}

impl Network for BurnNetwork {
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let (t, classes) = self.unet.places(places.iter().map(|at| (at.t, at.class)), &self.device);
            let x = self.unet.batch(x, &self.device);
            let failed = |cause: String| EngineError::Run { device: self.name.clone(), cause };
            let output = self.unet.forward(x, t, classes).into_data_async().await;
            output
                .map_err(|error| failed(error.to_string()))?
                .try_into_vec()
                .map_err(|error| failed(format!("{error:?}")))
        })
    }
}

impl Engine for BurnEngine {
    fn config(&self) -> &UNetConfig {
        &self.config
    }

    fn describe(&self) -> String {
        format!("burn on {}", self.network.name)
    }

    fn load<'a>(&'a mut self, parameters: &'a Parameters) -> Answer<'a, (), EngineError> {
        let BurnNetwork { device, name, .. } = self.network.clone();
        *self = Self::new(parameters, device, name);
        Box::pin(async { Ok(()) })
    }

    fn predict<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            check_places(&self.config, x, places)?;
            self.network.outputs(x, places).await
        })
    }

    fn begin<'a>(&'a mut self, walk: Walk, conditions: Conditions) -> Answer<'a, Box<dyn Run>, EngineError> {
        Box::pin(async move {
            let BurnNetwork { device, name, .. } = self.network.clone();
            let other = |weights: &Parameters| BurnNetwork::new(weights, device, name);
            stepwise::begin(&self.config, self.network.clone(), walk, conditions, other)
        })
    }
}

#[cfg(test)]
mod tests;
