//! The one inner loop under every convolution: some pixels' inputs times a matrix, with all sums of
//! a block of pixels x output channels held in registers.

use super::aligned::Aligned;
use super::vector::Vector;

/// The most vectors of output channels in a block; more channels take several.
const MOST_VECTORS: usize = 5;

/// How a layer's output channels are shared out: `chunks` blocks of `vectors` vectors.
#[derive(Clone, Copy)]
pub(super) struct Chunks {
    pub(super) chunks: usize,
    pub(super) vectors: usize,
    /// Numbers in `vectors` vectors.
    pub(super) width: usize,
}

impl Chunks {
    pub(super) fn new(channels: usize, lanes: usize) -> Self {
        let all = channels.div_ceil(lanes);
        let chunks = all.div_ceil(MOST_VECTORS);
        let vectors = all.div_ceil(chunks);
        Self { chunks, vectors, width: vectors * lanes }
    }

    /// From `rows` rows of `depth` numbers each to [chunk, row, width], with zeros after `depth`.
    pub(super) fn pack(self, matrix: &[f32], depth: usize) -> Aligned {
        let rows = matrix.len() / depth;
        let mut packed = Aligned::zeros(self.chunks * rows * self.width);
        for (place, to) in packed.chunks_exact_mut(self.width).enumerate() {
            let (chunk, row) = (place / rows, place % rows);
            let from = &matrix[row * depth..][..depth];
            let from = &from[(chunk * self.width).min(depth)..((chunk + 1) * self.width).min(depth)];
            to[..from.len()].copy_from_slice(from);
        }
        packed
    }
}

/// The inputs of a run of pixels, and the matrix they are multiplied with.
#[derive(Clone, Copy)]
pub(super) struct Product<'a> {
    /// The first pixel's first input.
    pub(super) x: *const f32,
    /// Numbers from one pixel's inputs to the next one's.
    pub(super) stride: usize,
    pub(super) pixels: usize,
    pub(super) taps: &'a [Tap],
    /// Of each tap.
    pub(super) inputs: usize,
    /// Numbers from one of a pixel's inputs to the next.
    pub(super) input: usize,
    pub(super) weights: *const f32,
    /// Numbers from one input's row of weights to the next one's.
    pub(super) row: usize,
    /// What all sums start with, `vectors` vectors of it; else with 0.
    pub(super) start: Option<*const f32>,
    /// Where the first pixel's sums go, and numbers from there to the next one's. They may be where its
    /// inputs were: these have been read by then.
    pub(super) to: *mut f32,
    pub(super) to_next: usize,
    pub(super) series: Series,
}

/// Products of one shape: how many, and numbers from one's `x`, `weights` and `to` to the next one's.
#[derive(Clone, Copy)]
pub(super) struct Series {
    pub(super) count: usize,
    pub(super) x: usize,
    pub(super) weights: usize,
    pub(super) to: usize,
}

impl Series {
    /// A single product.
    pub(super) const ONE: Self = Self { count: 1, x: 0, weights: 0, to: 0 };
}

/// Where a run of inputs starts, counted from the pixel's first, and where its weights do.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    pub(super) x: usize,
    pub(super) weights: usize,
}

impl Tap {
    /// The only one of a matrix product.
    pub(super) const WHOLE: [Self; 1] = [Self { x: 0, weights: 0 }];
}

impl Product<'_> {
    /// # Safety
    /// The pointers reach as far as the fields say.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(self, vectors: usize) {
        unsafe {
            match vectors {
                1 => self.pixels::<V, 1>(),
                2 => self.pixels::<V, 2>(),
                3 => self.pixels::<V, 3>(),
                4 => self.pixels::<V, 4>(),
                _ => self.pixels::<V, 5>(),
            }
        }
    }

    /// Shares the pixels out to blocks of about the same size.
    #[inline(always)]
    unsafe fn pixels<V: Vector, const N: usize>(self) {
        let mut done = 0;
        while done < self.pixels {
            let rest = self.pixels - done;
            let pixels = rest.div_ceil(rest.div_ceil(most_pixels::<V>(N)));
            macro_rules! block {
                ($($p:literal)*) => {
                    match pixels {
                        $($p => self.block::<V, N, $p>(done),)*
                        _ => unreachable!("no registers hold more"),
                    }
                };
            }
            unsafe { block!(1 2 3 4 5 6 7 8 9 10 11 12 13 14) };
            done += pixels;
        }
    }

    #[inline(always)]
    unsafe fn block<V: Vector, const N: usize, const P: usize>(self, first: usize) {
        // Known when compiled: blocks that never occur cost no code.
        if P > most_pixels::<V>(N) {
            return;
        }
        let Series { count, x, weights, to } = self.series;
        for i in 0..count {
            unsafe {
                let to = self.to.add(i * to + first * self.to_next);
                let x = self.x.add(i * x + first * self.stride);
                self.sums::<V, N, P>(x, self.weights.add(i * weights), to);
            }
        }
    }

    #[inline(always)]
    unsafe fn sums<V: Vector, const N: usize, const P: usize>(
        self,
        x: *const f32,
        weights: *const f32,
        to: *mut f32,
    ) {
        unsafe {
            let mut start = [V::splat(0.0); N];
            if let Some(from) = self.start {
                for n in 0..N {
                    start[n] = V::load(from.add(n * V::LANES));
                }
            }
            let mut sums = [start; P];
            for tap in self.taps {
                let mut x = x.add(tap.x);
                let mut weights = weights.add(tap.weights);
                for _ in 0..self.inputs {
                    // The fewer of a row's weights and the pixels' inputs are held, the others pass.
                    if N <= P {
                        let mut row = [V::splat(0.0); N];
                        for n in 0..N {
                            row[n] = V::load(weights.add(n * V::LANES));
                        }
                        for p in 0..P {
                            let input = V::splat(*x.add(p * self.stride));
                            for n in 0..N {
                                sums[p][n] = input.mul_add(row[n], sums[p][n]);
                            }
                        }
                    } else {
                        let mut inputs = [V::splat(0.0); P];
                        for p in 0..P {
                            inputs[p] = V::splat(*x.add(p * self.stride));
                        }
                        for n in 0..N {
                            let row = V::load(weights.add(n * V::LANES));
                            for p in 0..P {
                                sums[p][n] = inputs[p].mul_add(row, sums[p][n]);
                            }
                        }
                    }
                    weights = weights.wrapping_add(self.row);
                    x = x.wrapping_add(self.input);
                }
            }
            // From pixel to pixel: the compiler would keep all the places of a series in memory.
            let mut to = to;
            for p in 0..P {
                for n in 0..N {
                    sums[p][n].store(to.add(n * V::LANES));
                }
                to = to.wrapping_add(self.to_next);
            }
        }
    }
}

/// As many pixels as leave room in the registers for what is held and what passes, and one to spare.
#[inline(always)]
const fn most_pixels<V: Vector>(vectors: usize) -> usize {
    // More pixels only save loads of a single vector of weights, and cost code.
    let mut pixels = V::REGISTERS / 2 - 2;
    while pixels > 1 {
        let held = if vectors < pixels { vectors } else { pixels };
        if vectors * pixels + held + 1 < V::REGISTERS {
            break;
        }
        pixels -= 1;
    }
    pixels
}
