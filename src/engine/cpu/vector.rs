//! The operations on vectors of f32 that kernels are written in, whatever a vector's width.

use crate::graph::ops::LANES;

/// A computation for vectors of any width: each platform's `Isa::run` runs it with the instructions enabled.
pub(super) trait Job {
    type Output;
    /// # Safety
    /// The machine has `V`'s instructions, and the job's pointers are valid as far as its fields say.
    unsafe fn run<V: Vector>(self) -> Self::Output;
}

/// A vector of [`LANES`](Self::LANES) f32 elements.
///
/// Every function that takes one is inlined into the one function that has the instructions enabled.
///
/// The functions are unsafe: they may only be called where the machine has the instructions. Pointers need no
/// alignment, and are valid for all elements that are read or written: a whole vector where no count is
/// given.
pub(super) trait Vector: Copy {
    const LANES: usize;
    /// How many vector registers the machine has.
    const REGISTERS: usize;

    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    /// Reads `count` elements, a positive multiple of 4 and less than [`LANES`](Self::LANES); the other lanes
    /// are 0.
    unsafe fn load_first(from: *const f32, count: usize) -> Self;
    /// Writes `count` elements, a positive multiple of 4 and less than [`LANES`](Self::LANES).
    unsafe fn store_first(self, to: *mut f32, count: usize);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    unsafe fn div(self, other: Self) -> Self;
    /// self * factor + term, rounded once or twice.
    unsafe fn mul_add(self, factor: Self, term: Self) -> Self;
    /// Rounds each lane to the nearest integer, ties to even.
    unsafe fn round(self) -> Self;
    /// self * 2^n, where the lanes of `n` are integers. An implementation may clamp their
    /// magnitude to [`MOST_EXPONENT`].
    unsafe fn scale(self, n: Self) -> Self;
    /// The sum of all lanes.
    unsafe fn sum(self) -> f32;
    /// The sums of as many vectors as there are lanes, one after the other from `from` on: a lane for each.
    #[inline(always)]
    unsafe fn sums(from: *const f32) -> Self {
        let mut sums = [0.0; MOST_LANES];
        // Safety: the caller promises the vectors and the instructions; no vector has more than `MOST_LANES`.
        unsafe {
            for (lane, sum) in sums[..Self::LANES].iter_mut().enumerate() {
                *sum = Self::load(from.add(lane * Self::LANES)).sum();
            }
            Self::load(sums.as_ptr())
        }
    }
}

/// The most lanes of a vector.
pub(super) const MOST_LANES: usize = 16;
/// The exponent of the largest power of two whose reciprocal is a normal f32 as well.
pub(super) const MOST_EXPONENT: f32 = 126.0;
/// 1.5 * 2^23: its sum with a small integer, as f32, has that integer in its lowest bits.
pub(super) const INTEGER: f32 = 12_582_912.0;

/// Reads `count` elements, a positive multiple of 4, but at most a whole vector; the other lanes are 0.
///
/// # Safety
/// As [`Vector`] says.
#[inline(always)]
pub(super) unsafe fn load<V: Vector>(from: *const f32, count: usize) -> V {
    // Safety: the caller promises what both functions ask for: the elements, and the instructions.
    unsafe { if count >= V::LANES { V::load(from) } else { V::load_first(from, count) } }
}

/// Writes `count` elements, a positive multiple of 4, but at most a whole vector.
///
/// # Safety
/// As [`Vector`] says.
#[inline(always)]
pub(super) unsafe fn store<V: Vector>(x: V, to: *mut f32, count: usize) {
    // Safety: the caller promises what both functions ask for: the room, and the instructions.
    unsafe { if count >= V::LANES { x.store(to) } else { x.store_first(to, count) } }
}

/// Adds `count` elements, or a whole vector where that is less, to those at `to`.
///
/// # Safety
/// As [`Vector`] says.
#[inline(always)]
pub(super) unsafe fn add_to<V: Vector>(x: V, to: *mut f32, count: usize) {
    // Safety: the caller promises the elements and the instructions; no vector has more than `MOST_LANES`.
    unsafe {
        if count >= V::LANES || count.is_multiple_of(LANES) {
            store(load::<V>(to, count).add(x), to, count);
            return;
        }
        let mut all = [0.0; MOST_LANES];
        x.store(all.as_mut_ptr());
        for (i, x) in all[..count].iter().enumerate() {
            *to.add(i) += x;
        }
    }
}

/// 1 + e^-x, with a relative error of 1e-7.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
unsafe fn one_plus_exp<V: Vector>(x: V) -> V {
    // The polynomial closest to 2^f for |f| <= 1/2: a relative error of 7.5e-8.
    #[expect(clippy::approx_constant, reason = "near ln 2, but the best polynomial's own")]
    const COEFFICIENTS: [f32; 6] =
        [1.327_647_2e-3, 9.675_541e-3, 5.550_713_3e-2, 2.402_212e-1, 6.931_47e-1, 1.000_000_1];
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        // e^-x = 2^(n + f). Beyond 2^126 either way, SiLU is x or 0.
        let exponent = x.mul(V::splat(-std::f32::consts::LOG2_E));
        let n = exponent.round();
        let f = exponent.sub(n);
        let mut y = V::splat(COEFFICIENTS[0]);
        for c in &COEFFICIENTS[1..] {
            y = y.mul_add(f, V::splat(*c));
        }
        y.scale(n).add(V::splat(1.0))
    }
}

/// SiLU: x / (1 + e^-x), with an error of at most 2e-7 |x|.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn silu<V: Vector>(x: V) -> V {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe { x.div(one_plus_exp(x)) }
}

/// SiLU and its slope: with s = 1 / (1 + e^-x), x s and s + x s (1 - s).
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn silu_and_slope<V: Vector>(x: V) -> (V, V) {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let one = V::splat(1.0);
        let sigmoid = one.div(one_plus_exp(x));
        let y = x.mul(sigmoid);
        (y, y.mul_add(one.sub(sigmoid), sigmoid))
    }
}
