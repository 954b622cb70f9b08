//! Training on the CPU: the loss and its gradient with respect to every parameter, with the kernels
//! that sampling uses.
//!
//! Each image goes forwards and backwards through a scratch buffer of its own, a few at a time, so that
//! what the way back needs is still in the cache. A convolution's way back is another convolution of
//! the same plan; its weights' gradient takes the same products, summed over pixels.

mod gradient;
mod norm;
mod program;

use self::program::{Memory, Program, Share};
use super::isa::Isa;
use crate::core::image::PIXELS;
use crate::graph::TrainingPlan;
use rayon::prelude::*;

/// The UNet's gradients on the CPU.
pub struct CpuTraining {
    isa: Isa,
    plan: TrainingPlan,
    /// One for each thread.
    memories: Vec<Memory>,
}

/// Images at their timesteps, and what the network should predict.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// 28 x 28 pixels each.
    pub x_t: &'a [f32],
    /// 28 x 28 numbers each: what the network should say, eps or v.
    pub target: &'a [f32],
    /// One for each image.
    pub t: &'a [usize],
    /// One for each image: what its mean squared error counts; 1 for the tutorial's loss.
    pub importance: &'a [f32],
}

impl CpuTraining {
    /// With the widest vectors of this machine.
    pub fn new() -> Self {
        Self::with(Isa::available()[0])
    }

    fn with(isa: Isa) -> Self {
        Self { isa, plan: TrainingPlan::new(), memories: vec![] }
    }

    /// The mean squared error and, in `gradient`, its gradient; `weights` and `gradient` are flat
    /// vectors in the order of [`crate::model::tensors::tensors`]. The same number of threads gives the same bits.
    ///
    /// # Panics
    /// When a batch's parts do not fit together.
    pub fn loss(&mut self, weights: &[f32], batch: Batch, gradient: &mut [f32]) -> f64 {
        let Batch { x_t, target, t, importance } = batch;
        assert!(!t.is_empty() && importance.len() == t.len() && target.len() == x_t.len());
        assert!(x_t.len() == t.len() * PIXELS);
        self.plan.load(weights);
        let Self { isa, plan, memories } = self;
        let program = Program::new(plan, *isa);
        let threads = rayon::current_num_threads().min(t.len());
        let share = t.len().div_ceil(threads);
        while memories.len() < threads {
            memories.push(program.memory());
        }
        let scale = 1.0 / (t.len() * PIXELS) as f32;
        let shares = x_t.par_chunks(share * PIXELS).zip(target.par_chunks(share * PIXELS));
        let shares = shares.zip(t.par_chunks(share).zip(importance.par_chunks(share)));
        let losses = shares.zip(memories.par_iter_mut()).map(|(((x_t, target), (t, importance)), memory)| {
            memory.gradient.fill(0.0);
            let importance: Vec<f32> = importance.iter().map(|importance| importance * scale).collect();
            program.backpropagate(Share { x_t, target, t, importance: &importance }, memory)
        });
        let losses: Vec<f64> = losses.collect();
        let gradients: Vec<&[f32]> =
            memories[..losses.len()].iter().map(|memory| &memory.gradient[..]).collect();
        plan.unpack(&gradients, gradient);
        losses.iter().sum()
    }
}

impl Default for CpuTraining {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
