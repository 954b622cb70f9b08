//! From a batch to the next weights: gradients and Adam, on the CPU or on a device of Burn's.

use crate::core::image::{PIXELS, SIDE};
use crate::core::schedule::Schedule;
use crate::engine::cpu::training::{Batch, CpuTraining};
use crate::model::burn::UNet;
use crate::train::burn::loss;
use crate::train::optimizer::{Adam, AdamState, Layout};
use anyhow::{Context, Result};
use burn::prelude::*;

/// Losses between two reads: each read makes a GPU wait.
const READ_EVERY: usize = 8;

/// The weights and what changes them.
pub enum Learner {
    /// The fast engine's forward and backward.
    Cpu(CpuLearner),
    /// Burn's autodiff: for GPUs, and the reference.
    Burn(BurnLearner),
}

/// Clean images at their timesteps, with their noise.
pub struct Examples {
    /// 28 x 28 pixels each, in [-1, 1].
    pub x_0: Vec<f32>,
    /// 28 x 28 numbers each.
    pub eps: Vec<f32>,
    /// One for each image.
    pub t: Vec<usize>,
    /// One for each image: what its squared error counts.
    pub importance: Vec<f32>,
}

/// How far a step goes.
#[derive(Clone, Copy)]
pub struct Pace {
    pub learning_rate: f64,
    /// Decay of the weights' average; 0 for none.
    pub ema: f64,
}

impl Learner {
    /// On the CPU's fast engine.
    pub fn cpu(state: AdamState) -> Self {
        let gradient = vec![0.0; state.weights.len()];
        Self::Cpu(CpuLearner { training: CpuTraining::new(), state, gradient, losses: vec![] })
    }

    /// With Burn on `device`, which is one without autodiff.
    pub fn burn(state: AdamState, device: Device) -> Self {
        let unet = UNet::new(&Layout::default().unflatten(&state.weights), &device.clone().autodiff());
        Self::Burn(BurnLearner { unet, adam: Adam::new(state, &device), device, losses: vec![] })
    }

    /// One step of Adam on the mean squared error on eps (Ho et al. 2020, eq. 14), weighted.
    pub fn step(&mut self, schedule: &Schedule, examples: Examples, pace: Pace) {
        match self {
            Self::Cpu(learner) => learner.step(schedule, examples, pace),
            Self::Burn(learner) => learner.step(schedule, examples, pace),
        }
    }

    /// The losses of the steps since the last call, if there are many or `all` are wanted.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn losses(&mut self, all: bool) -> Result<Vec<f64>> {
        match self {
            Self::Cpu(learner) => Ok(std::mem::take(&mut learner.losses)),
            Self::Burn(learner) if all || learner.losses.len() >= READ_EVERY => learner.read_losses(),
            Self::Burn(_) => Ok(vec![]),
        }
    }

    /// Steps taken.
    pub fn steps(&self) -> usize {
        match self {
            Self::Cpu(learner) => learner.state.step,
            Self::Burn(learner) => learner.adam.step,
        }
    }

    /// The weights and Adam's averages.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn state(&self) -> Result<AdamState> {
        match self {
            Self::Cpu(learner) => Ok(learner.state.clone()),
            Self::Burn(learner) => learner.adam.state().context("the device's memory cannot be read"),
        }
    }
}

pub struct CpuLearner {
    training: CpuTraining,
    state: AdamState,
    gradient: Vec<f32>,
    losses: Vec<f64>,
}

impl CpuLearner {
    fn step(&mut self, schedule: &Schedule, examples: Examples, pace: Pace) {
        let Examples { x_0, eps, t, importance } = examples;
        let images = x_0.chunks_exact(PIXELS).zip(eps.chunks_exact(PIXELS)).zip(&t);
        let x_t: Vec<f32> = images.flat_map(|((x_0, eps), t)| schedule.noised(Some(*t), x_0, eps)).collect();
        let images = x_0.chunks_exact(PIXELS).zip(eps.chunks_exact(PIXELS)).zip(&t);
        let target = |((x_0, eps), t): ((&[f32], &[f32]), &usize)| schedule.target_of(*t, x_0, eps);
        let target: Vec<f32> = images.flat_map(target).collect();
        let batch = Batch { x_t: &x_t, target: &target, t: &t, importance: &importance };
        self.losses.push(self.training.loss(&self.state.weights, batch, &mut self.gradient));
        self.state.update(&self.gradient, pace.learning_rate, pace.ema);
    }
}

pub struct BurnLearner {
    unet: UNet,
    adam: Adam,
    device: Device,
    losses: Vec<Tensor<1>>,
}

impl BurnLearner {
    fn step(&mut self, schedule: &Schedule, examples: Examples, pace: Pace) {
        let Examples { x_0, eps, t, importance } = examples;
        let device = self.device.clone().autodiff();
        let images =
            |values: Vec<f32>| Tensor::from_data(TensorData::new(values, [t.len(), 1, SIDE, SIDE]), &device);
        let loss = loss::loss(&self.unet, schedule, images(x_0), &t, images(eps), importance);
        let gradients = loss.backward();
        self.losses.push(loss.inner());
        self.unet = self.adam.step(self.unet.clone(), &gradients, pace.learning_rate, pace.ema);
    }

    fn read_losses(&mut self) -> Result<Vec<f64>> {
        let read = |loss: Tensor<1>| {
            let loss: Vec<f32> = loss.try_into_data()?.try_into_vec().expect("the loss is f32");
            Ok(f64::from(loss[0]))
        };
        self.losses.drain(..).map(read).collect()
    }
}
