//! The graph's operations with the kernels that run them, weights packed as each kernel likes them.

use super::GROUP;
use super::aligned::{Aligned, LINE};
use super::any_conv::AnyConv;
use super::border;
use super::finish::Finish;
use super::isa::Isa;
use super::norm::LayerNorm;
use crate::graph::ops::{BORDER, Kind, LANES, Op, View};

pub(super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    /// Length of one image's scratch buffer, in whole cache lines.
    scratch: usize,
    /// Length of [`Memory::work`].
    work: usize,
    /// Numbers of one image.
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

/// What running the program on a group of images needs.
pub(super) struct Memory {
    /// The graph's scratch buffer, for each image.
    pub(super) scratch: Aligned,
    /// A kernel's own.
    work: Aligned,
}

impl Memory {
    pub(super) fn new(program: &Program) -> Self {
        Self { scratch: Aligned::zeros(GROUP * program.scratch), work: Aligned::zeros(program.work) }
    }
}

/// A group of images on their way through the program.
pub(super) struct Group<'a> {
    /// At most [`GROUP`] images, each [C, H, W], and as much room for the network's outputs.
    pub(super) x_t: &'a [f32],
    pub(super) output: &'a mut [f32],
    /// Each image's embeddings of all levels.
    pub(super) time: &'a [&'a [f32]],
}

impl Program {
    /// `packed` are the weights that the operations hold offsets into; `image_len` is how many numbers are
    /// loaded and stored.
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

    /// Numbers of one image.
    pub(super) fn image_len(&self) -> usize {
        self.image_len
    }

    /// The network's outputs for a group. `memory` was made for this program.
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
            // Safety: each image has a scratch buffer of the graph's length, in which all its views lie, and
            // `work` is as large as the neediest step says.
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
    /// # Safety
    /// `scratch` are the images' buffers, in which the step's views lie, and `work` is as large as
    /// [`work`](Self::work) says.
    unsafe fn run(&self, isa: Isa, group: Group, image_len: usize, scratch: &[*mut f32], work: &mut [f32]) {
        let Self { input, output, kernel } = self;
        let Group { x_t, output: result, time } = group;
        // Safety: what the kernels ask for is what this function's caller promises.
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

    /// Numbers of [`Memory::work`] that it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) => LayerNorm::work(&self.output),
            Kernel::Conv(conv) => conv.work(&self.input, &self.output, lanes),
            _ => 0,
        }
    }
}

/// x_t, [C, H, W], to the view's channels; 0 to its padding.
///
/// # Safety
/// The view lies in `scratch`.
pub(super) unsafe fn load(x_t: &[f32], view: &View, scratch: *mut f32) {
    let plane = view.side * view.side;
    for y in 0..view.side {
        // Safety: pixel (y, 0) and those after it in its row lie in the view, each with `depth` channels.
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

/// The view's channels to the network's output, [C, H, W].
///
/// # Safety
/// The view lies in `scratch`.
unsafe fn store(view: &View, scratch: *const f32, output: &mut [f32]) {
    let plane = view.side * view.side;
    for y in 0..view.side {
        // Safety: as for `load`.
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
    /// Each step as a program of its own, to time it.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { isa, steps, scratch, work, image_len } = self;
        steps.into_iter().map(move |step| Self { isa, steps: vec![step], scratch, work, image_len })
    }
}
