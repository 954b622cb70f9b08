//! The matrices of Winograd's filtering (Lavin and Gray, 2015), along one axis: polynomials evaluated at 0,
//! P, -P, Q, -Q and infinity. The usual points 1 and 2 save a few multiplications, but with these the
//! rounding errors are 2.5 times smaller (Barabasz et al., 2020, on why they depend on the points). P and Q
//! and their powers are exact in f32.

use crate::engine::cpu::vector::Vector;

const P: f32 = 0.75;
const Q: f32 = 1.5;
/// P and Q squared.
const PP: f32 = P * P;
const QQ: f32 = Q * Q;

/// B^T d: transforms a tile's 6 inputs.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn input<V: Vector>(d: [V; 6]) -> [V; 6] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (p, minus_p, q, minus_q) = (s(P), s(-P), s(Q), s(-Q));
        let (minus_pp, minus_qq) = (s(-PP), s(-QQ));
        let (product, minus_sum) = (s(PP * QQ), s(-PP - QQ));
        let (even_p, odd_p) = (d[2].mul_add(minus_qq, d[4]), d[1].mul_add(minus_qq, d[3]));
        let (even_q, odd_q) = (d[2].mul_add(minus_pp, d[4]), d[1].mul_add(minus_pp, d[3]));
        [
            d[0].mul_add(product, d[2].mul_add(minus_sum, d[4])),
            odd_p.mul_add(p, even_p),
            odd_p.mul_add(minus_p, even_p),
            odd_q.mul_add(q, even_q),
            odd_q.mul_add(minus_q, even_q),
            d[1].mul_add(product, d[3].mul_add(minus_sum, d[5])),
        ]
    }
}

/// A^T m: a tile's 4 outputs from its 6 sums.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn output<V: Vector>(m: [V; 6]) -> [V; 4] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (p, pp, ppp) = (s(P), s(PP), s(PP * P));
        let (q, qq, qqq) = (s(Q), s(QQ), s(QQ * Q));
        let (sum_p, difference_p) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (sum_q, difference_q) = (m[3].add(m[4]), m[3].sub(m[4]));
        [
            m[0].add(sum_p).add(sum_q),
            difference_p.mul_add(p, difference_q.mul(q)),
            sum_p.mul_add(pp, sum_q.mul(qq)),
            difference_p.mul_add(ppp, difference_q.mul_add(qqq, m[5])),
        ]
    }
}

/// A d: the transpose of [`output`], from the gradients of a tile's 4 outputs to those of its 6 sums.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn output_back<V: Vector>(d: [V; 4]) -> [V; 6] {
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let s = |x| V::splat(x);
        let (p, minus_p, pp) = (s(P), s(-P), s(PP));
        let (q, minus_q, qq) = (s(Q), s(-Q), s(QQ));
        let (even_p, odd_p) = (d[2].mul_add(pp, d[0]), d[3].mul_add(pp, d[1]));
        let (even_q, odd_q) = (d[2].mul_add(qq, d[0]), d[3].mul_add(qq, d[1]));
        [
            d[0],
            odd_p.mul_add(p, even_p),
            odd_p.mul_add(minus_p, even_p),
            odd_q.mul_add(q, even_q),
            odd_q.mul_add(minus_q, even_q),
            d[3],
        ]
    }
}

/// G: each tap's factor at each place. A point's row is divided by the product of its differences to the
/// other points.
const G: [[f64; 3]; 6] = {
    let [p, q, pp, qq] = [P as f64, Q as f64, PP as f64, QQ as f64];
    let [at_p, at_q] = [1.0 / (2.0 * pp * (pp - qq)), 1.0 / (2.0 * qq * (qq - pp))];
    [
        [1.0 / (pp * qq), 0.0, 0.0],
        [at_p, at_p * p, at_p * pp],
        [at_p, -at_p * p, at_p * pp],
        [at_q, at_q * q, at_q * qq],
        [at_q, -at_q * q, at_q * qq],
        [0.0, 0.0, 1.0],
    ]
};

/// G^T u: the gradients of 3 taps from those of the 6 places.
///
/// # Safety
/// The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn weights_back<V: Vector>(u: [V; 6]) -> [V; 3] {
    // Safety: the caller promises the instructions.
    let factor = |place: usize, tap: usize| unsafe { V::splat(G[place][tap] as f32) };
    // Safety: the caller promises the instructions; no memory is touched.
    unsafe {
        let (sum_p, difference_p) = (u[1].add(u[2]), u[1].sub(u[2]));
        let (sum_q, difference_q) = (u[3].add(u[4]), u[3].sub(u[4]));
        [
            sum_p.mul_add(factor(1, 0), sum_q.mul_add(factor(3, 0), u[0].mul(factor(0, 0)))),
            difference_p.mul_add(factor(1, 1), difference_q.mul(factor(3, 1))),
            sum_p.mul_add(factor(1, 2), sum_q.mul_add(factor(3, 2), u[5])),
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
