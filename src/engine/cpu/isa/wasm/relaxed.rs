//! Relaxed SIMD: a multiply-add is one instruction where the processor has one.

use std::arch::wasm32::*;

pub(super) const NAME: &str = "128-bit vectors and multiply-add";

#[inline(always)]
pub(super) fn mul_add(a: v128, b: v128, c: v128) -> v128 {
    f32x4_relaxed_madd(a, b, c)
}
