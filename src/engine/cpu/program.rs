//! The graph's operations with the kernels that run them, their weights packed as each kernel reads them.

use super::GROUP;
use super::aligned::{Aligned, LINE};
use super::any_conv::AnyConv;
use super::border;
use super::finish::Finish;
use super::isa::Isa;
use super::norm::LayerNorm;
use crate::graph::ops::{BORDER, Kind, LANES, Op, View};

/// The graph for inference, ready to run with one instruction set.
pub(super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    /// Length of one image's scratch buffer, in f32 elements: whole cache lines.
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
    /// The graph's scratch buffers, one after the other for each image of a group.
    pub(super) scratch: Aligned,
    /// What a kernel needs beside the images' tensors; nothing in it outlasts an operation.
    work: Aligned,
}

impl Memory {
    pub(super) fn new(program: &Program) -> Self {
        Self { scratch: Aligned::zeros(GROUP * program.scratch), work: Aligned::zeros(program.work) }
    }
}

/// A group of images that go through the program together.
pub(super) struct Group<'a> {
    /// At most [`GROUP`] images, each [C, H, W].
    pub(super) x_t: &'a [f32],
    /// Where the network's outputs go, as long as `x_t`.
    pub(super) output: &'a mut [f32],
    /// Each image's embeddings for all levels.
    pub(super) time: &'a [&'a [f32]],
}

impl Program {
    /// `packed` are the weights that the operations hold offsets into, `scratch_len` is the graph's, and
    /// `image_len` is the length of the images that are loaded and stored, all in f32 elements.
    pub(super) fn new(ops: &[Op], packed: &[f32], scratch_len: usize, image_len: usize, isa: Isa) -> Self {
        let lanes = isa.lanes();
        let step = |op: &Op| Step {
            input: op.input.clone(),
            output: op.output.clone(),
            kernel: Kernel::new(packed, op, lanes),
        };
        let steps: Vec<Step> = ops.iter().map(step).collect();
        let work = steps.iter().map(|step| step.work(lanes)).max().unwrap_or(0);
        Self { isa, steps, scratch: scratch_len.next_multiple_of(LINE), work, image_len }
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
        assert!(scratch.len() == GROUP * self.scratch && work.len() == self.work);
        assert!(count <= GROUP && x_t.len() == count * self.image_len && output.len() == x_t.len());
        let mut images = scratch.chunks_exact_mut(self.scratch).map(<[f32]>::as_mut_ptr);
        let scratch: [*mut f32; GROUP] = std::array::from_fn(|_| images.next().expect("one for each image"));
        for step in &self.steps {
            // Safety: by the graph's contract all views lie in `scratch_len` elements, which each image's
            // buffer has, as was asserted. `work` is as long as the step that needs the most of it says, the
            // steps were made for `self.isa`, and images are as long as the graph loads and stores them.
            unsafe {
                step.run(self.isa, Group { x_t, output, time }, self.image_len, &scratch[..count], work);
            }
        }
    }
}

impl Kernel {
    fn new(packed: &[f32], op: &Op, lanes: usize) -> Self {
        let Op { kind, input, output, .. } = op;
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
    /// `scratch` are the images' buffers, in which the step's views lie, `work` is as long as
    /// [`work`](Self::work) says, the step was made for the lanes of `isa`, and the images have no more
    /// channels than the views that they are loaded to and stored from.
    unsafe fn run(&self, isa: Isa, group: Group, image_len: usize, scratch: &[*mut f32], work: &mut [f32]) {
        let Self { input, output, kernel } = self;
        let Group { x_t, output: result, time } = group;
        // Safety: the kernels ask that the views lie in the image's buffer, that `work` is as long as they
        // say, that they were made for `isa`, and that images fit: what this function's caller promises.
        unsafe {
            if let Kernel::Conv(conv) = kernel {
                conv.run(isa, input, output, scratch, work);
            }
            for (i, scratch) in scratch.iter().enumerate() {
                let image = i * image_len..(i + 1) * image_len;
                match kernel {
                    Kernel::Load => load(&x_t[image], output, *scratch),
                    Kernel::Norm(norm) => _ = norm.run(isa, input, output, time[i], *scratch, work),
                    Kernel::Conv(_) => (),
                    Kernel::Store => store(input, *scratch, &mut result[image]),
                }
                if !matches!(kernel, Kernel::Norm(_) | Kernel::Store) {
                    border::clear(isa, output, *scratch);
                }
            }
        }
    }

    /// How many f32 elements of [`Memory::work`] it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) => LayerNorm::work(&self.output),
            Kernel::Conv(conv) => conv.work(&self.input, &self.output, lanes),
            _ => 0,
        }
    }
}

/// Copies the image x_t, [C, H, W], to the view's channels, and 0 to its padding channels.
///
/// # Safety
/// The view lies in `scratch`, and has at least as many channels as the image.
pub(super) unsafe fn load(x_t: &[f32], view: &View, scratch: *mut f32) {
    let plane = view.side * view.side;
    for y in 0..view.side {
        // Safety: the `side` pixels of row `y` lie in the view, each with `depth` elements, and a pixel of
        // border follows them.
        unsafe {
            let mut to = scratch.add(view.at(y + BORDER, BORDER));
            for x in 0..view.side {
                for c in (0..view.channels.depth()).step_by(LANES) {
                    to.add(c).cast::<[f32; LANES]>().write([0.0; LANES]);
                }
                for (c, from) in x_t.chunks_exact(plane).enumerate() {
                    *to.add(c) = from[y * view.side + x];
                }
                to = to.add(view.pixel);
            }
        }
    }
}

/// Copies the view's channels to the network's output, [C, H, W].
///
/// # Safety
/// The view lies in `scratch`, and has at least as many channels as the output.
unsafe fn store(view: &View, scratch: *const f32, output: &mut [f32]) {
    let plane = view.side * view.side;
    for y in 0..view.side {
        // Safety: the `side` pixels of row `y` lie in the view, each with all channels of the output, and a
        // pixel of border follows them.
        unsafe {
            let mut from = scratch.add(view.at(y + BORDER, BORDER));
            for x in 0..view.side {
                for (c, to) in output.chunks_exact_mut(plane).enumerate() {
                    to[y * view.side + x] = *from.add(c);
                }
                from = from.add(view.pixel);
            }
        }
    }
}

#[cfg(test)]
impl Program {
    /// Splits the program into one program for each operation, so that each can be timed.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { isa, steps, scratch, work, image_len } = self;
        steps.into_iter().map(move |step| Self { isa, steps: vec![step], scratch, work, image_len })
    }
}
