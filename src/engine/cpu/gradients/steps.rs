//! Operations with the kernels that run them, forwards and backwards, on a group of images: what the training of each
//! network here is made of.

use super::gradient::{Bias, Gradient};
use super::norm::NormBackward;
use crate::engine::cpu::GROUP;
use crate::engine::cpu::aligned::{Aligned, LINE};
use crate::engine::cpu::any_conv::AnyConv;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::norm::{LayerNorm, Moments};
use crate::engine::cpu::program::load;
use crate::engine::cpu::threads;
use crate::graph::backward::Back;
use crate::graph::ops::{Conv, Kind, Norm, Op};

/// The operations of a network with the weights of one moment.
pub(in crate::engine::cpu) struct Steps<'a> {
    isa: Isa,
    lengths: Lengths,
    steps: Vec<Step<'a>>,
}

/// Lengths of a network's working memory, in f32 elements.
#[derive(Clone, Copy)]
pub(in crate::engine::cpu) struct Lengths {
    /// An image's scratch buffer: tensors, and their gradients.
    pub scratch: usize,
    /// An image's embeddings; 0 in a network that is told nothing.
    pub embeddings: usize,
    /// A packed gradient.
    pub gradient: usize,
}

/// An operation as its graph has it.
pub(in crate::engine::cpu) struct Passed<'a> {
    pub op: &'a Op,
    pub back: &'a Back,
    /// How a convolution writes its output.
    pub finish: Finish,
    /// Whether the gradient of a convolution's weights is computed.
    pub of_weights: bool,
    /// Whether that of its input is: nobody asks for an image's.
    pub of_input: bool,
}

struct Step<'a> {
    op: &'a Op,
    back: &'a Back,
    kernels: Kernels,
}

enum Kernels {
    Load,
    Norm { norm: Norm, layer: LayerNorm },
    Conv { conv: Conv, forward: AnyConv, of_input: Option<AnyConv>, of_weights: Option<Gradient> },
    Store,
}

/// One thread's working memory.
pub(in crate::engine::cpu) struct Memory {
    /// The graph's scratch buffers, one for each image of a group. No kernel writes to borders, which stay 0.
    scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
    /// The moments of each operation and image; only LayerNorms fill theirs.
    moments: Vec<[Moments; GROUP]>,
    /// Each image's embeddings for all levels.
    pub time: [Vec<f32>; GROUP],
    /// The gradients of these embeddings.
    pub of_time: [Vec<f32>; GROUP],
    /// The sum of all images' gradients, packed.
    pub gradient: Vec<f32>,
}

impl<'a> Steps<'a> {
    /// `packed` are all weights that the graph's gather map packs.
    pub fn new(isa: Isa, packed: &[f32], lengths: Lengths, passed: Vec<Passed<'a>>) -> Self {
        let steps = threads::map(passed, |passed| Step::new(packed, passed, isa.lanes()));
        Self { isa, lengths, steps }
    }

    /// The last operation.
    ///
    /// # Panics
    /// When there is none.
    pub fn last(&self) -> &Op {
        self.steps.last().expect("a network has operations").op
    }

    /// Length of one image's scratch buffer, in f32 elements: whole cache lines, and one more.
    fn scratch(&self) -> usize {
        self.lengths.scratch.next_multiple_of(LINE) + LINE
    }

    pub fn memory(&self) -> Memory {
        let work = self.steps.iter().map(|step| step.work(self.isa.lanes())).max().unwrap_or(0);
        let time = || std::array::from_fn(|_| vec![0.0; self.lengths.embeddings]);
        Memory {
            scratch: Aligned::zeros(GROUP * self.scratch()),
            work: Aligned::zeros(work),
            moments: vec![Default::default(); self.steps.len()],
            time: time(),
            of_time: time(),
            gradient: vec![0.0; self.lengths.gradient],
        }
    }

    /// The scratch buffers of a group's images, each as long as the graph says. They are valid until the memory is
    /// used otherwise.
    ///
    /// # Panics
    /// When the memory is another network's.
    pub fn buffers(&self, memory: &mut Memory) -> [*mut f32; GROUP] {
        let (len, all) = (self.scratch(), memory.scratch.as_mut_ptr());
        assert_eq!(memory.scratch.len(), GROUP * len, "the memory is this network's");
        // Safety: the buffer is `GROUP * len` long, as was asserted.
        std::array::from_fn(|i| unsafe { all.add(i * len) })
    }

    /// Runs all operations on the `count` images of a group, x [count, C, H, W].
    pub fn forward(&self, x: &[f32], count: usize, memory: &mut Memory) {
        let scratch = self.buffers(memory);
        for (place, step) in self.steps.iter().enumerate() {
            // Safety: the memory was made for these steps, and `scratch` are its images' buffers.
            unsafe { step.forward(self.isa, x, memory, place, &scratch[..count]) };
        }
    }

    /// Brings the gradient of the last operation's output, which lies in its mirror, to all before it.
    pub fn backward(&self, count: usize, memory: &mut Memory) {
        let scratch = self.buffers(memory);
        for (place, step) in self.steps.iter().enumerate().rev() {
            // Safety: as for `forward`: these steps' memory, and its images' buffers.
            unsafe { step.backward(self.isa, memory, place, &scratch[..count]) };
        }
    }
}

impl<'a> Step<'a> {
    fn new(packed: &[f32], passed: Passed<'a>, lanes: usize) -> Self {
        let Passed { op, back, finish, of_weights, of_input } = passed;
        let kernels = match op.kind {
            Kind::Load => Kernels::Load,
            Kind::Norm(norm) => Kernels::Norm { norm, layer: LayerNorm::new(packed, &norm, &op.output) },
            Kind::Conv(conv) => {
                let forward = AnyConv::new(packed, &conv, &op.input, &op.output, lanes, finish);
                let adjoint = back.adjoint.as_ref().filter(|_| of_input);
                let (from, to) = (&back.output, &back.input);
                let of_input =
                    adjoint.map(|adjoint| AnyConv::new(packed, adjoint, from, to, lanes, arrival(back)));
                let of_weights = of_weights.then(|| Gradient::new(&conv, &op.input, &op.output, lanes));
                Kernels::Conv { conv, forward, of_input, of_weights }
            }
            Kind::Store => Kernels::Store,
        };
        Self { op, back, kernels }
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        let Self { op, back, kernels } = self;
        match kernels {
            Kernels::Norm { .. } => 2 * LayerNorm::work(&op.input),
            Kernels::Conv { forward, of_input, of_weights, .. } => {
                let of_input =
                    of_input.as_ref().map_or(0, |kernel| kernel.work(&back.output, &back.input, lanes));
                let of_weights = of_weights.as_ref().map_or(0, |kernel| kernel.work(&op.input, lanes));
                forward.work(&op.input, &op.output, lanes).max(of_input).max(of_weights)
            }
            Kernels::Load | Kernels::Store => 0,
        }
    }

    /// Runs the operation on a group of images.
    ///
    /// # Safety
    /// `memory` was made for the step's network, and `scratch` are the buffers in it of the group's images.
    unsafe fn forward(&self, isa: Isa, x: &[f32], memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Op { input, output, .. } = self.op;
        let Memory { work, moments, time, .. } = memory;
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
                Kernels::Conv { conv, of_input: kernel, of_weights, .. } => {
                    if let Some(of_weights) = of_weights {
                        let depth = of_output.channels.depth();
                        isa.run(Bias { of_output, scratch, gradient: &mut gradient[conv.bias..][..depth] });
                        of_weights.run(isa, &self.op.input, of_output, scratch, work, gradient);
                    }
                    if let Some(kernel) = kernel {
                        kernel.run(isa, of_output, of_input, scratch, work);
                    }
                }
                Kernels::Load | Kernels::Store => (),
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
