//! x86: AVX-512 or AVX2 where the processor has them, else what every 64-bit one has.

#[path = "avx2.rs"]
mod avx2;
#[path = "avx512.rs"]
mod avx512;
#[path = "portable.rs"]
mod portable;

use self::avx2::Avx2;
use self::avx512::Avx512;
use crate::engine::cpu::program::{Memory, Program};
use crate::engine::cpu::vector::{Isa, Vector};

const AVX512: Isa = Isa { name: "AVX-512", lanes: Avx512::LANES, run: run_avx512 };
const AVX2: Isa = Isa { name: "AVX2", lanes: Avx2::LANES, run: run_avx2 };

/// What this processor has, best first.
pub(super) fn available() -> Vec<Isa> {
    let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
    let avx512 = avx2 && is_x86_feature_detected!("avx512f");
    let mut found = vec![];
    found.extend(avx512.then_some(AVX512));
    found.extend(avx2.then_some(AVX2));
    found.extend(portable::available());
    found
}

#[target_feature(enable = "avx512f,avx2,fma")]
unsafe fn run_avx512(program: &Program, x_t: &[f32], time: &[f32], eps: &mut [f32], memory: &mut Memory) {
    unsafe { program.run::<Avx512>(x_t, time, eps, memory) }
}

#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(program: &Program, x_t: &[f32], time: &[f32], eps: &mut [f32], memory: &mut Memory) {
    unsafe { program.run::<Avx2>(x_t, time, eps, memory) }
}
