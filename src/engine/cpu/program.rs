//! The graph's operations with the kernels that run them, their weights packed as each kernel reads them.

use super::GROUP;
use super::aligned::{Aligned, LINE};
use super::any_conv::AnyConv;
use super::border;
use super::finish::Finish;
use super::isa::Isa;
use super::norm::LayerNorm;
use crate::graph::ops::{BORDER, Channels, Kind, LANES, Op, View};

/// The graph for inference, ready to run with one instruction set.
pub(super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    /// How many images are interleaved in a scratch buffer: 1, or as many as a vector has lanes.
    images: usize,
    /// How many scratch buffers a group has.
    buffers: usize,
    /// Length of a scratch buffer, in f32 elements: whole cache lines.
    scratch: usize,
    /// Length of [`Memory::work`], in f32 elements.
    work: usize,
    /// Length of one image, C x H x W f32 elements.
    image_len: usize,
}

struct Step {
    input: View,
    output: View,
    kernel: Kernel,
}

enum Kernel {
    Load,
    Norm(LayerNorm),
    Conv(AnyConv),
    Store,
}

/// The buffers that the program works in when it runs on a group of images.
pub(super) struct Memory {
    /// A group's scratch buffers, one after the other.
    pub(super) scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
}

impl Memory {
    pub(super) fn new(program: &Program) -> Self {
        Self {
            scratch: Aligned::zeros(program.buffers * program.scratch),
            work: Aligned::zeros(program.work),
        }
    }
}

/// A group of images that go through the program together.
pub(super) struct Group<'a> {
    /// At most [`Program::group`] images, each [C, H, W]; of interleaved ones, exactly as many.
    pub(super) x_t: &'a [f32],
    /// Where the network's outputs go, as long as `x_t`.
    pub(super) output: &'a mut [f32],
    /// Each image's embeddings for all levels.
    pub(super) time: &'a [&'a [f32]],
}

impl Program {
    /// `packed` are the weights that the operations hold offsets into, `scratch_len` is the graph's, and
    /// `image_len` is the length of the images that are loaded and stored, all in f32 elements. `images` are
    /// interleaved: 1, or as many as `isa` has lanes, for a graph without padding channels.
    pub(super) fn new(
        ops: &[Op],
        packed: &[f32],
        scratch_len: usize,
        image_len: usize,
        isa: Isa,
        images: usize,
    ) -> Self {
        let lanes = isa.lanes();
        let step = |op: &Op| {
            let [input, output] = [&op.input, &op.output].map(|view| view.interleaved(images));
            Step { kernel: Kernel::new(packed, &op.kind, &input, &output, lanes), input, output }
        };
        let steps: Vec<Step> = ops.iter().map(step).collect();
        let work = steps.iter().map(|step| step.work(lanes)).max().unwrap_or(0);
        let scratch = (scratch_len * images).next_multiple_of(LINE);
        let buffers = if images == 1 { GROUP } else { 1 };
        Self { isa, steps, images, buffers, scratch, work, image_len }
    }

    /// How many images go through the program together, at most.
    pub(super) fn group(&self) -> usize {
        self.buffers * self.images
    }

    /// Length of one image, in f32 elements.
    pub(super) fn image_len(&self) -> usize {
        self.image_len
    }

    /// Computes the network's outputs for a group. `memory` was made for this program.
    ///
    /// # Panics
    /// When the group's parts do not fit together, or the memory is another program's.
    pub(super) fn run(&self, group: Group, memory: &mut Memory) {
        let Memory { scratch, work } = memory;
        let Group { x_t, output, time } = group;
        let count = time.len();
        assert!(scratch.len() == self.buffers * self.scratch && work.len() == self.work);
        assert!(count <= self.group() && count.is_multiple_of(self.images));
        assert!(x_t.len() == count * self.image_len && output.len() == x_t.len());
        let mut buffers = [std::ptr::null_mut(); GROUP];
        for (buffer, scratch) in buffers.iter_mut().zip(scratch.chunks_exact_mut(self.scratch)) {
            *buffer = scratch.as_mut_ptr();
        }
        let buffers = &buffers[..count / self.images];
        for step in &self.steps {
            // Safety: by the graph's contract all views lie in `scratch_len` elements for each image, which
            // the buffers have, as was asserted. `work` is as long as the step that needs the most of it says,
            // the steps were made for `self.isa`, and images are as long as the graph loads and stores them.
            unsafe { step.run(self.isa, Group { x_t, output, time }, buffers, work) };
        }
    }
}

impl Kernel {
    fn new(packed: &[f32], kind: &Kind, input: &View, output: &View, lanes: usize) -> Self {
        match kind {
            Kind::Load => Self::Load,
            Kind::Norm(norm) => Self::Norm(LayerNorm::new(packed, norm, output)),
            Kind::Conv(conv) => {
                Self::Conv(AnyConv::new(packed, conv, input, output, lanes, Finish::of(conv.silu)))
            }
            Kind::Store => Self::Store,
        }
    }
}

impl Step {
    /// Runs the operation on each image of a group. Where it writes a tensor anew, it clears the border too.
    ///
    /// # Safety
    /// `scratch` are the group's buffers, in which the step's views lie, `work` is as long as
    /// [`work`](Self::work) says, the step was made for the lanes of `isa`, and the images have no more
    /// channels than the views that they are loaded to and stored from.
    unsafe fn run(&self, isa: Isa, group: Group, scratch: &[*mut f32], work: &mut [f32]) {
        let Self { input, output, kernel } = self;
        let Group { x_t, output: result, time } = group;
        let len = x_t.len() / scratch.len();
        let interleaved = self.interleaved(isa.lanes());
        // Safety: the kernels ask that the views lie in the image's buffer, that `work` is as long as they
        // say, that they were made for `isa`, and that images fit: what this function's caller promises.
        unsafe {
            if let Kernel::Conv(conv) = kernel {
                conv.run(isa, input, output, scratch, work);
            }
            for (i, scratch) in scratch.iter().enumerate() {
                let images = i * len..(i + 1) * len;
                match kernel {
                    Kernel::Load => load(&x_t[images], output, *scratch),
                    Kernel::Norm(norm) if interleaved => {
                        _ = norm.run_interleaved(isa, input, output, time, *scratch, work)
                    }
                    Kernel::Norm(norm) => _ = norm.run(isa, input, output, time[i], *scratch, work),
                    Kernel::Conv(_) => (),
                    Kernel::Store => store(input, *scratch, &mut result[images]),
                }
                if !matches!(kernel, Kernel::Norm(_) | Kernel::Store) {
                    border::clear(isa, output, *scratch);
                }
            }
        }
    }

    /// Whether images are interleaved. Vectors of the fewest lanes gain nothing by it.
    fn interleaved(&self, lanes: usize) -> bool {
        lanes > LANES && self.input.channels.images > 1
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) if self.interleaved(lanes) => LayerNorm::interleaved_work(&self.output, lanes),
            Kernel::Norm(_) => LayerNorm::work(&self.output),
            Kernel::Conv(conv) => conv.work(&self.input, &self.output, lanes),
            _ => 0,
        }
    }
}

/// Copies images x_t, [C, H, W] each, to the view's channels, and 0 to its padding channels.
///
/// # Safety
/// The view lies in `scratch`, and has at least as many channels as an image.
pub(super) unsafe fn load(x_t: &[f32], view: &View, scratch: *mut f32) {
    let Channels { count, images, .. } = view.channels;
    let (plane, depth) = (view.side * view.side, view.channels.depth());
    // Safety: the pixels lie in the view, each with `depth` elements, which are `images` for each of the `count`
    // channels, and then padding.
    unsafe {
        for c in (0..count * images).step_by(images) {
            for image in 0..images {
                let x_t = &x_t[(image * count + c / images) * plane..][..plane];
                each_pixel(view, |pixel, at| *scratch.add(at + c + image) = x_t[pixel]);
            }
        }
        for c in count * images..depth {
            each_pixel(view, |_, at| *scratch.add(at + c) = 0.0);
        }
    }
}

/// Copies the view's channels to the network's outputs, [C, H, W] each.
///
/// # Safety
/// The view lies in `scratch`, and has as many channels as an output.
unsafe fn store(view: &View, scratch: *const f32, outputs: &mut [f32]) {
    let Channels { count, images, .. } = view.channels;
    for (place, output) in outputs.chunks_exact_mut(view.side * view.side).enumerate() {
        let (image, c) = (place / count, place % count);
        // Safety: the pixels lie in the view, each with `images` elements for each channel.
        each_pixel(view, |pixel, at| output[pixel] = unsafe { *scratch.add(at + c * images + image) });
    }
}

/// Calls `visit` for each pixel of a view: its index, and where its first element lies.
#[inline(always)]
fn each_pixel(view: &View, mut visit: impl FnMut(usize, usize)) {
    for y in 0..view.side {
        let row = view.at(y + BORDER, BORDER);
        for x in 0..view.side {
            visit(y * view.side + x, row + x * view.pixel);
        }
    }
}

#[cfg(test)]
impl Program {
    /// Splits the program into one program for each operation, so that each can be timed.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { isa, steps, images, buffers, scratch, work, image_len } = self;
        steps.into_iter().map(move |step| Self {
            isa,
            steps: vec![step],
            images,
            buffers,
            scratch,
            work,
            image_len,
        })
    }
}
