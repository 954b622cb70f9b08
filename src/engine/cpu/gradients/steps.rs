//! Operations with the kernels that run them, forwards and backwards, on a group of images: what the training of each
//! network here is made of. A group's images lie one by one in buffers of their own, or are interleaved in one.

use super::gradient::{Bias, Gradient};
use super::norm::NormBackward;
use super::norm::interleaved::{self, Interleaved};
use crate::engine::cpu::GROUP;
use crate::engine::cpu::aligned::{Aligned, LINE};
use crate::engine::cpu::any_conv::AnyConv;
use crate::engine::cpu::conv::places;
use crate::engine::cpu::copies::load;
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::norm::{LayerNorm, Moments};
use crate::engine::cpu::part::Part;
use crate::engine::cpu::threads;
use crate::graph::backward::Back;
use crate::graph::ops::{Conv, Kind, LANES, Norm, Op, View};

/// The operations of a network with the weights of one moment.
pub(in crate::engine::cpu) struct Steps {
    isa: Isa,
    lengths: Lengths,
    /// How many images are interleaved in a buffer: 1, or as many as a vector has lanes.
    images: usize,
    steps: Vec<Step>,
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
    /// How a convolution writes its output, counted in one image's elements.
    pub finish: Finish,
    /// Whether the gradient of a convolution's weights is computed.
    pub of_weights: bool,
    /// Whether that of its input is: nobody asks for an image's.
    pub of_input: bool,
}

struct Step {
    input: View,
    output: View,
    back: Back,
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
    /// The group's scratch buffers, one for each image, or for all. No kernel writes to borders, which stay 0.
    scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
    /// The moments of each operation and image; only LayerNorms fill theirs.
    moments: Vec<Vec<Moments>>,
    /// Each image's embeddings for all levels.
    pub time: Vec<Vec<f32>>,
    /// The gradients of these embeddings.
    pub of_time: Vec<Vec<f32>>,
    /// The sum of all images' gradients, packed.
    pub gradient: Vec<f32>,
}

impl Steps {
    /// `packed` are all weights that the graph's gather map packs. `images` are interleaved: 1, or as many as `isa` has
    /// lanes, for a graph without padding channels.
    pub fn new(isa: Isa, packed: &[f32], lengths: Lengths, passed: Vec<Passed>, images: usize) -> Self {
        let steps = threads::map(passed, |passed| Step::new(packed, passed, isa.lanes(), images));
        Self { isa, lengths, images, steps }
    }

    /// What the last operation stores.
    ///
    /// # Panics
    /// When there is none.
    pub fn output(&self) -> &View {
        &self.steps.last().expect("a network has operations").output
    }

    /// How many images a group has at most; of interleaved ones, exactly as many.
    pub fn group(&self) -> usize {
        if self.images == 1 { GROUP } else { self.images }
    }

    /// How many scratch buffers a group has.
    fn count(&self) -> usize {
        self.group() / self.images
    }

    /// Length of a scratch buffer, in f32 elements: whole cache lines, and one more.
    fn scratch(&self) -> usize {
        (self.lengths.scratch * self.images).next_multiple_of(LINE) + LINE
    }

    pub fn memory(&self) -> Memory {
        let work = self.steps.iter().map(|step| step.work(self.isa.lanes())).max().unwrap_or(0);
        let time = || vec![vec![0.0; self.lengths.embeddings]; self.group()];
        Memory {
            scratch: Aligned::zeros(self.count() * self.scratch()),
            work: Aligned::zeros(work),
            moments: vec![vec![Moments::default(); self.group()]; self.steps.len()],
            time: time(),
            of_time: time(),
            gradient: vec![0.0; self.lengths.gradient],
        }
    }

    /// The scratch buffers of a group of `count` images, each as long as the graph says for its images. They are valid
    /// until the memory is used otherwise.
    ///
    /// # Panics
    /// When the memory is another network's, or a group has no such number of images.
    pub fn buffers(&self, memory: &mut Memory, count: usize) -> Vec<*mut f32> {
        let (len, all) = (self.scratch(), memory.scratch.as_mut_ptr());
        assert_eq!(memory.scratch.len(), self.count() * len, "the memory is this network's");
        assert!(count <= self.group() && count.is_multiple_of(self.images), "{count} images");
        // Safety: the memory is `self.count() * len` long, as was asserted.
        (0..count / self.images).map(|i| unsafe { all.add(i * len) }).collect()
    }

    /// Runs all operations on the `count` images of a group, x [count, C, H, W].
    pub fn forward(&self, x: &[f32], count: usize, memory: &mut Memory) {
        let scratch = self.buffers(memory, count);
        for (place, step) in self.steps.iter().enumerate() {
            // Safety: the memory was made for these steps, and `scratch` are its images' buffers.
            unsafe { step.forward(self.isa, x, memory, place, &scratch) };
        }
    }

    /// Brings the gradient of the last operation's output, which lies in its mirror, to all before it.
    pub fn backward(&self, count: usize, memory: &mut Memory) {
        let scratch = self.buffers(memory, count);
        for (place, step) in self.steps.iter().enumerate().rev() {
            // Safety: as for `forward`: these steps' memory, and its images' buffers.
            unsafe { step.backward(self.isa, memory, place, &scratch) };
        }
    }
}

impl Step {
    fn new(packed: &[f32], passed: Passed, lanes: usize, images: usize) -> Self {
        let Passed { op, back, finish, of_weights, of_input } = passed;
        let [input, output] = [&op.input, &op.output].map(|view| view.interleaved(images));
        let back = back.interleaved(images);
        let kernels = match op.kind {
            Kind::Load => Kernels::Load,
            Kind::Norm(norm) => Kernels::Norm { norm, layer: LayerNorm::new(packed, &norm, &output) },
            Kind::Conv(conv) => {
                let finish = finish.interleaved(images);
                let forward = AnyConv::new(packed, &conv, &input, &output, lanes, finish);
                let adjoint = back.adjoint.as_ref().filter(|_| of_input);
                let (from, to) = (&back.output, &back.input);
                let of_input =
                    adjoint.map(|adjoint| AnyConv::new(packed, adjoint, from, to, lanes, arrival(&back)));
                let of_weights = of_weights.then(|| Gradient::new(&conv, &input, &output, lanes));
                Kernels::Conv { conv, forward, of_input, of_weights }
            }
            Kind::Store => Kernels::Store,
        };
        Self { input, output, back, kernels }
    }

    /// Whether images are interleaved. Vectors of the fewest lanes gain nothing by it.
    fn interleaved(&self, lanes: usize) -> bool {
        lanes > LANES && self.input.channels.images > 1
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        let Self { input, output, back, kernels } = self;
        match kernels {
            Kernels::Norm { .. } if self.interleaved(lanes) => {
                interleaved::work(input, lanes).max(LayerNorm::whole_work(input, lanes))
            }
            Kernels::Norm { .. } => 2 * LayerNorm::work(input),
            Kernels::Conv { forward, of_input, of_weights, .. } => {
                let of_input =
                    of_input.as_ref().map_or(0, |kernel| kernel.work(&back.output, &back.input, lanes));
                let of_weights = of_weights.as_ref().map_or(0, |kernel| kernel.work(input, lanes));
                let of_bias = output.channels.depth();
                forward.work(input, output, lanes).max(of_input).max(of_weights).max(of_bias)
            }
            Kernels::Load | Kernels::Store => 0,
        }
    }

    /// Runs the operation on a group of images.
    ///
    /// # Safety
    /// `memory` was made for the step's network, and `scratch` are the buffers in it of the group's images.
    unsafe fn forward(&self, isa: Isa, x: &[f32], memory: &mut Memory, place: usize, scratch: &[*mut f32]) {
        let Self { input, output, .. } = self;
        let Memory { work, moments, time, .. } = memory;
        let interleaved = self.interleaved(isa.lanes());
        // Safety: the graph's views and their mirrors lie in each image's buffer, the image has the channels of
        // `Load`'s view, and `work` is as long as the step that needs the most of it says.
        unsafe {
            match &self.kernels {
                Kernels::Load => {
                    for (x, scratch) in x.chunks_exact(x.len() / scratch.len()).zip(scratch) {
                        load(x, output, *scratch, 0..output.side);
                    }
                }
                Kernels::Norm { layer, .. } if interleaved => {
                    let found = layer.run_whole(isa, [input, output], time, scratch[0], work);
                    moments[place].copy_from_slice(&found[..input.channels.images]);
                }
                Kernels::Norm { layer, .. } => {
                    for (i, scratch) in scratch.iter().enumerate() {
                        moments[place][i] = layer.run(isa, input, output, &time[i], *scratch, work);
                    }
                }
                Kernels::Conv { forward, .. } => forward.run(isa, input, output, scratch, work, Part::WHOLE),
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
        let Back { output: of_output, input: of_input, .. } = &self.back;
        let Memory { work, moments, time, of_time, gradient, .. } = memory;
        let each = of_output.channels.images;
        let interleaved = self.interleaved(isa.lanes());
        // Safety: as for `forward`; and the gradient has room for all weights of the forward pass, at the
        // same offsets.
        unsafe {
            match &self.kernels {
                Kernels::Norm { norm, layer } => {
                    for (i, scratch) in scratch.iter().enumerate() {
                        let images = i * each..(i + 1) * each;
                        let backward = NormBackward {
                            norm,
                            layer,
                            input: &self.input,
                            of_output,
                            of_input,
                            moments: &moments[place][images.clone()],
                            time: &time[images.clone()],
                            finish: arrival(&self.back),
                            scratch: *scratch,
                            work,
                            gradient,
                            of_time: &mut of_time[images],
                        };
                        if interleaved {
                            isa.run(Interleaved(backward));
                        } else {
                            isa.run(backward);
                        }
                    }
                }
                Kernels::Conv { conv, of_input: kernel, of_weights, .. } => {
                    // The weights' gradient comes first: the input's may take the input's place.
                    if let Some(of_weights) = of_weights {
                        let bias = &mut gradient[conv.bias..][..places(of_output)];
                        isa.run(Bias { of_output, scratch, gradient: bias, work });
                        of_weights.run(isa, &self.input, of_output, scratch, work, gradient);
                    }
                    if let Some(kernel) = kernel {
                        kernel.run(isa, of_output, of_input, scratch, work, Part::WHOLE);
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
