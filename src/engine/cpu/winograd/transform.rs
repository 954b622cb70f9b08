//! The matrices of Winograd's filtering (Lavin and Gray, 2015), along one axis.

use crate::engine::cpu::vector::Vector;

/// B^T d: a tile's 6 inputs.
#[inline(always)]
pub(super) unsafe fn input<V: Vector>(d: [V; 6]) -> [V; 6] {
    unsafe {
        let [two, four, minus_four] = [2.0, 4.0, -4.0].map(|x| V::splat(x));
        let even = d[2].mul_add(minus_four, d[4]);
        let odd = d[1].mul_add(minus_four, d[3]);
        let [d_02, d_31, d_42, d_53] = [d[0].sub(d[2]), d[3].sub(d[1]), d[4].sub(d[2]), d[5].sub(d[3])];
        let twice = d_31.mul(two);
        [
            d_02.mul_add(four, d_42),
            even.add(odd),
            even.sub(odd),
            d_42.add(twice),
            d_42.sub(twice),
            d_31.mul_add(minus_four, d_53),
        ]
    }
}

/// A^T m: a tile's 4 outputs from 6 sums.
#[inline(always)]
pub(super) unsafe fn output<V: Vector>(m: [V; 6]) -> [V; 4] {
    unsafe {
        let [two, four, eight] = [2.0, 4.0, 8.0].map(|x| V::splat(x));
        let (sum_1, difference_1) = (m[1].add(m[2]), m[1].sub(m[2]));
        let (sum_2, difference_2) = (m[3].add(m[4]), m[3].sub(m[4]));
        [
            m[0].add(sum_1).add(sum_2),
            difference_2.mul_add(two, difference_1),
            sum_2.mul_add(four, sum_1),
            difference_2.mul_add(eight, difference_1).add(m[5]),
        ]
    }
}

/// A d: the transpose of [`output`], a tile's 4 gradients to its 6 sums.
#[inline(always)]
#[cfg_attr(not(feature = "native"), expect(dead_code, reason = "training's"))]
pub(super) unsafe fn output_back<V: Vector>(d: [V; 4]) -> [V; 6] {
    unsafe {
        let [two, four] = [2.0, 4.0].map(|x| V::splat(x));
        let (even, odd) = (d[0].add(d[2]), d[1].add(d[3]));
        let (even_2, odd_2) = (d[2].mul_add(four, d[0]), d[3].mul_add(four, d[1]).mul(two));
        [d[0], even.add(odd), even.sub(odd), even_2.add(odd_2), even_2.sub(odd_2), d[3]]
    }
}

/// G^T u: what 6 places mean for 3 taps.
#[inline(always)]
#[cfg_attr(not(feature = "native"), expect(dead_code, reason = "training's"))]
pub(super) unsafe fn weights_back<V: Vector>(u: [V; 6]) -> [V; 3] {
    unsafe {
        let [quarter, sixth, half] = [0.25, 1.0 / 6.0, 0.5].map(|x| V::splat(x));
        let [sum_1, sum_2] = [u[1].add(u[2]), u[3].add(u[4])];
        let [difference_1, difference_2] = [u[2].sub(u[1]), u[3].sub(u[4])];
        [
            sum_2.mul_add(quarter, V::splat(0.0).sub(sum_1)).mul_add(sixth, u[0].mul(quarter)),
            difference_2.mul_add(half, difference_1).mul(sixth),
            sum_2.sub(sum_1).mul_add(sixth, u[5]),
        ]
    }
}

/// G: a tap's share in each place.
const G: [[f32; 3]; 6] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// G g G^T for each pair of channels: from [tap y, tap x, pair] to [place y, place x, pair].
pub(super) fn weights(taps: &[f32]) -> Vec<f32> {
    let pairs = taps.len() / 9;
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
    places
}

fn combine(factors: &[f32; 3], from: [&[f32]; 3], to: &mut [f32]) {
    let [a, b, c] = from;
    for (((to, a), b), c) in to.iter_mut().zip(a).zip(b).zip(c) {
        *to = factors[0] * a + factors[1] * b + factors[2] * c;
    }
}
