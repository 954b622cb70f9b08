//! The UNet's loss and its gradient for one thread's share of a batch.

use super::steps::{Lengths, Memory, Passed, Steps};
use crate::engine::Place;
use crate::engine::cpu::GROUP;
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
    steps: Steps<'a>,
}

/// One thread's share of a batch.
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

impl<'a> Program<'a> {
    /// `packed` are all weights that the graph's gather map packs.
    pub(super) fn new(graph: &'a TrainingGraph, packed: &'a [f32], table: &'a [f32], isa: Isa) -> Self {
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
        Self { graph, embeddings, table, steps: Steps::new(isa, weights, lengths, passed.collect()) }
    }

    pub(super) fn memory(&self) -> Memory {
        self.steps.memory()
    }

    /// Returns the sum of squared errors, each image's times its importance, and adds its gradient to the
    /// memory's.
    pub(super) fn backpropagate(&self, share: Share, memory: &mut Memory) -> f64 {
        let Share { x_t, target, places, importance } = share;
        let (embeddings, len) = (&self.graph.graph.embeddings, x_t.len() / places.len());
        let groups = x_t.chunks(GROUP * len).zip(target.chunks(GROUP * len));
        let groups = groups.zip(places.chunks(GROUP).zip(importance.chunks(GROUP)));
        let mut loss = 0.0;
        for ((x_t, target), (places, importance)) in groups {
            for (place, time) in places.iter().zip(&mut memory.time) {
                embeddings.forward(self.embeddings, self.table, place.t, place.class, time);
            }
            memory.of_time.iter_mut().for_each(|time| time.fill(0.0));
            self.steps.forward(x_t, places.len(), memory);
            let scratch = self.steps.buffers(memory);
            for (i, scratch) in scratch[..places.len()].iter().enumerate() {
                let target = &target[i * len..][..len];
                let (view, mirror) = (&self.steps.last().input, self.graph.mirror);
                // Safety: the output's view and its mirror lie in every image's buffer, and the target is one
                // image, of as many channels as the view.
                loss += unsafe { error(view, mirror, *scratch, target, importance[i]) };
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

/// Returns the prediction's squared error times `importance`, and writes its gradient to the view's mirror:
/// 2 * importance * (prediction - target).
///
/// # Safety
/// The view and its mirror lie in `scratch`, and the view has at least as many channels as the target.
unsafe fn error(view: &View, mirror: usize, scratch: *mut f32, target: &[f32], importance: f32) -> f64 {
    let (mut sum, plane) = (0.0, view.side * view.side);
    for (i, target) in target.iter().enumerate() {
        let (c, place) = (i / plane, i % plane);
        let number = view.at(place / view.side + BORDER, place % view.side + BORDER) + c;
        // Safety: `number` is the offset of channel `c` of a pixel of the view.
        let error = unsafe { *scratch.add(number) } - target;
        // Safety: the same channel of the mirror, which lies in `scratch` too.
        unsafe { *scratch.add(number + mirror) = 2.0 * importance * error };
        sum += f64::from(error * error);
    }
    sum * f64::from(importance)
}
