//! x86: AVX-512 or AVX2 where the processor has them, else what every 64-bit one has.

#[path = "avx2.rs"]
mod avx2;
#[path = "avx512.rs"]
mod avx512;
#[path = "portable.rs"]
mod portable;

use self::avx2::Avx2;
use self::avx512::Avx512;
use crate::engine::cpu::vector::{Job, Vector};

type Portable = portable::Portable<16>;

/// Only of instructions that this processor has: they come from [`available`](Self::available).
#[derive(Clone, Copy)]
pub(super) struct Isa(Instructions);

#[derive(Clone, Copy)]
enum Instructions {
    Avx512,
    Avx2,
    Portable,
}

impl Isa {
    /// What this processor has, best first.
    pub(super) fn available() -> Vec<Self> {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = avx2 && is_x86_feature_detected!("avx512f");
        let mut found = vec![];
        found.extend(avx512.then_some(Self(Instructions::Avx512)));
        found.extend(avx2.then_some(Self(Instructions::Avx2)));
        found.push(Self(Instructions::Portable));
        found
    }

    pub(super) fn name(self) -> &'static str {
        match self.0 {
            Instructions::Avx512 => "AVX-512",
            Instructions::Avx2 => "AVX2",
            Instructions::Portable => "portable vectors",
        }
    }

    pub(super) fn lanes(self) -> usize {
        match self.0 {
            Instructions::Avx512 => Avx512::LANES,
            Instructions::Avx2 => Avx2::LANES,
            Instructions::Portable => Portable::LANES,
        }
    }

    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // Safety: the processor has been asked.
        unsafe {
            match self.0 {
                Instructions::Avx512 => avx512(job),
                Instructions::Avx2 => avx2(job),
                Instructions::Portable => job.run::<Portable>(),
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512<J: Job>(job: J) -> J::Output {
    unsafe { job.run::<Avx512>() }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<J: Job>(job: J) -> J::Output {
    unsafe { job.run::<Avx2>() }
}
