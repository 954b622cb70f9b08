//! The training plan's operations with the kernels that run them, forwards and backwards.

use super::gradient::{Bias, Gradient};
use super::norm::NormBackward;
use crate::core::image::PIXELS;
use crate::engine::cpu::GROUP;
use crate::engine::cpu::aligned::{Aligned, LINE};
use crate::engine::cpu::any_conv::AnyConv;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::norm::{LayerNorm, Moments};
use crate::engine::cpu::program::load;
use crate::graph::{BORDER, Back, Conv, Kind, Norm, Op, TrainingPlan, View};
use rayon::prelude::*;

/// Of one step's weights.
pub(super) struct Program<'a> {
    plan: &'a TrainingPlan,
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
    /// The plan's scratch buffer, for each image of a group. Nobody writes on borders: they stay 0.
    scratch: Aligned,
    work: Aligned,
    /// For each operation and image; only LayerNorms have some.
    moments: Vec<[Moments; GROUP]>,
    /// All time embeddings of each image, and their gradients.
    time: [Vec<f32>; GROUP],
    of_time: [Vec<f32>; GROUP],
    /// Packed as the plan says.
    pub(super) gradient: Vec<f32>,
}

impl<'a> Program<'a> {
    pub(super) fn new(plan: &'a TrainingPlan, isa: Isa) -> Self {
        let lanes = isa.lanes();
        let steps =
            plan.plan.ops.par_iter().zip(&plan.back).map(|(op, back)| Step::new(plan, op, back, lanes));
        Self { plan, isa, steps: steps.collect() }
    }

    fn scratch(&self) -> usize {
        self.plan.plan.scratch_len().next_multiple_of(LINE) + LINE
    }

    pub(super) fn memory(&self) -> Memory {
        let work = self.steps.iter().map(|step| step.work(self.isa.lanes())).max().unwrap_or(0);
        let time = || std::array::from_fn(|_| vec![0.0; self.plan.plan.time_len()]);
        Memory {
            scratch: Aligned::zeros(GROUP * self.scratch()),
            work: Aligned::zeros(work),
            moments: vec![Default::default(); self.steps.len()],
            time: time(),
            of_time: time(),
            gradient: vec![0.0; self.plan.gradient_len()],
        }
    }
}

impl<'a> Step<'a> {
    fn new(plan: &'a TrainingPlan, op: &'a Op, back: &'a Back, lanes: usize) -> Self {
        let kernels = match op.kind {
            Kind::Load => Kernels::Load,
            Kind::Norm(norm) => Kernels::Norm { norm, layer: LayerNorm::new(&plan.plan, &norm, &op.output) },
            Kind::Conv(conv) => {
                let finish = if conv.silu { Finish::SiluAndSlope(plan.mirror) } else { Finish::Keep };
                let adjoint = back.adjoint.as_ref().expect("convolutions have one");
                Kernels::Conv {
                    conv,
                    forward: AnyConv::new(&plan.plan, &conv, &op.input, &op.output, lanes, finish),
                    backward: AnyConv::new(
                        &plan.plan,
                        adjoint,
                        &back.output,
                        &back.input,
                        lanes,
                        arrival(back),
                    ),
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

/// Some images with what the network should say.
pub(super) struct Share<'a> {
    /// 28 x 28 pixels each.
    pub(super) x_t: &'a [f32],
    pub(super) target: &'a [f32],
    /// For each image, and what its squared error counts in the loss.
    pub(super) t: &'a [usize],
    pub(super) importance: &'a [f32],
}

impl Program<'_> {
    /// The sum of squared errors, each image's times its importance. Its gradient is added to the
    /// memory's.
    pub(super) fn backpropagate(&self, share: Share, memory: &mut Memory) -> f64 {
        let Share { x_t, target, t, importance } = share;
        let groups = x_t.chunks(GROUP * PIXELS).zip(target.chunks(GROUP * PIXELS));
        let groups = groups.zip(t.chunks(GROUP).zip(importance.chunks(GROUP)));
        let mut loss = 0.0;
        for ((x_t, target), (t, importance)) in groups {
            let images = t.len();
            for (t, time) in t.iter().zip(&mut memory.time) {
                self.plan.plan.time_embeddings(*t, time);
            }
            memory.of_time.iter_mut().for_each(|time| time.fill(0.0));
            let (len, all) = (self.scratch(), memory.scratch.as_mut_ptr());
            let scratch: [*mut f32; GROUP] = std::array::from_fn(|i| unsafe { all.add(i * len) });
            let scratch = &scratch[..images];
            for (place, step) in self.steps.iter().enumerate() {
                unsafe { step.forward(self.isa, x_t, memory, place, scratch) };
            }
            for (i, scratch) in scratch.iter().enumerate() {
                let target = &target[i * PIXELS..][..PIXELS];
                let last = self.steps.last().expect("a network has operations");
                loss += unsafe { error(&last.op.input, self.plan.mirror, *scratch, target, importance[i]) };
            }
            for (place, step) in self.steps.iter().enumerate().rev() {
                unsafe { step.backward(self.isa, memory, place, scratch) };
            }
            for (t, of_time) in t.iter().zip(&memory.of_time) {
                self.plan.time_backward(*t, of_time, &mut memory.gradient);
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
                    for (x_t, scratch) in x_t.chunks_exact(PIXELS).zip(scratch) {
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
    let mut sum = 0.0;
    for (place, target) in target.iter().enumerate() {
        let pixel = view.at(place / view.side + BORDER, place % view.side + BORDER);
        let error = unsafe { *scratch.add(pixel) } - target;
        unsafe { *scratch.add(pixel + mirror) = 2.0 * importance * error };
        sum += f64::from(error * error);
    }
    sum * f64::from(importance)
}
