//! Training on the CPU, by the engine's kernels.

use super::TrainError;
use super::learner::{Examples, Learner, noised};
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::Answer;
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

/// An answer that is there already.
fn ready<'a, T: 'a>(answer: T) -> Answer<'a, T, TrainError> {
    Box::pin(std::future::ready(Ok(answer)))
}

impl CpuLearner {
    fn add(&mut self, schedule: &Schedule, examples: &Examples) {
        let (x_t, target) = noised(schedule, examples);
        let Examples { places, importance, whole, .. } = examples;
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
    }
}

impl Learner for CpuLearner {
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
