//! Gradients on the CPU: the loss and its gradient with respect to every parameter, with the kernels that
//! sampling uses.
//!
//! Each image goes forwards and backwards through a scratch buffer of its own, a few images at a time, so
//! that what the backward pass needs is still in the cache. The backward pass of a convolution is another
//! convolution of the same graph; its weights' gradient takes the same products, summed over pixels.

mod gradient;
mod norm;
mod program;
pub(super) mod steps;

use self::program::{Program, Share};
use self::steps::Memory;
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
    /// The frozen time-embedding table, [rows, 100].
    table: Vec<f32>,
    /// The weights of the training step under way, packed as the graph says.
    packed: Vec<f32>,
    /// Working memory, one for each thread.
    memories: Vec<Memory>,
}

/// Noised images, each with its t and class, and what the network should predict for them.
#[derive(Clone, Copy)]
pub struct Batch<'a> {
    /// Noised images, [N, C, H, W].
    pub x_t: &'a [f32],
    /// What the network should predict for them, eps or v, [N, C, H, W].
    pub target: &'a [f32],
    /// The t and class of each of the N images.
    pub places: &'a [Place],
    /// The factor of each of the N images' mean squared error in the loss: 1 for the tutorial's loss.
    pub importance: &'a [f32],
    /// How many images the whole batch has. These may be a part of it; the loss is the mean over all.
    pub whole: usize,
}

impl CpuGradients {
    /// Uses the widest vectors of this machine.
    pub fn new(config: &UNetConfig) -> Self {
        Self::with(config, Isa::available()[0])
    }

    fn with(config: &UNetConfig, isa: Isa) -> Self {
        let graph = TrainingGraph::new(config);
        let packed = vec![0.0; graph.graph.gather.sources.len()];
        Self { isa, graph, table: sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM), packed, memories: vec![] }
    }

    /// Returns these images' part of the batch's mean squared error, and writes its gradient to `gradient`.
    /// `weights` and `gradient` are flat vectors in the order of [`tensors`](crate::model::tensors::tensors).
    /// The same number of threads gives the same bits.
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
        // 1. Each thread computes the loss and the gradient of its share of the images.
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
        // 2. The gradients are summed in the shares' order.
        let gradients: Vec<&[f32]> =
            memories[..losses.len()].iter().map(|memory| &memory.gradient[..]).collect();
        graph.collect(&gradients, gradient);
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests;
