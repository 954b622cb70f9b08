//! Other processors: the instructions that the compiler takes for granted on them.

#[path = "portable.rs"]
mod portable;

use crate::engine::cpu::vector::{Job, Vector};

/// 64-bit Arm has 32 vector registers; a processor that has fewer keeps some sums in memory.
type Portable = portable::Portable<32>;

#[derive(Clone, Copy)]
pub(super) struct Isa;

impl Isa {
    pub(super) fn available() -> Vec<Self> {
        vec![Self]
    }

    pub(super) fn name(self) -> &'static str {
        "portable vectors"
    }

    pub(super) fn lanes(self) -> usize {
        Portable::LANES
    }

    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // Safety: `Portable` uses no instructions beyond the target's own; whoever made the job promises that
        // its pointers are valid.
        unsafe { job.run::<Portable>() }
    }
}
