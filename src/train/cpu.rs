//! Training on the CPU, by the engine's kernels.

use super::TrainError;
use super::learner::{Examples, Learner, noised};
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::Answer;
use crate::engine::cpu::gradients::{Batch, CpuGradients};
use crate::model::UNetConfig;

/// The loss of some images and its gradient.
pub struct Part {
    /// Their part of the whole batch's loss.
    pub loss: f64,
    /// One number for each parameter.
    pub gradient: Vec<f32>,
}

/// Computes losses and gradients with weights that it is given: all that one of several workers does.
pub struct CpuLoss(CpuGradients);

impl CpuLoss {
    pub fn new(config: &UNetConfig) -> Self {
        Self(CpuGradients::new(config))
    }

    /// The part of these images.
    ///
    /// # Panics
    /// When the examples do not fit together, or the weights are not the network's.
    pub fn part(&mut self, weights: &[f32], schedule: &Schedule, examples: &Examples) -> Part {
        let mut gradient = vec![0.0; weights.len()];
        let loss = self.write(weights, schedule, examples, &mut gradient);
        Part { loss, gradient }
    }

    /// The same: writes the gradient to `gradient` and returns the loss.
    fn write(&mut self, weights: &[f32], schedule: &Schedule, of: &Examples, gradient: &mut [f32]) -> f64 {
        let (x_t, target) = noised(schedule, of);
        let Examples { places, importance, whole, .. } = of;
        let batch = Batch { x_t: &x_t, target: &target, places, importance, whole: *whole };
        self.0.loss(weights, batch, gradient)
    }
}

/// The weights in memory, and what changes them.
pub struct CpuLearner {
    computes: CpuLoss,
    state: AdamState,
    /// The gradient of the batch so far, and its loss; none before the batch's first part.
    gradient: Vec<f32>,
    loss: Option<f64>,
    losses: Vec<f64>,
}

impl CpuLearner {
    pub fn new(config: &UNetConfig, state: AdamState) -> Self {
        let gradient = vec![0.0; state.weights.len()];
        Self { computes: CpuLoss::new(config), state, gradient, loss: None, losses: vec![] }
    }

    pub(super) fn weights(&self) -> &[f32] {
        &self.state.weights
    }

    /// Computes the part of these images, and adds it to those before.
    pub(super) fn compute(&mut self, schedule: &Schedule, examples: &Examples) {
        match self.loss {
            None => {
                let Self { computes, state, gradient, .. } = self;
                self.loss = Some(computes.write(&state.weights, schedule, examples, gradient));
            }
            Some(_) => {
                let part = self.computes.part(&self.state.weights, schedule, examples);
                self.add(&part);
            }
        }
    }

    /// Adds a part to those before.
    pub(super) fn add(&mut self, part: &Part) {
        self.gradient.iter_mut().zip(&part.gradient).for_each(|(sum, own)| *sum += own);
        self.loss = Some(self.loss.unwrap_or(0.0) + part.loss);
    }
}

/// An answer that is there already.
fn ready<'a, T: 'a>(answer: T) -> Answer<'a, T, TrainError> {
    Box::pin(std::future::ready(Ok(answer)))
}

impl Learner for CpuLearner {
    fn accumulate<'a>(
        &'a mut self,
        schedule: &'a Schedule,
        examples: &'a Examples,
    ) -> Answer<'a, (), TrainError> {
        Box::pin(async move {
            self.compute(schedule, examples);
            Ok(())
        })
    }

    fn gradient(&mut self) -> Answer<'_, Vec<f32>, TrainError> {
        ready(self.loss.map_or(vec![], |_| self.gradient.clone()))
    }

    fn loss(&mut self) -> Answer<'_, Option<f64>, TrainError> {
        ready(self.loss)
    }

    fn set_gradient(&mut self, gradient: &[f32]) {
        self.gradient.copy_from_slice(gradient);
    }

    fn apply(&mut self, pace: Pace) -> Answer<'_, (), TrainError> {
        if let Some(loss) = self.loss.take() {
            self.losses.push(loss);
            self.state.update(&self.gradient, pace);
        }
        ready(())
    }

    fn losses(&mut self, _: bool) -> Answer<'_, Vec<f64>, TrainError> {
        ready(std::mem::take(&mut self.losses))
    }

    fn steps(&self) -> usize {
        self.state.step
    }

    fn state(&mut self) -> Answer<'_, AdamState, TrainError> {
        ready(self.state.clone())
    }
}
