//! The residual classifier's operations with the kernels that run them, forwards and backwards.

use crate::engine::cpu::GROUP;
use crate::engine::cpu::aligned::{Aligned, LINE};
use crate::engine::cpu::any_conv::AnyConv;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::gradients::gradient::{Bias, Gradient};
use crate::engine::cpu::gradients::norm::NormBackward;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::norm::{LayerNorm, Moments};
use crate::engine::cpu::program::load;
use crate::engine::cpu::threads;
use crate::graph::backward::Back;
use crate::graph::ops::{BORDER, Conv, Kind, Norm, Op, View};
use crate::graph::residual::{ResidualGraph, ResidualStep};

/// The operations with the parameters of one moment.
pub(super) struct Program<'a> {
    graph: &'a ResidualGraph,
    /// All weights that the graph's gather map packs.
    packed: &'a [f32],
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
    Conv { conv: Conv, forward: AnyConv, backward: Option<(AnyConv, Gradient)> },
}

/// One thread's working memory.
pub(super) struct Memory {
    /// The graph's scratch buffers, one for each image of a group. No kernel writes to borders, which stay 0.
    scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
    /// The moments of each operation and image; only LayerNorms fill theirs.
    moments: Vec<[Moments; GROUP]>,
    /// The sum of all images' gradients, packed.
    pub(super) gradient: Vec<f32>,
}

/// One thread's share of a batch.
pub(super) struct Share<'a> {
    /// [N, C, H, W].
    pub(super) x: &'a [f32],
    /// The probability of each class, [N, classes].
    pub(super) wanted: &'a [f32],
    /// The factor of an image's cross-entropy in the loss.
    pub(super) importance: f32,
}

impl<'a> Program<'a> {
    /// `packed` are all weights that the graph's gather map packs; `learns` makes the way back too.
    pub(super) fn new(graph: &'a ResidualGraph, packed: &'a [f32], isa: Isa, learns: bool) -> Self {
        let steps = threads::map(graph.steps.iter().collect(), |step: &'a ResidualStep| {
            Step::new(graph.mirror, packed, step, isa.lanes(), learns)
        });
        Self { graph, packed, isa, steps }
    }

    /// Length of one image's scratch buffer, in f32 elements: whole cache lines, and one more.
    fn scratch(&self) -> usize {
        self.graph.scratch_len.next_multiple_of(LINE) + LINE
    }

    pub(super) fn memory(&self) -> Memory {
        let work = self.steps.iter().map(|step| step.work(self.isa.lanes())).max().unwrap_or(0);
        Memory {
            scratch: Aligned::zeros(GROUP * self.scratch()),
            work: Aligned::zeros(work),
            moments: vec![Default::default(); self.steps.len()],
            gradient: vec![0.0; self.graph.forward_len],
        }
    }

    /// The images' scratch buffers, of which the first `count` are used.
    fn buffers(&self, memory: &mut Memory) -> [*mut f32; GROUP] {
        let (len, all) = (self.scratch(), memory.scratch.as_mut_ptr());
        assert_eq!(memory.scratch.len(), GROUP * len, "the memory is this program's");
        // Safety: the buffer is `GROUP * len` long, as was asserted.
        std::array::from_fn(|i| unsafe { all.add(i * len) })
    }

    /// Writes the logits of at most [`GROUP`] images, [N, classes].
    pub(super) fn logits(&self, x: &[f32], memory: &mut Memory, out: &mut [f32]) {
        let count = x.len() / self.graph.config.image.numbers();
        let scratch = self.buffers(memory);
        self.forward(x, memory, &scratch[..count]);
        for (scratch, out) in scratch.iter().zip(out.chunks_exact_mut(self.graph.config.classes)) {
            self.linear(&self.mean(*scratch), out);
        }
    }

    fn forward(&self, x: &[f32], memory: &mut Memory, scratch: &[*mut f32]) {
        for (place, step) in self.steps.iter().enumerate() {
            // Safety: the memory was made for this program, and `scratch` are its images' buffers.
            unsafe { step.forward(self.isa, x, memory, place, scratch) };
        }
    }

    /// The mean over pixels of each channel of the last LayerNorm's output.
    fn mean(&self, scratch: *const f32) -> Vec<f32> {
        let view = self.graph.last();
        let mut sums = vec![0.0; view.channels.count];
        pixels(view).for_each(|pixel| {
            for (c, sum) in sums.iter_mut().enumerate() {
                // Safety: the view lies in every image's buffer, and `pixel` is the offset of one of its pixels.
                *sum += unsafe { *scratch.add(pixel + c) };
            }
        });
        let pixels = (view.side * view.side) as f32;
        sums.into_iter().map(|sum| sum / pixels).collect()
    }

    fn linear(&self, mean: &[f32], out: &mut [f32]) {
        let [weight, bias] = self.graph.logits;
        let rows = self.packed[weight..].chunks_exact(mean.len());
        for ((out, row), bias) in out.iter_mut().zip(rows).zip(&self.packed[bias..]) {
            *out = bias + row.iter().zip(mean).map(|(w, x)| w * x).sum::<f32>();
        }
    }

    /// Returns the sum of the images' cross-entropies, each times its importance, and adds its gradient to the
    /// memory's.
    pub(super) fn backpropagate(&self, share: Share, memory: &mut Memory) -> f64 {
        let Share { x, wanted, importance } = share;
        let (len, classes) = (self.graph.config.image.numbers(), self.graph.config.classes);
        let mut loss = 0.0;
        for (x, wanted) in x.chunks(GROUP * len).zip(wanted.chunks(GROUP * classes)) {
            let scratch = self.buffers(memory);
            let scratch = &scratch[..x.len() / len];
            self.forward(x, memory, scratch);
            for (scratch, wanted) in scratch.iter().zip(wanted.chunks_exact(classes)) {
                loss += self.answer(*scratch, wanted, importance, &mut memory.gradient);
            }
            for (place, step) in self.steps.iter().enumerate().rev() {
                // Safety: as for `forward`: the program's memory, and its images' buffers.
                unsafe { step.backward(self.isa, memory, place, scratch) };
            }
        }
        loss
    }

    /// An image's cross-entropy times its importance. Its gradient goes to the linear layer's part of `gradient`, and
    /// to the mirror of the last LayerNorm's output.
    fn answer(&self, scratch: *mut f32, wanted: &[f32], importance: f32, gradient: &mut [f32]) -> f64 {
        // 1. Softmax, and the loss.
        let mean = self.mean(scratch);
        let mut logits = vec![0.0; wanted.len()];
        self.linear(&mean, &mut logits);
        let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = logits.iter().map(|logit| (logit - largest).exp()).sum();
        let log_sum = largest + sum.ln();
        let loss: f64 =
            wanted.iter().zip(&logits).map(|(wanted, logit)| f64::from(wanted * (log_sum - logit))).sum();
        // 2. Back through the linear layer.
        let [weight, bias] = self.graph.logits;
        let mut of_mean = vec![0.0; mean.len()];
        for (class, (wanted, logit)) in wanted.iter().zip(&logits).enumerate() {
            let of_logit = importance * ((logit - log_sum).exp() - wanted);
            gradient[bias + class] += of_logit;
            let row = weight + class * mean.len();
            for (c, of_mean) in of_mean.iter_mut().enumerate() {
                gradient[row + c] += of_logit * mean[c];
                *of_mean += of_logit * self.packed[row + c];
            }
        }
        // 3. And through the mean.
        let (view, mirror) = (self.graph.last(), self.graph.mirror);
        let share = 1.0 / (view.side * view.side) as f32;
        pixels(view).for_each(|pixel| {
            for (c, of_mean) in of_mean.iter().enumerate() {
                // Safety: as in `mean`; the view's mirror lies in every image's buffer too.
                unsafe { *scratch.add(pixel + mirror + c) = share * of_mean };
            }
        });
        f64::from(importance) * loss
    }
}

/// The offsets of a view's pixels.
fn pixels(view: &View) -> impl Iterator<Item = usize> {
    let rows = BORDER..view.side + BORDER;
    rows.clone().flat_map(move |y| rows.clone().map(move |x| view.at(y, x)))
}

impl<'a> Step<'a> {
    fn new(mirror: usize, packed: &[f32], step: &'a ResidualStep, lanes: usize, learns: bool) -> Self {
        let ResidualStep { op, back, plus } = step;
        let kernels = match op.kind {
            Kind::Load | Kind::Store => Kernels::Load,
            Kind::Norm(norm) => Kernels::Norm { norm, layer: LayerNorm::new(packed, &norm, &op.output) },
            Kind::Conv(conv) => {
                let finish = match plus {
                    Some(plus) => Finish::Plus(*plus),
                    None if conv.silu && learns => Finish::SiluAndSlope(mirror),
                    None => Finish::of(conv.silu),
                };
                let backward = back.adjoint.as_ref().filter(|_| learns).map(|adjoint| {
                    let (from, to) = (&back.output, &back.input);
                    let kernel = AnyConv::new(packed, adjoint, from, to, lanes, arrival(back));
                    (kernel, Gradient::new(&conv, &op.input, &op.output, lanes))
                });
                let forward = AnyConv::new(packed, &conv, &op.input, &op.output, lanes, finish);
                Kernels::Conv { conv, forward, backward }
            }
        };
        Self { op, back, kernels }
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        let Self { op, back, kernels } = self;
        match kernels {
            Kernels::Norm { .. } => 2 * LayerNorm::work(&op.input),
            Kernels::Conv { forward, backward, .. } => {
                let back = backward.as_ref().map_or(0, |(kernel, gradient)| {
                    kernel.work(&back.output, &back.input, lanes).max(gradient.work(&op.input, lanes))
                });
                back.max(forward.work(&op.input, &op.output, lanes))
            }
            Kernels::Load => 0,
        }
    }

    /// Runs the operation on a group of images.
    ///
    /// # Safety
    /// `memory` was made for the step's program, and `scratch` are the buffers in it of the group's images.
    unsafe fn forward(&self, isa: Isa, x: &[f32], memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Op { input, output, .. } = self.op;
        let Memory { work, moments, .. } = memory;
        // Safety: the graph's views and their mirrors lie in each image's buffer, the image has the channels of
        // `Load`'s view, and `work` is as long as the step that needs the most of it says.
        unsafe {
            match &self.kernels {
                Kernels::Load => {
                    for (x, scratch) in x.chunks_exact(x.len() / scratch.len()).zip(scratch) {
                        load(x, output, *scratch);
                    }
                }
                Kernels::Norm { layer, .. } => {
                    for (i, scratch) in scratch.iter().enumerate() {
                        moments[place][i] = layer.run(isa, input, output, &[], *scratch, work);
                    }
                }
                Kernels::Conv { forward, .. } => forward.run(isa, input, output, scratch, work),
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
        let Memory { work, moments, gradient, .. } = memory;
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
                            time: &[],
                            finish: arrival(self.back),
                            scratch: *scratch,
                            work,
                            gradient,
                            of_time: &mut [],
                        });
                    }
                }
                Kernels::Conv { conv, backward: Some((backward, of_weights)), .. } => {
                    let depth = of_output.channels.depth();
                    isa.run(Bias { of_output, scratch, gradient: &mut gradient[conv.bias..][..depth] });
                    of_weights.run(isa, &self.op.input, of_output, scratch, work, gradient);
                    // Nobody asks for the gradient of the image itself.
                    if place > 1 {
                        backward.run(isa, of_output, of_input, scratch, work);
                    }
                }
                Kernels::Conv { .. } | Kernels::Load => (),
            }
        }
    }
}

/// How an operation writes its input's gradient.
fn arrival(back: &Back) -> Finish {
    match back {
        Back { slope: true, plus, .. } => Finish::Slope { plus: *plus },
        Back { plus: 0, .. } => Finish::Keep,
        Back { plus, .. } => Finish::Plus(*plus),
    }
}
