//! What a kernel needs of a vector of f32, whatever its width.

use super::program::{Memory, Program};

/// A way to run a program: the instructions it takes, and how wide their vectors are.
#[derive(Clone, Copy)]
pub(super) struct Isa {
    pub(super) name: &'static str,
    pub(super) lanes: usize,
    /// x_t, time embeddings, eps.
    pub(super) run: unsafe fn(&Program, &[f32], &[f32], &mut [f32], &mut Memory),
}

/// A vector of [`LANES`](Self::LANES) numbers.
///
/// Every function that takes one is inlined into the one function that has the instructions enabled:
/// it must only be called where the machine has them. Pointers need no alignment, and are valid for
/// all the numbers that are read or written.
pub(super) trait Vector: Copy {
    const LANES: usize;
    /// How many vectors the machine holds at once.
    const REGISTERS: usize;

    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// Reads `count` numbers, a multiple of 4 and less than [`LANES`](Self::LANES); the rest are 0.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes `count` numbers, a multiple of 4 and less than [`LANES`](Self::LANES).
    unsafe fn store_first(self, to: *mut f32, count: usize);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// self * factor + term, rounded once or twice.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    /// 2^n, where the lowest bits of `self` are the integer n in -126..=127.
    unsafe fn power_of_two(self) -> Self;
    /// Of all lanes.
    unsafe fn sum(self) -> f32;
}

/// Reads `count` numbers, at most a whole vector and a multiple of 4.
#[inline(always)]
pub(super) unsafe fn load<V: Vector>(from: *const f32, count: usize) -> V {
    unsafe { if count >= V::LANES { V::load(from) } else { V::load_first(from, count) } }
}

/// Writes `count` numbers, at most a whole vector and a multiple of 4.
#[inline(always)]
pub(super) unsafe fn store<V: Vector>(x: V, to: *mut f32, count: usize) {
    unsafe { if count >= V::LANES { x.store(to) } else { x.store_first(to, count) } }
}

/// e^x to a relative error of 2e-7, for x in -87..=88.
#[inline(always)]
unsafe fn exp<V: Vector>(x: V) -> V {
    // Cephes' expf: x = n ln 2 + r with |r| <= ln 2 / 2, ln 2 in two parts, and a polynomial for e^r.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    const COEFFICIENTS: [f32; 6] =
        [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    // Adding it leaves the nearest integer in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    unsafe {
        let bits = x.mul_add(V::splat(std::f32::consts::LOG2_E), V::splat(ROUND));
        let n = bits.sub(V::splat(ROUND));
        let r = n.mul_add(V::splat(-LN_2[0]), x);
        let r = n.mul_add(V::splat(-LN_2[1]), r);
        let mut y = V::splat(COEFFICIENTS[0]);
        for c in &COEFFICIENTS[1..] {
            y = y.mul_add(r, V::splat(*c));
        }
        let y = y.mul_add(r.mul(r), r.add(V::splat(1.0)));
        y.mul(bits.power_of_two())
    }
}

/// x / (1 + e^-x).
#[inline(always)]
pub(super) unsafe fn silu<V: Vector>(x: V) -> V {
    unsafe {
        let minus = V::splat(0.0).sub(x).min(V::splat(87.0)).max(V::splat(-87.0));
        x.div(exp(minus).add(V::splat(1.0)))
    }
}
