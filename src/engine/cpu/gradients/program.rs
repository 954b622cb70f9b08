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

/// The operations with one step's weights.
pub(super) struct Program<'a> {
    graph: &'a TrainingGraph,
    /// The embeddings' packed weights, and the time-embedding table.
    embeddings: &'a [f32],
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

/// What a thread needs.
pub(super) struct Memory {
    /// The graph's scratch buffer, for each image of a group. Nobody writes on borders: they stay 0.
    scratch: Aligned,
    work: Aligned,
    /// For each operation and image; only LayerNorms have some.
    moments: Vec<[Moments; GROUP]>,
    /// The embeddings of each image, and their gradients.
    time: [Vec<f32>; GROUP],
    of_time: [Vec<f32>; GROUP],
    /// Packed as the graph says.
    pub(super) gradient: Vec<f32>,
}

impl<'a> Program<'a> {
    /// `packed` are all of the graph's weights.
    pub(super) fn new(graph: &'a TrainingGraph, packed: &'a [f32], table: &'a [f32], isa: Isa) -> Self {
        let (weights, embeddings) = packed.split_at(graph.graph.weights_len);
        let ops = graph.graph.ops.iter().zip(&graph.back).collect();
        let steps = threads::map(ops, |(op, back)| Step::new(graph.mirror, weights, op, back, isa.lanes()));
        Self { graph, embeddings, table, isa, steps }
    }

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

    /// Numbers of [`Memory::work`] that it uses.
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

/// How an input's gradient is written.
fn arrival(back: &Back) -> Finish {
    if back.slope { Finish::Slope { plus: back.plus } } else { Finish::Keep }
}

/// Some images with what the network should predict.
pub(super) struct Share<'a> {
    /// Image after image, each [C, H, W].
    pub(super) x_t: &'a [f32],
    pub(super) target: &'a [f32],
    /// For each image; and what each number's squared error counts in the loss.
    pub(super) places: &'a [Place],
    pub(super) importance: &'a [f32],
}

impl Program<'_> {
    /// The sum of squared errors, each image's times its importance. Its gradient is added to the
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
            // Safety: `scratch` was made as long as that for each image of a group.
            let scratch: [*mut f32; GROUP] = std::array::from_fn(|i| unsafe { all.add(i * scratch_len) });
            let scratch = &scratch[..places.len()];
            for (place, step) in self.steps.iter().enumerate() {
                // Safety: the memory was made for this program, and these are its images' buffers.
                unsafe { step.forward(self.isa, x_t, memory, place, scratch) };
            }
            let last = self.steps.last().expect("a network has operations");
            for (i, scratch) in scratch.iter().enumerate() {
                let target = &target[i * len..][..len];
                // Safety: the output's view and its mirror lie in every image's buffer.
                loss += unsafe { error(&last.op.input, self.graph.mirror, *scratch, target, importance[i]) };
            }
            for (place, step) in self.steps.iter().enumerate().rev() {
                // Safety: as for the way forwards.
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
    /// # Safety
    /// `memory` was made for the program, and `scratch` are the group's images' in it.
    unsafe fn forward(&self, isa: Isa, x_t: &[f32], memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Op { input, output, .. } = self.op;
        let Memory { work, moments, time, .. } = memory;
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

    /// # Safety
    /// As [`forward`](Self::forward).
    unsafe fn backward(&self, isa: Isa, memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Back { output: of_output, input: of_input, .. } = self.back;
        let Memory { work, moments, time, of_time, gradient, .. } = memory;
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

/// The prediction's squared error, and its gradient in the mirror: 2 * importance * (prediction - target).
///
/// # Safety
/// The view and its mirror lie in `scratch`.
unsafe fn error(view: &View, mirror: usize, scratch: *mut f32, target: &[f32], importance: f32) -> f64 {
    let (mut sum, plane) = (0.0, view.side * view.side);
    for (i, target) in target.iter().enumerate() {
        let (c, place) = (i / plane, i % plane);
        let number = view.at(place / view.side + BORDER, place % view.side + BORDER) + c;
        // Safety: channel c of a pixel of the view.
        let error = unsafe { *scratch.add(number) } - target;
        unsafe { *scratch.add(number + mirror) = 2.0 * importance * error };
        sum += f64::from(error * error);
    }
    sum * f64::from(importance)
}
