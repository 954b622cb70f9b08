//! The SIMD that every browser has: a multiply-add is a product, then a sum.

use std::arch::wasm32::*;

pub(super) const NAME: &str = "128-bit vectors";

#[inline(always)]
pub(super) fn mul_add(a: v128, b: v128, c: v128) -> v128 {
    f32x4_add(f32x4_mul(a, b), c)
}
