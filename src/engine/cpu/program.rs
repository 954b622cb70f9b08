//! The plan's operations with the kernels that run them, weights packed as each kernel likes them.

use super::aligned::{Aligned, LINE};
use super::border;
use super::conv::Direct;
use super::norm::LayerNorm;
use super::to_one::ToOne;
use super::vector::Vector;
use super::winograd::Winograd;
use crate::pixels::PIXELS;
use crate::plan::{BORDER, Conv, Kind, Op, Plan, View};

pub(super) struct Program {
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
    Direct(Direct),
    Winograd(Winograd),
    ToOne(ToOne),
    Store,
}

/// Images that take each step together: its weights come into the cache once for all of them.
pub(super) const GROUP: usize = 4;

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
    /// For vectors of `lanes` numbers.
    pub(super) fn new(plan: &Plan, lanes: usize) -> Self {
        let step = |op: &Op| Step {
            input: op.input.clone(),
            output: op.output.clone(),
            kernel: Kernel::new(plan, op, lanes),
        };
        let steps: Vec<Step> = plan.ops.iter().map(step).collect();
        let work = steps.iter().map(|step| step.work(lanes)).max().unwrap_or(0);
        Self { steps, scratch: plan.scratch_len().next_multiple_of(LINE), work }
    }

    /// eps for at most [`GROUP`] images. `x_t` and `eps` hold 28 x 28 pixels each, `time` all time
    /// embeddings.
    ///
    /// # Safety
    /// The program and `memory` are made for `V`'s lanes, and the machine has its instructions.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(
        &self,
        x_t: &[f32],
        time: &[f32],
        eps: &mut [f32],
        memory: &mut Memory,
    ) {
        let Memory { scratch, work } = memory;
        assert!(scratch.len() == GROUP * self.scratch && work.len() == self.work);
        for step in &self.steps {
            let images = x_t.chunks_exact(PIXELS).zip(eps.chunks_exact_mut(PIXELS));
            for ((x_t, eps), scratch) in images.zip(scratch.chunks_exact_mut(self.scratch)) {
                unsafe { step.run::<V>(x_t, time, eps, scratch.as_mut_ptr(), work) };
            }
        }
    }
}

impl Kernel {
    fn new(plan: &Plan, op: &Op, lanes: usize) -> Self {
        let Op { kind, input, output, .. } = op;
        match kind {
            Kind::Load => Self::Load,
            Kind::Norm(norm) => Self::Norm(LayerNorm::new(plan, norm, output)),
            Kind::Conv(conv) => Self::conv(plan, conv, input, output, lanes),
            Kind::Store => Self::Store,
        }
    }

    fn conv(plan: &Plan, conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        if ToOne::suits(conv, output) {
            Self::ToOne(ToOne::new(plan, conv, input, output))
        } else if Winograd::suits(conv, input) {
            Self::Winograd(Winograd::new(plan, conv, input, output, lanes))
        } else {
            Self::Direct(Direct::new(plan, *conv, input, output, lanes))
        }
    }
}

impl Step {
    /// # Safety
    /// As [`Program::run`]; `scratch` is one image's.
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        x_t: &[f32],
        time: &[f32],
        eps: &mut [f32],
        scratch: *mut f32,
        work: &mut [f32],
    ) {
        let Self { input, output, kernel } = self;
        unsafe {
            match kernel {
                Kernel::Load => load::<V>(x_t, output, scratch),
                Kernel::Norm(norm) => norm.run::<V>(output, time, scratch, work),
                Kernel::Direct(conv) => conv.run::<V>(input, output, scratch),
                Kernel::Winograd(conv) => conv.run::<V>(input, output, scratch, work),
                Kernel::ToOne(conv) => conv.run::<V>(input, output, scratch),
                Kernel::Store => store(input, scratch, eps),
            }
            if !matches!(kernel, Kernel::Norm(_) | Kernel::Store) {
                border::clear::<V>(output, scratch);
            }
        }
    }

    /// Numbers of [`Memory::work`] that it uses.
    fn work(&self, lanes: usize) -> usize {
        match &self.kernel {
            Kernel::Norm(_) => LayerNorm::work(&self.output),
            Kernel::Winograd(conv) => conv.work(&self.input, lanes),
            _ => 0,
        }
    }
}

/// x_t to channel 0.
#[inline(always)]
unsafe fn load<V: Vector>(x_t: &[f32], view: &View, scratch: *mut f32) {
    for (place, value) in x_t.iter().enumerate() {
        unsafe {
            let to = scratch.add(view.at(place / view.side + BORDER, place % view.side + BORDER));
            border::clear_pixel::<V>(view, to);
            *to = *value;
        }
    }
}

/// Channel 0 to eps.
#[inline(always)]
unsafe fn store(view: &View, scratch: *const f32, eps: &mut [f32]) {
    for (place, value) in eps.iter_mut().enumerate() {
        let from = view.at(place / view.side + BORDER, place % view.side + BORDER);
        *value = unsafe { *scratch.add(from) };
    }
}

#[cfg(test)]
impl Program {
    /// Each step as a program of its own, to time it.
    pub(super) fn single_steps(self) -> impl Iterator<Item = Self> {
        let Self { steps, scratch, work } = self;
        steps.into_iter().map(move |step| Self { steps: vec![step], scratch, work })
    }
}
