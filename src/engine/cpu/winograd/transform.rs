//! The matrices of Winograd's filtering (Lavin and Gray, 2015), along one axis: polynomials evaluated at Q, -Q,
//! infinity, P, -P and 0. The usual points 1 and 2 save a few multiplications, but with these the rounding
//! errors are 2.5 times smaller (Barabasz et al., 2020, on why they depend on the points). P and Q and their
//! powers are exact in f32.
//!
//! An axis's last tile may have fewer than 4 outputs within the image. Such a tile needs as many inputs fewer, and
//! as many points: [`kept`]. The taps' polynomials have the same values at those, but for a factor that depends
//! on what the other points are. The transform of the inputs makes up for it, so that all tiles share their
//! weights. Here `R` is how many outputs a tile has; in arrays of 6, only its `R + 2` inputs are read, and only the
//! places that it keeps are read and made.

use super::SIDE;
use crate::engine::cpu::vector::Vector;
use std::ops::Range;

const P: f32 = 0.75;
const Q: f32 = 1.5;
/// P and Q squared.
const PP: f32 = P * P;
const QQ: f32 = Q * Q;

/// The places that a tile of so many outputs keeps along an axis.
pub(super) const fn kept(outputs: usize) -> Range<usize> {
    match outputs {
        1 => 3..SIDE,
        2 => 2..SIDE,
        3 => 0..SIDE - 1,
        _ => 0..SIDE,
    }
}

/// The places that it leaves out.
pub(super) const fn left_out(outputs: usize) -> Range<usize> {
    let Range { start, end } = kept(outputs);
    if end < SIDE { end..SIDE } else { 0..start }
}

/// Runs an expression with a tile's outputs as a constant, where they are one of some numbers.
macro_rules! with_outputs {
    ($outputs:expr, $constant:ident in $($number:literal)* => $body:expr) => {
        match $outputs {
            $($number => {
                const $constant: usize = $number;
                $body
            })*
            _ => (),
        }
    };
}
pub(super) use with_outputs;

/// B^T d: transforms a tile's inputs.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn input<V: Vector, const R: usize>(d: [V; SIDE]) -> [V; SIDE] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (zero, product, minus_sum) = (s(0.0), s(PP * QQ), s(-PP - QQ));
        if R <= 2 {
            let (even, odd) = (d[2].mul(s(PP - QQ)), d[1]);
            return [
                zero,
                zero,
                d[1].mul_add(s(-PP), d[3]),
                odd.mul_add(s(P * (PP - QQ)), even),
                odd.mul_add(s(P * (QQ - PP)), even),
                d[0].mul_add(product, d[2].mul(s(-QQ))),
            ];
        }
        let (odd_p, odd_q) = (d[1].mul_add(s(-QQ), d[3]), d[1].mul_add(s(-PP), d[3]));
        let (even_p, even_q, infinity) = if R == 3 {
            (
                d[0].mul_add(s(-PP * QQ), d[2].mul(s(PP))),
                d[0].mul_add(s(-PP * QQ), d[2].mul(s(QQ))),
                d[0].mul_add(product, d[2].mul_add(minus_sum, d[4])),
            )
        } else {
            (
                d[2].mul_add(s(-QQ), d[4]),
                d[2].mul_add(s(-PP), d[4]),
                d[1].mul_add(product, d[3].mul_add(minus_sum, d[5])),
            )
        };
        [
            odd_q.mul_add(s(Q), even_q),
            odd_q.mul_add(s(-Q), even_q),
            infinity,
            odd_p.mul_add(s(P), even_p),
            odd_p.mul_add(s(-P), even_p),
            d[0].mul_add(product, d[2].mul_add(minus_sum, d[4])),
        ]
    }
}

/// A^T m: a tile's outputs, the first `R` of 4, from its sums. The sum at infinity is part of the last one alone.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn output<V: Vector, const R: usize>(m: [V; SIDE]) -> [V; 4] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (p, pp, ppp) = (s(P), s(PP), s(PP * P));
        let (q, qq, qqq) = (s(Q), s(QQ), s(QQ * Q));
        let [m_q, minus_q, infinity, m_p, minus_p, at_0] = m;
        let (sum_p, difference_p) = (m_p.add(minus_p), m_p.sub(minus_p));
        let (sum_q, difference_q) = (m_q.add(minus_q), m_q.sub(minus_q));
        let zero = s(0.0);
        match R {
            1 => [at_0.add(sum_p), zero, zero, zero],
            2 => [at_0.add(sum_p), difference_p.mul_add(p, infinity), zero, zero],
            3 => [
                sum_p.add(sum_q),
                difference_p.mul_add(p, difference_q.mul(q)),
                sum_p.mul_add(pp, sum_q.mul_add(qq, infinity)),
                zero,
            ],
            _ => [
                at_0.add(sum_p).add(sum_q),
                difference_p.mul_add(p, difference_q.mul(q)),
                sum_p.mul_add(pp, sum_q.mul(qq)),
                difference_p.mul_add(ppp, difference_q.mul_add(qqq, infinity)),
            ],
        }
    }
}

/// The outputs of sums that lie `next` f32 elements apart from place to place.
///
/// # Safety
/// At `sums` and at each further place that a tile with `R` outputs keeps, there is a vector. The machine has `V`'s
/// instructions.
#[inline(always)]
pub(super) unsafe fn output_of<V: Vector, const R: usize>(sums: *const f32, next: usize) -> [V; 4] {
    // Safety: the caller promises the vectors and the instructions.
    unsafe {
        let mut m = [V::splat(0.0); SIDE];
        for place in kept(R) {
            m[place] = V::load(sums.add(place * next));
        }
        output::<V, R>(m)
    }
}

/// A d: the transpose of [`output`], from the gradients of a tile's outputs, the first `R` of 4, to those of its
/// sums.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn output_back<V: Vector, const R: usize>(d: [V; 4]) -> [V; SIDE] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (pp, qq) = (s(PP), s(QQ));
        let (even_p, even_q) =
            if R < 3 { (d[0], d[0]) } else { (d[2].mul_add(pp, d[0]), d[2].mul_add(qq, d[0])) };
        let (odd_p, odd_q) =
            if R < 4 { (d[1], d[1]) } else { (d[3].mul_add(pp, d[1]), d[3].mul_add(qq, d[1])) };
        let at = |even: V, odd: V, x: f32| if R == 1 { even } else { odd.mul_add(s(x), even) };
        [
            at(even_q, odd_q, Q),
            at(even_q, odd_q, -Q),
            d[R - 1],
            at(even_p, odd_p, P),
            at(even_p, odd_p, -P),
            d[0],
        ]
    }
}

/// G: each tap's factor at each place. A point's row is divided by the product of its differences to the
/// other points.
pub(super) const G: [[f64; 3]; SIDE] = {
    let [p, q, pp, qq] = [P as f64, Q as f64, PP as f64, QQ as f64];
    let [at_p, at_q] = [1.0 / (2.0 * pp * (pp - qq)), 1.0 / (2.0 * qq * (qq - pp))];
    [
        [at_q, at_q * q, at_q * qq],
        [at_q, -at_q * q, at_q * qq],
        [0.0, 0.0, 1.0],
        [at_p, at_p * p, at_p * pp],
        [at_p, -at_p * p, at_p * pp],
        [1.0 / (pp * qq), 0.0, 0.0],
    ]
};

/// G^T u: the gradients of 3 taps from those of the 6 places.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn weights_back<V: Vector>(u: [V; SIDE]) -> [V; 3] {
    // Safety: the caller promises the instructions.
    let factor = |place: usize, tap: usize| unsafe { V::splat(G[place][tap] as f32) };
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let (sum_q, difference_q) = (u[0].add(u[1]), u[0].sub(u[1]));
        let (sum_p, difference_p) = (u[3].add(u[4]), u[3].sub(u[4]));
        [
            sum_p.mul_add(factor(3, 0), sum_q.mul_add(factor(0, 0), u[5].mul(factor(5, 0)))),
            difference_p.mul_add(factor(3, 1), difference_q.mul(factor(0, 1))),
            sum_p.mul_add(factor(3, 2), sum_q.mul_add(factor(0, 2), u[2])),
        ]
    }
}

/// G g G^T for each pair of channels: from [tap y, tap x, pair] to [place y, place x, pair]. It is computed
/// in f64, so that it rounds to f32 only once.
pub(super) fn weights(taps: &[f32]) -> Vec<f32> {
    let pairs = taps.len() / 9;
    let taps: Vec<f64> = taps.iter().map(|tap| f64::from(*tap)).collect();
    let mut rows = vec![0.0; 6 * 3 * pairs];
    let mut places = vec![0.0; 36 * pairs];
    // Down each column of taps, then along each row.
    for (row, to) in G.iter().zip(rows.chunks_exact_mut(3 * pairs)) {
        combine(row, std::array::from_fn(|y| &taps[3 * y * pairs..][..3 * pairs]), to);
    }
    for (row, to) in rows.chunks_exact(3 * pairs).zip(places.chunks_exact_mut(6 * pairs)) {
        for (column, to) in G.iter().zip(to.chunks_exact_mut(pairs)) {
            combine(column, std::array::from_fn(|x| &row[x * pairs..][..pairs]), to);
        }
    }
    places.into_iter().map(|place: f64| place as f32).collect()
}

/// `to` = the sum of the three vectors, each times its factor.
fn combine(factors: &[f64; 3], from: [&[f64]; 3], to: &mut [f64]) {
    let [a, b, c] = from;
    for (((to, a), b), c) in to.iter_mut().zip(a).zip(b).zip(c) {
        *to = factors[0] * a + factors[1] * b + factors[2] * c;
    }
}
