//! AVX2 and FMA: 8 lanes.

use crate::engine::cpu::vector::{INTEGER, MOST_EXPONENT, Vector};
use std::arch::x86_64::*;

#[derive(Clone, Copy)]
pub(super) struct Avx2(__m256);

impl Vector for Avx2 {
    const LANES: usize = 8;
    const REGISTERS: usize = 16;

    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_set1_ps(x)) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // Safety: the caller promises AVX2 and 8 elements to read; the load needs no alignment.
        unsafe { Self(_mm256_loadu_ps(from)) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // Safety: the caller promises AVX2 and room for 8 elements; the store needs no alignment.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn load_first(from: *const f32, _: usize) -> Self {
        // Safety: the caller promises AVX2 and `count` elements to read, which are 4: below 8, no other
        // positive multiple of 4 is left.
        unsafe { Self(_mm256_zextps128_ps256(_mm_loadu_ps(from))) }
    }
    #[inline(always)]
    unsafe fn store_first(self, to: *mut f32, _: usize) {
        // Safety: the caller promises AVX2 and room for `count` elements, which are 4: see `load_first`.
        unsafe { _mm_storeu_ps(to, _mm256_castps256_ps128(self.0)) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_add_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_sub_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_mul_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_div_ps(self.0, other.0)) }
    }
    #[inline(always)]
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_fmadd_ps(self.0, factor.0, term.0)) }
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe { Self(_mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self.0)) }
    }
    #[inline(always)]
    unsafe fn scale(self, n: Self) -> Self {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe {
            let n = _mm256_min_ps(n.0, _mm256_set1_ps(MOST_EXPONENT));
            let n = _mm256_max_ps(n, _mm256_set1_ps(-MOST_EXPONENT));
            let n = _mm256_castps_si256(_mm256_add_ps(n, _mm256_set1_ps(INTEGER)));
            let scaled = _mm256_add_epi32(_mm256_slli_epi32::<23>(n), _mm256_castps_si256(self.0));
            Self(_mm256_castsi256_ps(scaled))
        }
    }
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        // Safety: the caller promises AVX2 and FMA, as the trait says.
        unsafe {
            let x = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let x = _mm_add_ps(x, _mm_movehl_ps(x, x));
            _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)))
        }
    }
    #[inline(always)]
    unsafe fn sums(from: *const f32) -> Self {
        // Safety: the caller promises AVX2 and FMA, and 8 vectors to read.
        unsafe {
            let v = |i: usize| _mm256_loadu_ps(from.add(8 * i));
            let halves = |a, b| {
                _mm256_add_ps(_mm256_permute2f128_ps::<0x20>(a, b), _mm256_permute2f128_ps::<0x31>(a, b))
            };
            let pairs =
                |a, b| _mm256_add_ps(_mm256_shuffle_ps::<0x44>(a, b), _mm256_shuffle_ps::<0xEE>(a, b));
            let ones = |a, b| _mm256_add_ps(_mm256_shuffle_ps::<0x88>(a, b), _mm256_shuffle_ps::<0xDD>(a, b));
            // Four lanes of each of vectors i and i + 4, whose sums are still to be added up.
            let four = |i: usize| halves(v(i), v(i + 4));
            Self(ones(pairs(four(0), four(1)), pairs(four(2), four(3))))
        }
    }
}
