//! The inner loop for interleaved images: an input is a vector, one number of each image, and a weight is the
//! same for all of them.

use super::Product;
use crate::engine::cpu::aligned::Aligned;
use crate::engine::cpu::vector::Vector;

/// The most outputs of a block.
const OUTPUTS: usize = 5;

/// The most pixels of a block: with 5 outputs, as many sums as leave registers for the inputs and a weight.
#[inline(always)]
const fn most_pixels<V: Vector>() -> usize {
    if V::REGISTERS < 32 { 2 } else { 4 }
}

/// Each number once for each image.
pub(in crate::engine::cpu) fn repeat(numbers: &[f32], images: usize) -> Aligned {
    let all: Vec<f32> = numbers.iter().flat_map(|number| std::iter::repeat_n(*number, images)).collect();
    Aligned::from(&all[..])
}

impl Product<'_> {
    /// Computes all products, [pixel, output, image].
    ///
    /// # Safety
    /// The pointers are valid as far as the fields say, each input's weights are `outputs` numbers, and the
    /// machine has `V`'s instructions.
    #[inline(always)]
    pub(in crate::engine::cpu) unsafe fn run_interleaved<V: Vector>(self, outputs: usize) {
        let mut done = 0;
        while done < self.pixels {
            let rest = self.pixels - done;
            let pixels = rest.div_ceil(rest.div_ceil(most_pixels::<V>()));
            // Safety: the block's pixels are among `self.pixels`; the caller promises the rest.
            unsafe {
                match pixels {
                    1 => self.interleaved_pixels::<V, 1>(done, outputs),
                    2 => self.interleaved_pixels::<V, 2>(done, outputs),
                    3 => self.interleaved_pixels::<V, 3>(done, outputs),
                    _ => self.interleaved_pixels::<V, 4>(done, outputs),
                }
            }
            done += pixels;
        }
    }

    /// All outputs of the `P` pixels from pixel `first` on, for each product of the series.
    ///
    /// # Safety
    /// As [`run_interleaved`](Self::run_interleaved); and there are at least `first + P` pixels.
    #[inline(always)]
    unsafe fn interleaved_pixels<V: Vector, const P: usize>(self, first: usize, outputs: usize) {
        if P > most_pixels::<V>() {
            return;
        }
        for i in 0..self.series.count {
            // Safety: each of the products has these pixels and `outputs` outputs, as the caller promises.
            unsafe {
                let x = self.x.add(i * self.series.x + first * self.stride);
                let weights = self.weights.add(i * self.series.weights);
                let to = self.to.add(i * self.series.to + first * self.to_next);
                let mut done = 0;
                while done < outputs {
                    let rest = outputs - done;
                    let block = rest.div_ceil(rest.div_ceil(OUTPUTS));
                    match block {
                        1 => self.interleaved_sums::<V, 1, P>(x, weights, to, done),
                        2 => self.interleaved_sums::<V, 2, P>(x, weights, to, done),
                        3 => self.interleaved_sums::<V, 3, P>(x, weights, to, done),
                        4 => self.interleaved_sums::<V, 4, P>(x, weights, to, done),
                        _ => self.interleaved_sums::<V, 5, P>(x, weights, to, done),
                    }
                    done += block;
                }
            }
        }
    }

    /// The `N` outputs from output `first` on of `P` pixels, for a single product.
    ///
    /// # Safety
    /// As [`run_interleaved`](Self::run_interleaved), with at least `first + N` outputs and `P` pixels, of which
    /// `x` and `to` are the first one's.
    #[inline(always)]
    unsafe fn interleaved_sums<V: Vector, const N: usize, const P: usize>(
        self,
        x: *const f32,
        weights: *const f32,
        to: *mut f32,
        first: usize,
    ) {
        // Safety: every row of weights has `first + N` numbers, `start` and every pixel's sums as many
        // vectors, and each tap has `self.inputs` inputs at each of the `P` pixels, as the caller promises.
        // The pointers that step beyond the last row are not used there.
        unsafe {
            let mut start = [V::splat(0.0); N];
            if let Some(from) = self.start {
                for n in 0..N {
                    start[n] = V::load(from.add((first + n) * V::LANES));
                }
            }
            let mut sums = [start; P];
            for tap in self.taps {
                let mut x = x.add(tap.x);
                let mut weights = weights.add(tap.weights + first);
                for _ in 0..self.inputs {
                    let mut inputs = [V::splat(0.0); P];
                    for p in 0..P {
                        inputs[p] = V::load(x.add(p * self.stride));
                    }
                    for n in 0..N {
                        let weight = V::splat(*weights.add(n));
                        for p in 0..P {
                            sums[p][n] = inputs[p].mul_add(weight, sums[p][n]);
                        }
                    }
                    weights = weights.wrapping_add(self.row);
                    x = x.wrapping_add(self.input);
                }
            }
            for p in 0..P {
                for n in 0..N {
                    sums[p][n].store(to.add(p * self.to_next + (first + n) * V::LANES));
                }
            }
        }
    }
}
