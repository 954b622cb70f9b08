//! WebAssembly's 128-bit vectors: 4 lanes.

#[cfg(target_feature = "relaxed-simd")]
#[path = "wasm/relaxed.rs"]
mod madd;
#[cfg(not(target_feature = "relaxed-simd"))]
#[path = "wasm/simd128.rs"]
mod madd;

use crate::engine::cpu::vector::{INTEGER, Job, MOST_EXPONENT, Vector};
use std::arch::wasm32::*;

#[derive(Clone, Copy)]
pub(super) struct Isa;

impl Isa {
    pub(super) fn available() -> Vec<Self> {
        vec![Self]
    }

    pub(super) fn name(self) -> &'static str {
        madd::NAME
    }

    pub(super) fn lanes(self) -> usize {
        Simd128::LANES
    }

    /// Each job is a function of its own: a browser compiles functions well one by one, the busiest first, and a
    /// function that runs stays as it is until it is called again.
    #[inline(never)]
    pub(super) fn run<J: Job>(self, job: J) -> J::Output {
        // Safety: a browser validates a program before it starts, and refuses unknown instructions; whoever
        // made the job promises that its pointers are valid.
        unsafe { job.run::<Simd128>() }
    }
}

#[derive(Clone, Copy)]
struct Simd128(v128);

impl Vector for Simd128 {
    const LANES: usize = 4;
    /// WebAssembly does not say how many there are; most machines under it have 16.
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self(f32x4_splat(x))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // Safety: the caller promises 4 elements to read; the load needs no alignment.
        unsafe { Self(v128_load(from.cast())) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // Safety: the caller promises room for 4 elements; the store needs no alignment.
        unsafe { v128_store(to.cast(), self.0) }
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
        Self(f32x4_add(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        Self(madd::mul_add(self.0, factor.0, term.0))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(f32x4_nearest(self.0))
    }
    #[inline(always)]
    unsafe fn scale(self, n: Self) -> Self {
        let n = f32x4_pmax(f32x4_pmin(n.0, f32x4_splat(MOST_EXPONENT)), f32x4_splat(-MOST_EXPONENT));
        let n = f32x4_add(n, f32x4_splat(INTEGER));
        Self(i32x4_add(i32x4_shl(n, 23), self.0))
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let pairs = [f32x4_extract_lane::<0>(self.0), f32x4_extract_lane::<2>(self.0)];
        let others = [f32x4_extract_lane::<1>(self.0), f32x4_extract_lane::<3>(self.0)];
        (pairs[0] + others[0]) + (pairs[1] + others[1])
    }
}
