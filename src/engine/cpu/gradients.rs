//! Gradients on the CPU: the loss and its gradient with respect to every parameter, with the kernels
//! that sampling uses.
//!
//! Each image goes forwards and backwards through a scratch buffer of its own, a few at a time, so that
//! what the way back needs is still in the cache. A convolution's way back is another convolution of
//! the same graph; its weights' gradient takes the same products, summed over pixels.

mod gradient;
mod norm;
mod program;

use self::program::{Memory, Program, Share};
use super::isa::Isa;
use super::threads;
use crate::core::schedule::MAX_TIMESTEPS;
use crate::engine::Place;
use crate::graph::backward::TrainingGraph;
use crate::model::UNetConfig;
use crate::model::config::TIME_DIM;
use crate::model::tensors::sinusoidal_embedding;

/// The UNet's gradients on the CPU.
pub struct CpuGradients {
    isa: Isa,
    graph: TrainingGraph,
    /// The time-embedding table.
    table: Vec<f32>,
    /// All packed weights of the step under way.
    packed: Vec<f32>,
    /// One for each thread.
    memories: Vec<Memory>,
}

/// Images at their places, and what the network should predict.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// Image after image, each [C, H, W].
    pub x_t: &'a [f32],
    /// What the network should predict of them, eps or v, likewise.
    pub target: &'a [f32],
    /// One for each image.
    pub places: &'a [Place],
    /// One for each image: what its mean squared error counts; 1 for the tutorial's loss.
    pub importance: &'a [f32],
    /// Images of the whole batch, of which these may be a part: the loss is a mean over all of them.
    pub whole: usize,
}

impl CpuGradients {
    /// With the widest vectors of this machine.
    pub fn new(config: &UNetConfig) -> Self {
        Self::with(config, Isa::available()[0])
    }

    fn with(config: &UNetConfig, isa: Isa) -> Self {
        let graph = TrainingGraph::new(config);
        let packed = vec![0.0; graph.graph.gather.sources.len()];
        Self { isa, graph, table: sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM), packed, memories: vec![] }
    }

    /// The batch's part of the mean squared error and, in `gradient`, its gradient; `weights` and `gradient`
    /// are flat vectors in the order of [`tensors`](crate::model::tensors::tensors). The same number of threads
    /// gives the same bits.
    ///
    /// # Panics
    /// When a batch's parts do not fit together.
    pub fn loss(&mut self, weights: &[f32], batch: Batch, gradient: &mut [f32]) -> f64 {
        let Batch { x_t, target, places, importance, whole } = batch;
        let len = self.graph.graph.config.image.numbers();
        assert!(!places.is_empty() && importance.len() == places.len() && target.len() == x_t.len());
        assert!(x_t.len() == places.len() * len && whole >= places.len());
        let Self { isa, graph, table, packed, memories } = self;
        graph.graph.gather.pack_into(weights, packed);
        let program = Program::new(graph, packed, table, *isa);
        // 1. A share of the images for each thread.
        let threads = threads::count().min(places.len());
        let share = places.len().div_ceil(threads);
        while memories.len() < threads {
            memories.push(program.memory());
        }
        let scale = 1.0 / (whole * len) as f32;
        let images = x_t.chunks(share * len).zip(target.chunks(share * len));
        let shares = images.zip(places.chunks(share).zip(importance.chunks(share)));
        let shares: Vec<_> = shares.zip(memories.iter_mut()).collect();
        let losses = threads::map(shares, |(((x_t, target), (places, importance)), memory)| {
            memory.gradient.fill(0.0);
            let importance: Vec<f32> = importance.iter().map(|importance| importance * scale).collect();
            program.backpropagate(Share { x_t, target, places, importance: &importance }, memory)
        });
        // 2. Their sum, in the shares' order.
        let gradients: Vec<&[f32]> =
            memories[..losses.len()].iter().map(|memory| &memory.gradient[..]).collect();
        graph.collect(&gradients, gradient);
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests;
