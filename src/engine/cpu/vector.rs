//! What a kernel needs of a vector of f32, whatever its width.

/// Work for vectors of any width: each platform's `Isa::run` does it with the instructions enabled.
pub(super) trait Job {
    type Output;
    /// # Safety
    /// The machine has `V`'s instructions.
    unsafe fn run<V: Vector>(self) -> Self::Output;
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
    /// The nearest integers.
    unsafe fn round(self) -> Self;
    /// self * 2^n, where `n` are integers; those beyond [`MOST_EXPONENT`] count as that, or as they are.
    unsafe fn scale(self, n: Self) -> Self;
    /// Of all lanes.
    unsafe fn sum(self) -> f32;
}

/// Of the largest power of two that f32 holds and whose reciprocal it holds too, without losing bits.
pub(super) const MOST_EXPONENT: f32 = 126.0;
/// Added to an integer, it leaves that in the lowest bits.
pub(super) const INTEGER: f32 = 12_582_912.0;

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

/// 1 + e^-x, to 1e-7 of itself.
#[inline(always)]
unsafe fn one_plus_exp<V: Vector>(x: V) -> V {
    // The polynomial closest to 2^f for |f| <= 1/2: a relative error of 7.5e-8.
    #[expect(clippy::approx_constant, reason = "near ln 2, but the best polynomial's own")]
    const COEFFICIENTS: [f32; 6] =
        [1.327_647_2e-3, 9.675_541e-3, 5.550_713_3e-2, 2.402_212e-1, 6.931_47e-1, 1.000_000_1];
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

/// x / (1 + e^-x), to 2e-7 of x.
#[inline(always)]
pub(super) unsafe fn silu<V: Vector>(x: V) -> V {
    unsafe { x.div(one_plus_exp(x)) }
}

/// SiLU and its slope: with s = 1 / (1 + e^-x), x s and s + x s (1 - s).
#[inline(always)]
pub(super) unsafe fn silu_and_slope<V: Vector>(x: V) -> (V, V) {
    unsafe {
        let one = V::splat(1.0);
        let sigmoid = one.div(one_plus_exp(x));
        let y = x.mul(sigmoid);
        (y, y.mul_add(one.sub(sigmoid), sigmoid))
    }
}
