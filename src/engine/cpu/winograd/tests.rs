//! The transforms along an axis, for each number of outputs that a tile may have.

use super::transform::{G, input, kept, left_out, output, output_back};
use super::{M, SIDE};
use crate::core::noise::{self, Use};
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::vector::{Job, Vector};

fn numbers<const COUNT: usize>(seed: u64) -> [f32; COUNT] {
    let mut rng = noise::stream(seed, Use::Forward, 0, 0);
    std::array::from_fn(|_| noise::symmetric(&mut rng, 1.0))
}

/// `some` numbers, and NaN for the others: what must not be read.
fn only<const COUNT: usize>(some: std::ops::Range<usize>, numbers: [f32; COUNT]) -> [f32; COUNT] {
    std::array::from_fn(|i| if some.contains(&i) { numbers[i] } else { f32::NAN })
}

/// The transforms of a tile with `R` outputs: of inputs, sums and gradients.
struct Transforms<const R: usize> {
    inputs: [f32; SIDE],
    sums: [f32; SIDE],
    gradients: [f32; M],
}

impl<const R: usize> Job for Transforms<R> {
    type Output = ([f32; SIDE], [f32; M], [f32; SIDE]);

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> Self::Output {
        // Safety: the caller promises the instructions.
        unsafe {
            let (inputs, sums) = (self.inputs.map(|x| V::splat(x)), self.sums.map(|x| V::splat(x)));
            let gradients = self.gradients.map(|x| V::splat(x));
            let first = |x: V| x.sum() / V::LANES as f32;
            (
                input::<V, R>(inputs).map(first),
                output::<V, R>(sums).map(first),
                output_back::<V, R>(gradients).map(first),
            )
        }
    }
}

fn check<const R: usize>() {
    let taps: [f32; 3] = numbers(1);
    let all: [f32; SIDE] = numbers(2);
    let gradients = only(0..R, numbers(3));
    let sums = only(kept(R), numbers(4));
    let inputs = only(0..R + 2, all);
    let factors = G.map(|row| row.iter().zip(taps).map(|(g, tap)| *g as f32 * tap).sum::<f32>());
    for isa in Isa::available() {
        let (transformed, outputs, back) = isa.run(Transforms::<R> { inputs, sums, gradients });
        let products = std::array::from_fn(|place| transformed[place] * factors[place]);
        let products = only(kept(R), products);
        let (_, convolved, _) = isa.run(Transforms::<R> { inputs, sums: products, gradients });
        for y in 0..R {
            let expected: f32 = (0..3).map(|tap| taps[tap] * all[y + tap]).sum();
            assert!((convolved[y] - expected).abs() < 1e-6, "{}, {R}: output {y}", isa.name());
        }
        // The way back is the transpose.
        let forth: f32 = (0..R).map(|y| outputs[y] * gradients[y]).sum();
        let back: f32 = kept(R).map(|place| sums[place] * back[place]).sum();
        assert!((forth - back).abs() < 1e-5, "{}, {R}: {forth} and {back}", isa.name());
    }
    assert_eq!(kept(R).len(), R + 2);
    let mut places: Vec<usize> = kept(R).chain(left_out(R)).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn tiles_of_every_number_of_outputs_convolve() {
    check::<1>();
    check::<2>();
    check::<3>();
    check::<4>();
}
