//! Gradients on the CPU: the loss and its gradient with respect to every parameter, with the kernels that
//! sampling uses.
//!
//! Each image goes forwards and backwards through a scratch buffer of its own, a few images at a time, so that what the
//! backward pass needs is still in the cache; or as many images as a vector has lanes are interleaved in one. The
//! backward pass of a convolution is another convolution of the same graph; its weights' gradient takes the same
//! products, summed over pixels.

mod gradient;
mod norm;
mod program;
pub(super) mod steps;

use self::program::{Program, Share};
use self::steps::Memory;
use super::isa::Isa;
use super::{WORTH, threads};
use crate::core::schedule::MAX_TIMESTEPS;
use crate::engine::Place;
use crate::graph::backward::TrainingGraph;
use crate::graph::gather::{Gather, collect, gather};
use crate::graph::ops::LANES;
use crate::model::UNetConfig;
use crate::model::config::TIME_DIM;
use crate::model::tensors::sinusoidal_embedding;

/// The UNet's gradients on the CPU.
pub struct CpuGradients {
    isa: Isa,
    one_by_one: Layout,
    /// For as many images as a vector has lanes; none where that gains nothing, or takes too much memory.
    interleaved: Option<Layout>,
    /// The frozen time-embedding table, [rows, 100].
    table: Vec<f32>,
}

/// The most bytes of a thread's scratch buffer of interleaved images. A network of the tutorial's sizes takes less than half
/// of them.
const MOST_SCRATCH_BYTES: usize = 128 << 20;

/// How images lie in memory, with the memory itself.
struct Layout {
    /// How many images are interleaved: 1, or as many as a vector has lanes.
    images: usize,
    graph: TrainingGraph,
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
        let interleaved = (isa.lanes() > LANES).then(|| Layout::new(config, isa.lanes()));
        let interleaved = interleaved.filter(|layout| layout.scratch_bytes() <= MOST_SCRATCH_BYTES);
        let table = sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM);
        Self { isa, one_by_one: Layout::new(config, 1), interleaved, table }
    }

    /// Returns these images' part of the batch's mean squared error, and writes its gradient to `gradient`.
    /// `weights` and `gradient` are flat vectors in the order of [`tensors`](crate::model::tensors::tensors).
    /// The same number of threads gives the same bits.
    ///
    /// # Panics
    /// When a batch's parts do not fit together, or `weights` or `gradient` are another network's.
    pub fn loss(&mut self, weights: &[f32], batch: Batch, gradient: &mut [f32]) -> f64 {
        let Batch { x_t, target, places, importance, whole } = batch;
        let len = self.one_by_one.graph.graph.config.image.numbers();
        assert!(!places.is_empty() && importance.len() == places.len() && target.len() == x_t.len());
        assert!(x_t.len() == places.len() * len && whole >= places.len());
        let scale = 1.0 / (whole * len) as f32;
        let importance: Vec<f32> = importance.iter().map(|importance| importance * scale).collect();
        let batch = Share { x_t, target, places, importance: &importance };
        // Each thread has a share of the images, and of these whole groups are interleaved.
        let share = places.len().div_ceil(threads::count().min(places.len()));
        let shares: Vec<Share> = batch.chunks(share).collect();
        let mut rests = vec![];
        let mut groups = vec![];
        let images = self.interleaved.as_ref().map_or(usize::MAX, |layout| layout.images);
        for share in shares {
            let [group, rest] = share.split(share.places.len() / images * images);
            groups.extend((!group.places.is_empty()).then_some(group));
            rests.extend((!rest.places.is_empty()).then_some(rest));
        }
        gradient.fill(0.0);
        let mut loss = 0.0;
        for (layout, shares) in [(self.interleaved.as_mut(), groups), (Some(&mut self.one_by_one), rests)] {
            if let Some(layout) = layout.filter(|_| !shares.is_empty()) {
                loss += layout.loss(self.isa, weights, &self.table, shares, gradient);
            }
        }
        loss
    }
}

impl Layout {
    /// For so many interleaved images.
    fn new(config: &UNetConfig, images: usize) -> Self {
        let graph = TrainingGraph::padded(config, if images == 1 { LANES } else { 1 }).in_place();
        let packed = vec![0.0; graph.graph.gather.sources.len()];
        Self { images, graph, packed, memories: vec![] }
    }

    fn scratch_bytes(&self) -> usize {
        self.graph.graph.scratch_bytes() * self.images
    }

    /// Returns the shares' part of the batch's loss, and adds its gradient to `gradient`. Each share has a thread.
    fn loss(
        &mut self,
        isa: Isa,
        weights: &[f32],
        table: &[f32],
        shares: Vec<Share>,
        gradient: &mut [f32],
    ) -> f64 {
        let Self { images, graph, packed, memories } = self;
        let Gather { sources, flat_len } = &graph.graph.gather;
        assert!(weights.len() == *flat_len && gradient.len() == *flat_len, "they are this network's");
        let parts = packed.chunks_mut(WORTH).zip(sources.chunks(WORTH)).collect();
        threads::map(parts, |(packed, sources): (&mut [f32], &[u32])| gather(sources, weights, packed));
        let program = Program::new(graph, packed, table, isa, *images);
        // 1. Each thread computes the loss and the gradient of its share of the images.
        while memories.len() < shares.len() {
            memories.push(program.memory());
        }
        let shares: Vec<_> = shares.into_iter().zip(memories.iter_mut()).collect();
        let losses = threads::map(shares, |(share, memory)| {
            memory.gradient.fill(0.0);
            program.backpropagate(share, memory)
        });
        // 2. The gradients are summed in the shares' order.
        let gradients: Vec<&[f32]> =
            memories[..losses.len()].iter().map(|memory| &memory.gradient[..]).collect();
        let parts = gradient.chunks_mut(WORTH).zip(graph.places.chunks(WORTH)).collect();
        threads::map(parts, |(gradient, places): (&mut [f32], &[u32])| collect(places, &gradients, gradient));
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests;
