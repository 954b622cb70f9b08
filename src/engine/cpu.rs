//! The fast CPU engine: runs the plan on a few images at a time, in scratch buffers that stay in the
//! cache, with whatever vectors the machine has.

mod aligned;
mod any_conv;
mod border;
mod conv;
mod exercise;
mod finish;
mod matmul;
mod norm;
mod program;
mod to_one;
#[cfg(feature = "native")]
pub mod training;
mod vector;
mod winograd;

#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
#[path = "cpu/isa/any.rs"]
mod isa;
#[cfg(target_arch = "wasm32")]
#[path = "cpu/isa/wasm.rs"]
mod isa;
#[cfg(target_arch = "x86_64")]
#[path = "cpu/isa/x86.rs"]
mod isa;

#[cfg(feature = "native")]
#[path = "cpu/threads/rayon.rs"]
mod threads;
#[cfg(not(feature = "native"))]
#[path = "cpu/threads/one.rs"]
mod threads;

use self::isa::Isa;
use self::program::{Memory, Program};
use super::{Engine, EngineError};
use crate::core::image::PIXELS;
use crate::core::sampling::{Answer, Denoiser};
use crate::graph::Plan;
use crate::model::file::StateDict;

/// Images that take each step together: its weights come into the cache once for all of them.
const GROUP: usize = 4;

/// The UNet on the CPU.
pub struct CpuEngine {
    isa: Isa,
    plan: Plan,
    program: Program,
    /// Of the step in progress.
    time: Vec<f32>,
    /// One for each thread.
    memories: threads::Memories,
}

impl CpuEngine {
    /// With the widest vectors of this machine. `state` is complete and of the right shapes.
    pub fn new(state: &StateDict) -> Self {
        Self::with(state, Isa::available()[0])
    }

    /// One for each kind of vectors that this machine has, widest first: for comparisons.
    pub fn all(state: &StateDict) -> Vec<Self> {
        Isa::available().into_iter().map(|isa| Self::with(state, isa)).collect()
    }

    fn with(state: &StateDict, isa: Isa) -> Self {
        let plan = Plan::new(state);
        let program = Program::new(&plan, isa);
        Self { time: vec![0.0; plan.time_len()], memories: threads::Memories::new(), isa, plan, program }
    }

    /// eps_theta(x_t, t) for a batch whose images are all at `t`. An image's result has the same
    /// bits in every batch.
    ///
    /// # Panics
    /// When `x_t` and `out` are not the same number of whole images.
    pub fn eps(&mut self, x_t: &[f32], t: usize, out: &mut [f32]) {
        assert!(x_t.len() == out.len() && x_t.len().is_multiple_of(PIXELS));
        self.plan.time_embeddings(t, &mut self.time);
        let Self { program, time, memories, .. } = self;
        memories.each_group(program, x_t, out, |x_t, out, memory: &mut Memory| {
            program.run(x_t, time, out, memory);
        });
    }
}

impl Denoiser for CpuEngine {
    type Error = EngineError;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let mut eps = vec![0.0; x_t.len()];
            self.eps(x_t, t, &mut eps);
            Ok(eps)
        })
    }
}

impl Engine for CpuEngine {
    fn load(&mut self, state: &StateDict) {
        *self = Self::with(state, self.isa);
    }

    fn describe(&self) -> String {
        format!("cpu with {}", self.isa.name())
    }

    fn plan(&self) -> Option<&Plan> {
        Some(&self.plan)
    }

    fn dispatches(&self, _: usize) -> Option<usize> {
        Some(0)
    }

    fn exercise(&mut self, amount: u32) -> Answer<'_, u64, EngineError> {
        let done = exercise::exercise(self.isa, amount.saturating_mul(1 << 12));
        Box::pin(async move { Ok(done) })
    }
}

#[cfg(test)]
mod tests;
