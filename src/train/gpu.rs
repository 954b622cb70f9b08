//! Training on a GPU, by the engine's shader.

use super::TrainError;
use super::cpu::CpuLearner;
use super::learner::{Examples, Learner, noised};
use super::optimizer::{AdamState, BETA_1, BETA_2, EPSILON, Pace, ema_decay_at};
use crate::core::noise::{self, Use};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::cpu::gradients::Batch;
use crate::engine::gpu::training::{GpuTraining, Update};
use crate::engine::{Answer, EngineError, Place};
use crate::model::UNetConfig;

/// Losses between two reads: each read waits for the device.
const READ_EVERY: usize = 8;

/// How far the norm of what a GPU's gradient has beside the CPU's may be, as a share of the CPU's. Rounding alone makes
/// 1e-5; a shader that was not computed to its end leaves numbers of another size.
const AGREEMENT: f64 = 1e-3;

/// The weights on a device, and what changes them.
pub struct GpuLearner {
    training: GpuTraining,
    steps: usize,
}

fn failed(error: EngineError) -> TrainError {
    TrainError::Device(error.to_string())
}

impl GpuLearner {
    /// On a device within WebGPU's default limits; `adapter` is what it was made from. Device and CPU have to agree about
    /// the gradient of a small batch first.
    ///
    /// # Errors
    /// When the device cannot compile the shader or hold the network, or it computes other numbers than the CPU.
    pub async fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
        config: &UNetConfig,
        state: AdamState,
    ) -> Result<Self, TrainError> {
        let AdamState { weights, m, v, ema, step } = &state;
        let planes = [weights, m, v, ema].map(|plane| &plane[..]);
        let training = GpuTraining::new(device, queue, adapter, config, planes).await.map_err(failed)?;
        let mut learner = Self { training, steps: *step };
        learner.agree(config, state).await?;
        Ok(learner)
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        self.training.name()
    }

    /// Has both look at two images.
    async fn agree(&mut self, config: &UNetConfig, state: AdamState) -> Result<(), TrainError> {
        let schedule = Schedule::new(ScheduleConfig::default())?;
        let numbers = config.image.numbers();
        let [mut x_0, mut eps] = [vec![0.0; 2 * numbers], vec![0.0; 2 * numbers]];
        noise::gaussian_batch(0, Use::Start, 0, 0, numbers, &mut x_0);
        noise::gaussian_batch(0, Use::Forward, 0, 0, numbers, &mut eps);
        let class = config.classes.map(|classes| classes - 1);
        let places = vec![Place { t: 20, class }, Place { t: 120, class: None }];
        let examples = Examples { x_0, eps, places, importance: vec![1.0; 2], whole: 2 };
        let mut cpu = CpuLearner::new(config, state);
        cpu.accumulate(&schedule, &examples).await?;
        self.accumulate(&schedule, &examples).await?;
        let (ours, theirs) = (cpu.gradient().await?, self.gradient().await?);
        self.training.forget();
        let norm = |numbers: &mut dyn Iterator<Item = f32>| {
            numbers.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt()
        };
        let apart = norm(&mut ours.iter().zip(&theirs).map(|(ours, theirs)| theirs - ours));
        // Written so that NaN fails too.
        if apart <= AGREEMENT * norm(&mut ours.iter().copied()) {
            return Ok(());
        }
        let name = self.name();
        Err(TrainError::Device(format!(
            "{name} computes other gradients than the CPU: choose another device"
        )))
    }
}

impl Learner for GpuLearner {
    fn accumulate<'a>(
        &'a mut self,
        schedule: &'a Schedule,
        examples: &'a Examples,
    ) -> Answer<'a, (), TrainError> {
        Box::pin(async move {
            let (x_t, target) = noised(schedule, examples);
            let Examples { places, importance, whole, .. } = examples;
            let batch = Batch { x_t: &x_t, target: &target, places, importance, whole: *whole };
            self.training.add(batch).map_err(failed)
        })
    }

    fn gradient(&mut self) -> Answer<'_, Vec<f32>, TrainError> {
        Box::pin(async { self.training.gradient().await.map_err(failed) })
    }

    fn loss(&mut self) -> Answer<'_, Option<f64>, TrainError> {
        Box::pin(async { Ok(self.training.loss().await.map_err(failed)?.map(f64::from)) })
    }

    fn set_gradient(&mut self, gradient: &[f32]) {
        self.training.set_gradient(gradient);
    }

    fn apply(&mut self, pace: Pace) -> Answer<'_, (), TrainError> {
        Box::pin(async move {
            if !self.training.has_begun() {
                return Ok(());
            }
            self.steps += 1;
            let update = Update {
                learning_rate: pace.learning_rate,
                betas: [BETA_1, BETA_2],
                epsilon: EPSILON,
                step: self.steps,
                decay: ema_decay_at(self.steps as i32, pace.ema),
                clip: pace.clip,
            };
            self.training.update(&update).map_err(failed)
        })
    }

    fn losses(&mut self, all: bool) -> Answer<'_, Vec<f64>, TrainError> {
        Box::pin(async move {
            if !all && self.training.waiting() < READ_EVERY {
                return Ok(vec![]);
            }
            let losses = self.training.losses().await.map_err(failed)?;
            Ok(losses.into_iter().map(f64::from).collect())
        })
    }

    fn dispatches(&self, images: usize) -> usize {
        self.training.dispatches(images)
    }

    fn steps(&self) -> usize {
        self.steps
    }

    fn state(&mut self) -> Answer<'_, AdamState, TrainError> {
        Box::pin(async {
            let [weights, m, v, ema] = self.training.planes().await.map_err(failed)?;
            Ok(AdamState { weights, m, v, ema, step: self.steps })
        })
    }
}

#[cfg(test)]
mod tests;
