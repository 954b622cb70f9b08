//! AVX-512: 16 lanes.

use crate::engine::cpu::vector::Vector;
use std::arch::x86_64::*;

#[derive(Clone, Copy)]
pub(super) struct Avx512(__m512);

/// The mask of the lowest `count` lanes.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    (1 << count) - 1
}

impl Vector for Avx512 {
    const LANES: usize = 16;
    const REGISTERS: usize = 32;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_set1_ps(x)) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // Safety: the caller promises AVX-512 and 16 elements to read; the load needs no alignment.
        unsafe { Self(_mm512_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // Safety: the caller promises AVX-512 and room for 16 elements; the store needs no alignment.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, count: usize) -> Self {
        // Safety: the caller promises AVX-512 and `count` elements to read; memory under lanes that the mask
        // leaves out is not touched.
        unsafe { Self(_mm512_maskz_loadu_ps(first(count), from)) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, count: usize) {
        // Safety: the caller promises AVX-512 and room for `count` elements; memory under lanes that the mask
        // leaves out is not touched.
        unsafe { _mm512_mask_storeu_ps(to, first(count), self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_add_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_sub_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_mul_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_div_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_fmadd_ps(self.0, factor.0, term.0)) }
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_roundscale_ps::<_MM_FROUND_TO_NEAREST_INT>(self.0)) }
    }
    #[inline(always)]
    unsafe fn scale(self, n: Self) -> Self {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { Self(_mm512_scalef_ps(self.0, n.0)) }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // Safety: the caller promises AVX-512, as the trait says.
        unsafe { _mm512_reduce_add_ps(self.0) }
    }
    #[inline(always)]
    unsafe fn sums(from: *const f32) -> Self {
        // Safety: the caller promises AVX-512 and 16 vectors to read.
        unsafe {
            let v = |i: usize| _mm512_loadu_ps(from.add(16 * i));
            let halves =
                |a, b| _mm512_add_ps(_mm512_shuffle_f32x4::<0x44>(a, b), _mm512_shuffle_f32x4::<0xEE>(a, b));
            let quarters =
                |a, b| _mm512_add_ps(_mm512_shuffle_f32x4::<0x88>(a, b), _mm512_shuffle_f32x4::<0xDD>(a, b));
            let pairs =
                |a, b| _mm512_add_ps(_mm512_shuffle_ps::<0x44>(a, b), _mm512_shuffle_ps::<0xEE>(a, b));
            let ones = |a, b| _mm512_add_ps(_mm512_shuffle_ps::<0x88>(a, b), _mm512_shuffle_ps::<0xDD>(a, b));
            // Four lanes of each of vectors i, i + 4, i + 8 and i + 12, whose sums are still to be added up.
            let four = |i: usize| quarters(halves(v(i), v(i + 4)), halves(v(i + 8), v(i + 12)));
            Self(ones(pairs(four(0), four(1)), pairs(four(2), four(3))))
        }
    }
}
