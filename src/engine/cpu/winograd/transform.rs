//! The matrices of Winograd's filtering (Lavin and Gray, 2015), along one axis.

use crate::engine::cpu::vector::Vector;

/// B^T d: a tile's M + 2 inputs.
#[inline(always)]
pub(super) unsafe fn input<V: Vector, const M: usize>(d: [V; 6]) -> [V; 6] {
    unsafe { if M == 2 { input_2(d) } else { input_4(d) } }
}

/// A^T m: a tile's M outputs from M + 2 sums.
#[inline(always)]
pub(super) unsafe fn output<V: Vector, const M: usize>(m: [V; 6]) -> [V; 4] {
    unsafe { if M == 2 { output_2(m) } else { output_4(m) } }
}

#[inline(always)]
unsafe fn input_2<V: Vector>(d: [V; 6]) -> [V; 6] {
    unsafe { [d[0].sub(d[2]), d[1].add(d[2]), d[2].sub(d[1]), d[1].sub(d[3]), d[4], d[5]] }
}

#[inline(always)]
unsafe fn output_2<V: Vector>(m: [V; 6]) -> [V; 4] {
    unsafe { [m[0].add(m[1]).add(m[2]), m[1].sub(m[2]).sub(m[3]), m[4], m[5]] }
}

#[inline(always)]
unsafe fn input_4<V: Vector>(d: [V; 6]) -> [V; 6] {
    unsafe {
        let [two, four, minus_four, minus_five] = [2.0, 4.0, -4.0, -5.0].map(|x| V::splat(x));
        let even = d[2].mul_add(minus_four, d[4]);
        let odd = d[1].mul_add(minus_four, d[3]);
        let difference = d[4].sub(d[2]);
        let twice = d[3].sub(d[1]).mul(two);
        [
            d[0].mul_add(four, d[2].mul_add(minus_five, d[4])),
            even.add(odd),
            even.sub(odd),
            difference.add(twice),
            difference.sub(twice),
            d[1].mul_add(four, d[3].mul_add(minus_five, d[5])),
        ]
    }
}

#[inline(always)]
unsafe fn output_4<V: Vector>(m: [V; 6]) -> [V; 4] {
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

/// G of F(2, 3) and F(4, 3).
const G_2: [[f64; 3]; 4] = [[1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.0, 0.0, 1.0]];
const G_4: [[f64; 3]; 6] = [
    [1.0 / 4.0, 0.0, 0.0],
    [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
    [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
    [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
    [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
    [0.0, 0.0, 1.0],
];

/// G g G^T for each pair of channels: from [tap y, tap x, pair] to [place y, place x, pair].
pub(super) fn weights<const M: usize>(taps: &[f32]) -> Vec<f32> {
    let g: &[[f64; 3]] = if M == 2 { &G_2 } else { &G_4 };
    let pairs = taps.len() / 9;
    let place = |row: &[f64; 3], column: &[f64; 3], pair: usize| {
        let term = |tap: usize| row[tap / 3] * column[tap % 3] * f64::from(taps[tap * pairs + pair]);
        (0..9).map(term).sum::<f64>() as f32
    };
    let places = g.iter().flat_map(|row| g.iter().map(move |column| (row, column)));
    places.flat_map(|(row, column)| (0..pairs).map(move |pair| place(row, column, pair))).collect()
}
