//! The plan's operations with the kernels that run them, weights packed as each kernel likes them.

use super::GROUP;
use super::aligned::{Aligned, LINE};
use super::any_conv::AnyConv;
use super::border;
use super::finish::Finish;
use super::isa::Isa;
use super::norm::LayerNorm;
use crate::core::image::PIXELS;
use crate::graph::{BORDER, Kind, LANES, Op, Plan, View};

pub(super) struct Program {
    isa: Isa,
    steps: Vec<Step>,
    /// Numbers in one image's scratch buffer, in whole cache lines.
    scratch: usize,
    /// Numbers in [`Memory::work`].
    work: usize,
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
    /// The plan's scratch buffer, for each image.
    pub(super) scratch: Aligned,
    /// A kernel's own.
    work: Aligned,
}

impl Memory {
    pub(super) fn new(program: &Program) -> Self {
        Self { scratch: Aligned::zeros(GROUP * program.scratch), work: Aligned::zeros(program.work) }
    }
}

impl Program {
    pub(super) fn new(plan: &Plan, isa: Isa) -> Self {
        let lanes = isa.lanes();
        let step = |op: &Op| Step {
            input: op.input.clone(),
            output: op.output.clone(),
            kernel: Kernel::new(plan, op, lanes),
        };
        let steps: Vec<Step> = plan.ops.iter().map(step).collect();
        let work = steps.iter().map(|step| step.work(lanes)).max().unwrap_or(0);
        Self { isa, steps, scratch: plan.scratch_len().next_multiple_of(LINE), work }
    }

    /// eps for at most [`GROUP`] images. `x_t` and `eps` hold 28 x 28 pixels each, `time` all time
    /// embeddings. `memory` was made for this program.
    pub(super) fn run(&self, x_t: &[f32], time: &[f32], eps: &mut [f32], memory: &mut Memory) {
        let Memory { scratch, work } = memory;
        assert!(scratch.len() == GROUP * self.scratch && work.len() == self.work);
        let mut images = scratch.chunks_exact_mut(self.scratch).map(<[f32]>::as_mut_ptr);
        let scratch: [*mut f32; GROUP] = std::array::from_fn(|_| images.next().expect("one for each image"));
        for step in &self.steps {
            unsafe { step.run(self.isa, x_t, time, eps, &scratch[..x_t.len() / PIXELS], work) };
        }
    }
}

impl Kernel {
    fn new(plan: &Plan, op: &Op, lanes: usize) -> Self {
        let Op { kind, input, output, .. } = op;
        match kind {
            Kind::Load => Self::Load,
            Kind::Norm(norm) => Self::Norm(LayerNorm::new(plan, norm, output)),
            Kind::Conv(conv) => {
                Self::Conv(AnyConv::new(plan, conv, input, output, lanes, Finish::of(conv.silu)))
            }
            Kind::Store => Self::Store,
        }
    }
}

impl Step {
    /// # Safety
    /// `scratch` are the images', and `work` is as large as [`work`](Self::work) says.
    unsafe fn run(
        &self,
        isa: Isa,
        x_t: &[f32],
        time: &[f32],
        eps: &mut [f32],
        scratch: &[*mut f32],
        work: &mut [f32],
    ) {
        let Self { input, output, kernel } = self;
        unsafe {
            if let Kernel::Conv(conv) = kernel {
                conv.run(isa, input, output, scratch, work);
            }
            let images = x_t.chunks_exact(PIXELS).zip(eps.chunks_exact_mut(PIXELS));
            for ((x_t, eps), scratch) in images.zip(scratch) {
                match kernel {
                    Kernel::Load => load(x_t, output, *scratch),
                    Kernel::Norm(norm) => _ = norm.run(isa, input, output, time, *scratch, work),
                    Kernel::Conv(_) => (),
                    Kernel::Store => store(input, *scratch, eps),
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

/// x_t to channel 0.
///
/// # Safety
/// The view lies in `scratch`.
pub(super) unsafe fn load(x_t: &[f32], view: &View, scratch: *mut f32) {
    for (y, row) in x_t.chunks_exact(view.side).enumerate() {
        let mut to = unsafe { scratch.add(view.at(y + BORDER, BORDER)) };
        for value in row {
            unsafe {
                for c in (0..view.channels.depth()).step_by(LANES) {
                    to.add(c).cast::<[f32; LANES]>().write([0.0; LANES]);
                }
                *to = *value;
                to = to.add(view.pixel);
            }
        }
    }
}

/// Channel 0 to eps.
///
/// # Safety
/// The view lies in `scratch`.
unsafe fn store(view: &View, scratch: *const f32, eps: &mut [f32]) {
    for (y, row) in eps.chunks_exact_mut(view.side).enumerate() {
        let mut from = unsafe { scratch.add(view.at(y + BORDER, BORDER)) };
        for value in row {
            unsafe {
                *value = *from;
                from = from.add(view.pixel);
            }
        }
    }
}

#[cfg(test)]
impl Program {
    /// Each step as a program of its own, to time it.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { isa, steps, scratch, work } = self;
        steps.into_iter().map(move |step| Self { isa, steps: vec![step], scratch, work })
    }
}
