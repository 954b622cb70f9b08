//! The residual classifier on the CPU, forwards and backwards, with the kernels that the UNet uses.

mod program;

use self::program::{Program, Share};
use super::GROUP;
use super::gradients::steps::Memory;
use super::isa::Isa;
use super::threads;
use crate::graph::residual::ResidualGraph;
use crate::model::residual::ResidualConfig;

/// A residual classifier without its parameters: those are passed in, as one flat vector in the order of
/// [`tensors`](ResidualConfig::tensors).
pub struct ResidualNetwork {
    isa: Isa,
    graph: ResidualGraph,
    /// The weights under way, packed as the graph says.
    packed: Vec<f32>,
    /// Working memory, one for each thread.
    memories: Vec<Memory>,
}

/// Some images and what the classifier should say of them.
#[derive(Clone, Copy)]
pub struct Labelled<'a> {
    /// [N, C, H, W].
    pub x: &'a [f32],
    /// The probability of each class, [N, classes].
    pub wanted: &'a [f32],
}

impl ResidualNetwork {
    /// Uses the widest vectors of this machine.
    ///
    /// # Panics
    /// When the images' side is no multiple of 4.
    pub fn new(config: &ResidualConfig) -> Self {
        Self::with(config, Isa::available()[0])
    }

    fn with(config: &ResidualConfig, isa: Isa) -> Self {
        let graph = ResidualGraph::new(config);
        let packed = vec![0.0; graph.gather.sources.len()];
        Self { isa, graph, packed, memories: vec![] }
    }

    pub fn config(&self) -> &ResidualConfig {
        &self.graph.config
    }

    /// The logits of images `x`, [N, C, H, W]: [N, classes]. An image's logits have the same bits in every batch.
    ///
    /// # Panics
    /// When `x` is not whole images, or the parameters are another config's.
    pub fn logits(&mut self, parameters: &[f32], x: &[f32]) -> Vec<f32> {
        let Self { isa, graph, packed, .. } = self;
        let ResidualConfig { image, classes, .. } = graph.config;
        assert!(x.len().is_multiple_of(image.numbers()), "whole images");
        graph.gather.pack_into(parameters, packed);
        let program = Program::new(graph, packed, *isa, false);
        let groups: Vec<&[f32]> = x.chunks(GROUP * image.numbers()).collect();
        let mut out = vec![0.0; x.len() / image.numbers() * classes];
        let work = groups.into_iter().zip(out.chunks_mut(GROUP * classes)).collect();
        threads::map_with(work, || program.memory(), |memory, (x, out)| program.logits(x, memory, out));
        out
    }

    /// Returns the batch's mean cross-entropy, and writes its gradient to `gradient`, a flat vector like the
    /// parameters. The same number of threads gives the same bits.
    ///
    /// # Panics
    /// When the batch is empty or its parts do not fit together.
    pub fn loss(&mut self, parameters: &[f32], batch: Labelled, gradient: &mut [f32]) -> f64 {
        let Labelled { x, wanted } = batch;
        let Self { isa, graph, packed, memories } = self;
        let ResidualConfig { image, classes, .. } = graph.config;
        let images = x.len() / image.numbers();
        assert!(images > 0 && x.len() == images * image.numbers() && wanted.len() == images * classes);
        graph.gather.pack_into(parameters, packed);
        let program = Program::new(graph, packed, *isa, true);
        let share = images.div_ceil(threads::count().min(images));
        while memories.len() < images.div_ceil(share) {
            memories.push(program.memory());
        }
        let shares = x.chunks(share * image.numbers()).zip(wanted.chunks(share * classes));
        let shares: Vec<_> = shares.zip(memories.iter_mut()).collect();
        let importance = 1.0 / images as f32;
        let losses = threads::map(shares, |((x, wanted), memory)| {
            memory.gradient.fill(0.0);
            program.backpropagate(Share { x, wanted, importance }, memory)
        });
        let gradients: Vec<&[f32]> =
            memories[..losses.len()].iter().map(|memory| &memory.gradient[..]).collect();
        graph.collect(&gradients, gradient);
        losses.iter().sum()
    }
}

#[cfg(test)]
mod tests;
