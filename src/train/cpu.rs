//! Training on the CPU, by the engine's kernels.

use super::TrainError;
use super::learner::{Examples, Learner};
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::cpu::gradients::{Batch, CpuGradients};
use crate::model::UNetConfig;

/// The weights in memory, and what changes them.
pub struct CpuLearner {
    gradients: CpuGradients,
    state: AdamState,
    /// The gradient of the batch so far, and its loss; none before the batch's first part.
    gradient: Vec<f32>,
    loss: Option<f64>,
    losses: Vec<f64>,
}

impl CpuLearner {
    pub fn new(config: &UNetConfig, state: AdamState) -> Self {
        let gradient = vec![0.0; state.weights.len()];
        Self { gradients: CpuGradients::new(config), state, gradient, loss: None, losses: vec![] }
    }
}

impl Learner for CpuLearner {
    fn accumulate(&mut self, schedule: &Schedule, examples: &Examples) -> Result<(), TrainError> {
        let Examples { x_0, eps, places, importance, whole } = examples;
        // 1. What the network sees, and what it should predict.
        let len = x_0.len() / places.len();
        let images = || x_0.chunks_exact(len).zip(eps.chunks_exact(len)).zip(places);
        let x_t: Vec<f32> =
            images().flat_map(|((x_0, eps), place)| schedule.noised(Some(place.t), x_0, eps)).collect();
        let target: Vec<f32> =
            images().flat_map(|((x_0, eps), place)| schedule.target_of(place.t, x_0, eps)).collect();
        // 2. Loss and gradient, added to those of the parts before.
        let batch = Batch { x_t: &x_t, target: &target, places, importance, whole: *whole };
        self.loss = Some(match self.loss {
            None => self.gradients.loss(&self.state.weights, batch, &mut self.gradient),
            Some(before) => {
                let mut gradient = vec![0.0; self.gradient.len()];
                let loss = self.gradients.loss(&self.state.weights, batch, &mut gradient);
                self.gradient.iter_mut().zip(gradient).for_each(|(sum, own)| *sum += own);
                before + loss
            }
        });
        Ok(())
    }

    fn gradient(&self) -> Result<Vec<f32>, TrainError> {
        Ok(self.loss.map_or(vec![], |_| self.gradient.clone()))
    }

    fn loss(&self) -> Result<Option<f64>, TrainError> {
        Ok(self.loss)
    }

    fn set_gradient(&mut self, gradient: &[f32]) {
        self.gradient.copy_from_slice(gradient);
    }

    fn apply(&mut self, pace: Pace) -> Result<(), TrainError> {
        if let Some(loss) = self.loss.take() {
            self.losses.push(loss);
            self.state.update(&self.gradient, pace);
        }
        Ok(())
    }

    fn losses(&mut self, _: bool) -> Result<Vec<f64>, TrainError> {
        Ok(std::mem::take(&mut self.losses))
    }

    fn steps(&self) -> usize {
        self.state.step
    }

    fn state(&self) -> Result<AdamState, TrainError> {
        Ok(self.state.clone())
    }
}
