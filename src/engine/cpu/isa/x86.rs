//! x86: AVX-512 or AVX2 where the processor has them, else SSE2, which every 64-bit processor has.

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

/// An instruction set that this processor has: values come from [`available`](Self::available) alone.
#[derive(Clone, Copy)]
pub(super) struct Isa(Instructions);

#[derive(Clone, Copy)]
enum Instructions {
    Avx512,
    Avx2,
    Portable,
}

impl Isa {
    /// The instruction sets that this processor has, widest vectors first.
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
        // Safety: only `available` makes an `Isa`, after asking the processor for its instructions; whoever
        // made the job promises that its pointers are valid.
        unsafe {
            match self.0 {
                Instructions::Avx512 => avx512(job),
                Instructions::Avx2 => avx2(job),
                Instructions::Portable => job.run::<Portable>(),
            }
        }
    }
}

/// # Safety
/// The processor has AVX-512F, AVX2 and FMA, and the job's pointers are valid.
#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn avx512<J: Job>(job: J) -> J::Output {
    // Safety: the caller promises what the job asks for, and these are all the instructions of `Avx512`.
    unsafe { job.run::<Avx512>() }
}

/// # Safety
/// The processor has AVX2 and FMA, and the job's pointers are valid.
#[target_feature(enable = "avx2,fma")]
unsafe fn avx2<J: Job>(job: J) -> J::Output {
    // Safety: the caller promises what the job asks for, and these are all the instructions of `Avx2`.
    unsafe { job.run::<Avx2>() }
}
