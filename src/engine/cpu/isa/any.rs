//! A processor of which nothing is known.

#[path = "portable.rs"]
mod portable;

use self::portable::Portable;
use crate::engine::cpu::vector::{Job, Vector};

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
        // Safety: plain Rust.
        unsafe { job.run::<Portable>() }
    }
}
