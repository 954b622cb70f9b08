//! The UNet with its weights. Vectors of more than 4 lanes would have empty ones in layers of few channels; so where
//! there are enough images, as many as there are lanes are interleaved. Where there are too few for each thread to have
//! a group of its own, two threads share one.

use super::isa::Isa;
use super::part::SHARERS;
use super::program::{Group, Memory, Program};
use super::threads::{self, Memories};
use crate::engine::stepwise::Network;
use crate::engine::{Answer, EngineError, Place};
use crate::graph::Graph;
use crate::graph::ops::LANES;
use crate::model::Parameters;
use std::rc::Rc;

/// A network: its weights, which an engine and its runs share, and working memory, which each has for itself.
pub(super) struct CpuNetwork {
    pub(super) isa: Isa,
    numbers: Rc<Numbers>,
    /// Working memory for images one by one, and for interleaved ones; one for each thread.
    memories: [Memories<Memory>; 2],
}

/// What never changes after it was made.
struct Numbers {
    one_by_one: Packed,
    /// For as many images as a vector has lanes; none where that gains nothing.
    interleaved: Option<Packed>,
    /// The frozen time-embedding table, [rows, 100].
    table: Vec<f32>,
}

/// The graph with its weights, packed for the kernels.
struct Packed {
    graph: Graph,
    program: Program,
    /// The packed weights of the time and class embeddings.
    embeddings: Vec<f32>,
}

/// Some images x_t, [N, C, H, W], each image's place, and room for the network's outputs.
struct Batch<'a> {
    x: &'a [f32],
    places: &'a [Place],
    out: &'a mut [f32],
}

impl<'a> Batch<'a> {
    /// The first `images`, and the others.
    fn split(self, images: usize, image_len: usize) -> [Self; 2] {
        let Self { x, places, out } = self;
        let (x, other_x) = x.split_at(images * image_len);
        let (places, other_places) = places.split_at(images);
        let (out, other_out) = out.split_at_mut(images * image_len);
        [Self { x, places, out }, Self { x: other_x, places: other_places, out: other_out }]
    }
}

impl CpuNetwork {
    pub(super) fn new(parameters: &Parameters, isa: Isa) -> Self {
        let one_by_one = Packed::new(parameters, isa, 1);
        let interleaved = (isa.lanes() > LANES).then(|| Packed::new(parameters, isa, isa.lanes()));
        let numbers = Rc::new(Numbers { one_by_one, interleaved, table: parameters.table.clone() });
        Self { isa, numbers, memories: [Memories::new(), Memories::new()] }
    }

    /// The same weights, with working memory of its own.
    pub(super) fn share(&self) -> Self {
        let numbers = self.numbers.clone();
        Self { isa: self.isa, numbers, memories: [Memories::new(), Memories::new()] }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.numbers.one_by_one.graph
    }

    /// Writes the network's outputs for the images `x`, [N, C, H, W], each at its place, to `out`. An image's
    /// output has the same bits in every batch.
    pub(super) fn run(&mut self, x: &[f32], places: &[Place], out: &mut [f32]) {
        let Numbers { one_by_one, interleaved, table } = &*self.numbers;
        let [alone, together] = &mut self.memories;
        let mut batch = Batch { x, places, out };
        if let Some(interleaved) = interleaved {
            // Every thread gets as many groups as every other; of what is left, every two threads share a group if there
            // are enough; and what is left then is shared out image by image.
            let group = interleaved.program.group();
            for (sharers, groups) in [(1, threads::count()), (SHARERS, threads::count() / SHARERS)] {
                let each = group * groups;
                let whole = batch.places.len().checked_div(each).unwrap_or(0) * each;
                let [whole, rest] = batch.split(whole, one_by_one.program.image_len());
                interleaved.run(together, table, whole, group, sharers);
                batch = rest;
            }
        }
        // Small batches are shared out to all threads rather than to whole groups.
        let group = batch.places.len().div_ceil(threads::count()).clamp(1, one_by_one.program.group());
        one_by_one.run(alone, table, batch, group, 1);
    }
}

impl Packed {
    /// For so many interleaved images: 1, or as many as `isa` has lanes.
    fn new(parameters: &Parameters, isa: Isa, images: usize) -> Self {
        let graph = Graph::padded(&parameters.config, if images == 1 { LANES } else { 1 });
        let mut weights = graph.gather.pack(&parameters.flat);
        let embeddings = weights.split_off(graph.weights_len);
        let image_len = parameters.config.image.numbers();
        let program = Program::new(&graph.ops, &weights, graph.scratch_len, image_len, isa, images);
        Self { graph, program, embeddings }
    }

    /// Runs the graph on `group` images at a time, each group on so many threads.
    fn run(
        &self,
        memories: &mut Memories<Memory>,
        table: &[f32],
        batch: Batch,
        group: usize,
        sharers: usize,
    ) {
        let Self { graph, program, embeddings } = self;
        let Batch { x, places, out } = batch;
        if places.is_empty() {
            return;
        }
        // 1. Compute the embeddings, once for each t and class.
        let mut known: Vec<Place> = vec![];
        let rows: Vec<usize> = places.iter().map(|place| position(&mut known, *place)).collect();
        let len = graph.embeddings.len();
        let mut time = vec![0.0; known.len() * len];
        for (place, time) in known.iter().zip(time.chunks_exact_mut(len)) {
            graph.embeddings.forward(embeddings, table, place.t, place.class, time);
        }
        // 2. Run the graph on a group of images at a time.
        let time: Vec<&[f32]> = rows.iter().map(|row| &time[row * len..][..len]).collect();
        let image_len = program.image_len();
        let new = || Memory::new(program);
        memories.each_group(group, image_len, x, out, new, |first, x_t, output, memory| {
            let time = &time[first..][..x_t.len() / image_len];
            program.run(Group { x_t, output, time }, memory, sharers);
        });
    }
}

/// The index of `place` in `known`, to which it is appended if it is new.
fn position(known: &mut Vec<Place>, place: Place) -> usize {
    known.iter().position(|other| *other == place).unwrap_or_else(|| {
        known.push(place);
        known.len() - 1
    })
}

impl Network for CpuNetwork {
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let mut out = vec![0.0; x.len()];
            self.run(x, places, &mut out);
            Ok(out)
        })
    }
}
