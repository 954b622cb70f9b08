//! 4 lanes of whatever the compiler may take for granted: SSE2 on x86, NEON on 64-bit Arm.

use crate::engine::cpu::vector::{INTEGER, MOST_EXPONENT, Vector};
use std::mem::transmute;
use wide::{f32x4, i32x4};

#[derive(Clone, Copy)]
pub(super) struct Portable<const REGISTERS: usize>(f32x4);

impl<const REGISTERS: usize> Vector for Portable<REGISTERS> {
    const LANES: usize = 4;
    const REGISTERS: usize = REGISTERS;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self(f32x4::splat(x))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // Safety: the caller promises 4 elements to read, of which any bits make an `f32x4`.
        unsafe { Self(from.cast::<f32x4>().read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // Safety: the caller promises room for 4 elements; the write needs no alignment.
        unsafe { to.cast::<f32x4>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn load_first(_: *const f32, _: usize) -> Self {
        unreachable!("no multiple of 4 is less than 4 lanes")
    }
    #[inline(always)]
    unsafe fn store_first(self, _: *mut f32, _: usize) {
        unreachable!("no multiple of 4 is less than 4 lanes")
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(self.0.mul_add(factor.0, term.0))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(self.0.round_ties_even())
    }
    #[inline(always)]
    unsafe fn scale(self, n: Self) -> Self {
        let most = f32x4::splat(MOST_EXPONENT);
        let n = n.0.fast_min(most).fast_max(-most) + f32x4::splat(INTEGER);
        // Safety: both types are 16 bytes, and any bits are valid integers.
        let bits = |x: f32x4| unsafe { transmute::<f32x4, i32x4>(x) };
        // Safety: both types are 16 bytes, and any bits are valid floats.
        unsafe { Self(transmute::<i32x4, f32x4>(bits(self.0) + (bits(n) << 23))) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        self.0.reduce_add()
    }
}
