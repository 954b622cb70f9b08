//! The UNet's loss and its gradient for one thread's share of a batch.

use super::steps::{Lengths, Memory, Passed, Steps};
use crate::engine::Place;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::isa::Isa;
use crate::graph::backward::TrainingGraph;
use crate::graph::ops::{BORDER, Conv, Kind, View};

/// The operations with the weights of one training step.
pub(super) struct Program<'a> {
    graph: &'a TrainingGraph,
    /// The packed weights of the time and class embeddings.
    embeddings: &'a [f32],
    /// The frozen time-embedding table, [rows, 100].
    table: &'a [f32],
    steps: Steps,
    /// How many images are interleaved: 1, or as many as a vector has lanes.
    images: usize,
}

/// A batch, or one thread's share of it.
#[derive(Clone, Copy)]
pub(super) struct Share<'a> {
    /// Noised images, [N, C, H, W].
    pub(super) x_t: &'a [f32],
    /// What the network should predict for them, [N, C, H, W].
    pub(super) target: &'a [f32],
    /// The t and class of each of the N images.
    pub(super) places: &'a [Place],
    /// For each of the N images, the factor of its elements' squared errors in the loss.
    pub(super) importance: &'a [f32],
}

impl<'a> Share<'a> {
    /// The first `images`, and the others.
    pub(super) fn split(self, images: usize) -> [Self; 2] {
        let Self { x_t, target, places, importance } = self;
        let len = x_t.len() / places.len();
        let (x_t, other_x_t) = x_t.split_at(images * len);
        let (target, other_target) = target.split_at(images * len);
        let (places, other_places) = places.split_at(images);
        let (importance, other_importance) = importance.split_at(images);
        let rest =
            Self { x_t: other_x_t, target: other_target, places: other_places, importance: other_importance };
        [Self { x_t, target, places, importance }, rest]
    }

    /// Shares of so many images; the last one may have fewer.
    pub(super) fn chunks(self, images: usize) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let whole = rest.take()?;
            let [share, after] = whole.split(images.min(whole.places.len()));
            rest = (!after.places.is_empty()).then_some(after);
            Some(share)
        })
    }
}

impl<'a> Program<'a> {
    /// `packed` are all weights that the graph's gather map packs. `images` are interleaved: 1, or as many as `isa` has
    /// lanes, for a graph without padding channels.
    pub(super) fn new(
        graph: &'a TrainingGraph,
        packed: &'a [f32],
        table: &'a [f32],
        isa: Isa,
        images: usize,
    ) -> Self {
        let (weights, embeddings) = packed.split_at(graph.graph.weights_len);
        let lengths = Lengths {
            scratch: graph.graph.scratch_len,
            embeddings: graph.graph.embeddings.len(),
            gradient: graph.gradient_len(),
        };
        let passed = graph.graph.ops.iter().zip(&graph.back).map(|(op, back)| {
            let silu = matches!(op.kind, Kind::Conv(Conv { silu: true, .. }));
            let finish = if silu { Finish::SiluAndSlope(graph.mirror) } else { Finish::Keep };
            Passed { op, back, finish, of_weights: true, of_input: true }
        });
        let steps = Steps::new(isa, weights, lengths, passed.collect(), images);
        Self { graph, embeddings, table, steps, images }
    }

    pub(super) fn memory(&self) -> Memory {
        self.steps.memory()
    }

    /// Returns the sum of squared errors, each image's times its importance, and adds its gradient to the
    /// memory's. Of interleaved images a share has whole groups.
    pub(super) fn backpropagate(&self, share: Share, memory: &mut Memory) -> f64 {
        let Share { x_t, target, places, importance } = share;
        let (embeddings, len) = (&self.graph.graph.embeddings, x_t.len() / places.len());
        let group = self.steps.group();
        let groups = x_t.chunks(group * len).zip(target.chunks(group * len));
        let groups = groups.zip(places.chunks(group).zip(importance.chunks(group)));
        let mut loss = 0.0;
        for ((x_t, target), (places, importance)) in groups {
            for (place, time) in places.iter().zip(&mut memory.time) {
                embeddings.forward(self.embeddings, self.table, place.t, place.class, time);
            }
            memory.of_time.iter_mut().for_each(|time| time.fill(0.0));
            self.steps.forward(x_t, places.len(), memory);
            let scratch = self.steps.buffers(memory, places.len());
            let (view, mirror) = (self.steps.output(), self.graph.mirror * self.images);
            for (i, importance) in importance.iter().enumerate() {
                let target = &target[i * len..][..len];
                let (scratch, image) = (scratch[i / self.images], i % self.images);
                // Safety: the output's view and its mirror lie in every buffer, and the target is one image, of as
                // many channels as the view.
                loss += unsafe { error(view, mirror, scratch, image, target, *importance) };
            }
            self.steps.backward(places.len(), memory);
            let gradient = &mut memory.gradient[self.graph.forward_len..];
            for (place, of_time) in places.iter().zip(&memory.of_time) {
                let Place { t, class } = *place;
                embeddings.backward(self.embeddings, self.table, t, class, of_time, gradient);
            }
        }
        loss
    }
}

/// Returns the squared error of an image's prediction times `importance`, and writes its gradient to the view's mirror:
/// 2 * importance * (prediction - target). It is image `image` of those that are interleaved in `scratch`.
///
/// # Safety
/// The view and its mirror lie in `scratch`, and the view has at least as many channels as the target.
unsafe fn error(
    view: &View,
    mirror: usize,
    scratch: *mut f32,
    image: usize,
    target: &[f32],
    importance: f32,
) -> f64 {
    let (mut sum, plane) = (0.0, view.side * view.side);
    for (i, target) in target.iter().enumerate() {
        let (c, place) = (i / plane, i % plane);
        let number = view.at(place / view.side + BORDER, place % view.side + BORDER);
        let number = number + c * view.channels.images + image;
        // Safety: `number` is the offset of channel `c` of a pixel of the view.
        let error = unsafe { *scratch.add(number) } - target;
        // Safety: the same channel of the mirror, which lies in `scratch` too.
        unsafe { *scratch.add(number + mirror) = 2.0 * importance * error };
        sum += f64::from(error * error);
    }
    sum * f64::from(importance)
}
