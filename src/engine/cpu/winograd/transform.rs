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

/// G: a tap's share in each place.
const G: [[f64; 3]; 6] = [
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
    let place = |row: &[f64; 3], column: &[f64; 3], pair: usize| {
        let term = |tap: usize| row[tap / 3] * column[tap % 3] * f64::from(taps[tap * pairs + pair]);
        (0..9).map(term).sum::<f64>() as f32
    };
    let places = G.iter().flat_map(|row| G.iter().map(move |column| (row, column)));
    places.flat_map(|(row, column)| (0..pairs).map(move |pair| place(row, column, pair))).collect()
}
