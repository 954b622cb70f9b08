//! Training by Burn's autodiff, on any of its devices: the reference.

mod adam;
pub mod loss;

pub use self::adam::{Adam, Layout};

use super::TrainError;
use super::learner::{Examples, Learner};
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::Answer;
use crate::model::burn::UNet;
use crate::model::{Parameters, UNetConfig};
use burn::prelude::*;
use burn::tensor::ExecutionError;

/// Losses between two reads: each read makes a GPU wait.
const READ_EVERY: usize = 8;

/// The weights on a device of Burn's, and what changes them.
pub struct BurnLearner {
    unet: UNet,
    layout: Layout,
    adam: Adam,
    device: Device,
    /// The loss and the gradient of the batch so far.
    batch: Option<(Tensor<1>, Tensor<1>)>,
    losses: Vec<Tensor<1>>,
}

impl BurnLearner {
    /// `device` is one without autodiff.
    pub fn new(config: &UNetConfig, state: AdamState, device: Device) -> Self {
        let parameters = Parameters::from_flat(config, state.weights.clone());
        Self {
            unet: UNet::new(&parameters, &device.clone().autodiff()),
            layout: Layout::new(config),
            adam: Adam::new(state, &device),
            device,
            batch: None,
            losses: vec![],
        }
    }
}

fn unreadable(error: ExecutionError) -> TrainError {
    TrainError::Device(format!("its memory cannot be read ({error})"))
}

fn numbers(tensor: &Tensor<1>) -> Result<Vec<f32>, TrainError> {
    adam::read(tensor).map_err(unreadable)
}

impl BurnLearner {
    fn add(&mut self, schedule: &Schedule, examples: &Examples) {
        let loss = loss::loss(&self.unet, schedule, examples, &self.device.clone().autodiff());
        let gradient = self.layout.gradients(&self.unet, &loss.backward());
        self.batch = Some(match self.batch.take() {
            Some((sum, before)) => (sum + loss.inner(), before + gradient),
            None => (loss.inner(), gradient),
        });
    }
}

impl Learner for BurnLearner {
    fn accumulate<'a>(
        &'a mut self,
        schedule: &'a Schedule,
        examples: &'a Examples,
    ) -> Answer<'a, (), TrainError> {
        Box::pin(async move {
            self.add(schedule, examples);
            Ok(())
        })
    }

    fn gradient(&mut self) -> Answer<'_, Vec<f32>, TrainError> {
        Box::pin(async { self.batch.as_ref().map_or(Ok(vec![]), |(_, gradient)| numbers(gradient)) })
    }

    fn loss(&mut self) -> Answer<'_, Option<f64>, TrainError> {
        Box::pin(async { self.batch.as_ref().map(|(loss, _)| Ok(f64::from(numbers(loss)?[0]))).transpose() })
    }

    fn set_gradient(&mut self, gradient: &[f32]) {
        if let Some((_, own)) = &mut self.batch {
            *own = Tensor::from_data(TensorData::new(gradient.to_vec(), [gradient.len()]), &self.device);
        }
    }

    fn apply(&mut self, pace: Pace) -> Answer<'_, (), TrainError> {
        Box::pin(async move {
            let Some((loss, gradient)) = self.batch.take() else { return Ok(()) };
            self.adam.update(gradient, pace).map_err(unreadable)?;
            self.unet = self.layout.assign(self.unet.clone(), &self.adam.weights);
            self.losses.push(loss);
            Ok(())
        })
    }

    fn losses(&mut self, all: bool) -> Answer<'_, Vec<f64>, TrainError> {
        Box::pin(async move {
            if !all && self.losses.len() < READ_EVERY {
                return Ok(vec![]);
            }
            self.losses.drain(..).map(|loss| Ok(f64::from(numbers(&loss)?[0]))).collect()
        })
    }

    fn steps(&self) -> usize {
        self.adam.step
    }

    fn state(&mut self) -> Answer<'_, AdamState, TrainError> {
        Box::pin(async { self.adam.state().map_err(unreadable) })
    }
}
