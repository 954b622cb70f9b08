//! The training graph's operations with the kernels that run them, forwards and backwards.

use super::gradient::{Bias, Gradient};
use super::norm::NormBackward;
use crate::engine::Place;
use crate::engine::cpu::GROUP;
use crate::engine::cpu::aligned::{Aligned, LINE};
use crate::engine::cpu::any_conv::AnyConv;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::norm::{LayerNorm, Moments};
use crate::engine::cpu::program::load;
use crate::engine::cpu::threads;
use crate::graph::backward::{Back, TrainingGraph};
use crate::graph::ops::{BORDER, Conv, Kind, Norm, Op, View};

/// The operations with the weights of one training step.
pub(super) struct Program<'a> {
    graph: &'a TrainingGraph,
    /// The packed weights of the time and class embeddings.
    embeddings: &'a [f32],
    /// The frozen time-embedding table, [rows, 100].
    table: &'a [f32],
    isa: Isa,
    steps: Vec<Step<'a>>,
}

struct Step<'a> {
    op: &'a Op,
    back: &'a Back,
    kernels: Kernels,
}

enum Kernels {
    Load,
    Norm { norm: Norm, layer: LayerNorm },
    Conv { conv: Conv, forward: AnyConv, backward: AnyConv, gradient: Gradient },
    Store,
}

/// One thread's working memory.
pub(super) struct Memory {
    /// The graph's scratch buffers, one for each image of a group. No kernel writes to borders, which stay 0.
    scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
    /// The moments of each operation and image; only LayerNorms fill theirs.
    moments: Vec<[Moments; GROUP]>,
    /// Each image's embeddings for all levels.
    time: [Vec<f32>; GROUP],
    /// The gradients of these embeddings.
    of_time: [Vec<f32>; GROUP],
    /// The sum of all images' gradients, packed: [`gradient_len`](TrainingGraph::gradient_len) f32 elements.
    pub(super) gradient: Vec<f32>,
}

impl<'a> Program<'a> {
    /// `packed` are all weights that the graph's gather map packs.
    pub(super) fn new(graph: &'a TrainingGraph, packed: &'a [f32], table: &'a [f32], isa: Isa) -> Self {
        let (weights, embeddings) = packed.split_at(graph.graph.weights_len);
        let ops = graph.graph.ops.iter().zip(&graph.back).collect();
        let steps = threads::map(ops, |(op, back)| Step::new(graph.mirror, weights, op, back, isa.lanes()));
        Self { graph, embeddings, table, isa, steps }
    }

    /// Length of one image's scratch buffer, in f32 elements: whole cache lines, and one more.
    fn scratch(&self) -> usize {
        self.graph.graph.scratch_len.next_multiple_of(LINE) + LINE
    }

    pub(super) fn memory(&self) -> Memory {
        let work = self.steps.iter().map(|step| step.work(self.isa.lanes())).max().unwrap_or(0);
        let time = || std::array::from_fn(|_| vec![0.0; self.graph.graph.embeddings.len()]);
        Memory {
            scratch: Aligned::zeros(GROUP * self.scratch()),
            work: Aligned::zeros(work),
            moments: vec![Default::default(); self.steps.len()],
            time: time(),
            of_time: time(),
            gradient: vec![0.0; self.graph.gradient_len()],
        }
    }
}

impl<'a> Step<'a> {
    fn new(mirror: usize, packed: &[f32], op: &'a Op, back: &'a Back, lanes: usize) -> Self {
        let kernels = match op.kind {
            Kind::Load => Kernels::Load,
            Kind::Norm(norm) => Kernels::Norm { norm, layer: LayerNorm::new(packed, &norm, &op.output) },
            Kind::Conv(conv) => {
                let finish = if conv.silu { Finish::SiluAndSlope(mirror) } else { Finish::Keep };
                let adjoint = back.adjoint.as_ref().expect("convolutions have one");
                let (from, to) = (&back.output, &back.input);
                Kernels::Conv {
                    conv,
                    forward: AnyConv::new(packed, &conv, &op.input, &op.output, lanes, finish),
                    backward: AnyConv::new(packed, adjoint, from, to, lanes, arrival(back)),
                    gradient: Gradient::new(&conv, &op.input, &op.output, lanes),
                }
            }
            Kind::Store => Kernels::Store,
        };
        Self { op, back, kernels }
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernels {
            Kernels::Norm { .. } => 2 * LayerNorm::work(&self.op.input),
            Kernels::Conv { forward, backward, gradient, .. } => forward
                .work(&self.op.input, &self.op.output, lanes)
                .max(backward.work(&self.back.output, &self.back.input, lanes))
                .max(gradient.work(&self.op.input, lanes)),
            _ => 0,
        }
    }
}

/// How an operation writes its input's gradient.
fn arrival(back: &Back) -> Finish {
    if back.slope { Finish::Slope { plus: back.plus } } else { Finish::Keep }
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

impl Program<'_> {
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
            let (scratch_len, all) = (self.scratch(), memory.scratch.as_mut_ptr());
            // Safety: the memory's scratch buffer was made `GROUP * scratch_len` long.
            let scratch: [*mut f32; GROUP] = std::array::from_fn(|i| unsafe { all.add(i * scratch_len) });
            let scratch = &scratch[..places.len()];
            for (place, step) in self.steps.iter().enumerate() {
                // Safety: the memory was made for this program, and `scratch` are its images' buffers.
                unsafe { step.forward(self.isa, x_t, memory, place, scratch) };
            }
            let last = self.steps.last().expect("a network has operations");
            for (i, scratch) in scratch.iter().enumerate() {
                let target = &target[i * len..][..len];
                // Safety: the output's view and its mirror lie in every image's buffer, and the target is one
                // image, of as many channels as the view.
                loss += unsafe { error(&last.op.input, self.graph.mirror, *scratch, target, importance[i]) };
            }
            for (place, step) in self.steps.iter().enumerate().rev() {
                // Safety: as for `forward`: the program's memory, and its images' buffers.
                unsafe { step.backward(self.isa, memory, place, scratch) };
            }
            let gradient = &mut memory.gradient[self.graph.forward_len..];
            for (place, of_time) in places.iter().zip(&memory.of_time) {
                let Place { t, class } = *place;
                embeddings.backward(self.embeddings, self.table, t, class, of_time, gradient);
            }
        }
        loss
    }
}

impl Step<'_> {
    /// Runs the operation on a group of images.
    ///
    /// # Safety
    /// `memory` was made for the step's program, and `scratch` are the buffers in it of the group's images.
    unsafe fn forward(&self, isa: Isa, x_t: &[f32], memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Op { input, output, .. } = self.op;
        let Memory { work, moments, time, .. } = memory;
        // Safety: the training graph's views and their mirrors lie in each image's buffer, the image has the
        // channels of `Load`'s view, and `work` is as long as the step that needs the most of it says.
        unsafe {
            match &self.kernels {
                Kernels::Load => {
                    for (x_t, scratch) in x_t.chunks_exact(x_t.len() / scratch.len()).zip(scratch) {
                        load(x_t, output, *scratch);
                    }
                }
                Kernels::Norm { layer, .. } => {
                    for (i, scratch) in scratch.iter().enumerate() {
                        moments[place][i] = layer.run(isa, input, output, &time[i], *scratch, work);
                    }
                }
                Kernels::Conv { forward, .. } => forward.run(isa, input, output, scratch, work),
                Kernels::Store => (),
            }
        }
    }

    /// Computes the operation's gradients for a group of images: those of its parameters are added to the
    /// memory's gradient, that of its input is written to the scratch buffers.
    ///
    /// # Safety
    /// As [`forward`](Self::forward).
    unsafe fn backward(&self, isa: Isa, memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Back { output: of_output, input: of_input, .. } = self.back;
        let Memory { work, moments, time, of_time, gradient, .. } = memory;
        // Safety: as for `forward`; and the gradient has room for all weights of the forward pass, at the
        // same offsets.
        unsafe {
            match &self.kernels {
                Kernels::Norm { norm, layer } => {
                    for (i, scratch) in scratch.iter().enumerate() {
                        isa.run(NormBackward {
                            norm,
                            layer,
                            input: &self.op.input,
                            of_output,
                            of_input,
                            moments: moments[place][i],
                            time: &time[i],
                            finish: arrival(self.back),
                            scratch: *scratch,
                            work,
                            gradient,
                            of_time: &mut of_time[i],
                        });
                    }
                }
                Kernels::Conv { conv, backward, gradient: of_weights, .. } => {
                    let depth = of_output.channels.depth();
                    isa.run(Bias { of_output, scratch, gradient: &mut gradient[conv.bias..][..depth] });
                    of_weights.run(isa, &self.op.input, of_output, scratch, work, gradient);
                    backward.run(isa, of_output, of_input, scratch, work);
                }
                Kernels::Load | Kernels::Store => (),
            }
        }
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
