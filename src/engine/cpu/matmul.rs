//! The one inner loop under every convolution: some pixels' inputs times a matrix, with all sums of a block
//! of pixels x output channels held in registers.

pub(super) mod correlation;
pub(super) mod interleaved;

use super::aligned::Aligned;
use super::vector::Vector;
use crate::graph::ops::{Channels, LANES, View};

/// The most vectors of output channels in a block; more channels take several.
const MOST_VECTORS: usize = 5;

/// How a layer's output channels are divided: into `chunks` blocks of `vectors` vectors.
#[derive(Clone, Copy)]
pub(super) struct Chunks {
    pub(super) chunks: usize,
    pub(super) vectors: usize,
    /// f32 elements of a pixel's sums in a chunk.
    pub(super) width: usize,
    /// f32 elements from one input's weights in a chunk to the next one's.
    pub(super) row: usize,
    /// How many images are interleaved: a weight is a number for all of them, and all outputs are one chunk.
    images: usize,
}

impl Chunks {
    pub(super) fn new(channels: usize, lanes: usize) -> Self {
        let all = channels.div_ceil(lanes);
        let chunks = all.div_ceil(MOST_VECTORS);
        let vectors = all.div_ceil(chunks);
        let width = vectors * lanes;
        Self { chunks, vectors, width, row: width, images: 1 }
    }

    /// For the outputs of so many interleaved images.
    pub(super) fn of_images(outputs: usize, images: usize, lanes: usize) -> Self {
        if images == 1 {
            return Self::new(outputs, lanes);
        }
        Self { chunks: 1, vectors: outputs, width: outputs * images, row: outputs, images }
    }

    /// For the outputs that a view has.
    pub(super) fn of(output: &View, lanes: usize) -> Self {
        let Channels { images, .. } = output.channels;
        Self::of_images(output.channels.depth() / images, images, lanes)
    }

    /// Packs a bias as each pixel's sums start.
    pub(super) fn pack_bias(self, bias: &[f32]) -> Aligned {
        if self.images == 1 { self.pack(bias, bias.len()) } else { interleaved::repeat(bias, self.images) }
    }

    /// Packs a matrix, [row, depth], as [chunk, row, width], with zeros after `depth`.
    pub(super) fn pack(self, matrix: &[f32], depth: usize) -> Aligned {
        if self.images > 1 || (self.chunks, self.width) == (1, depth) {
            return Aligned::from(matrix);
        }
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
    /// f32 elements from one pixel's inputs to the next one's.
    pub(super) stride: usize,
    pub(super) pixels: usize,
    pub(super) taps: &'a [Tap],
    /// How many inputs each tap has.
    pub(super) inputs: usize,
    /// f32 elements from one of a pixel's inputs to the next.
    pub(super) input: usize,
    /// The first input's row of weights: `vectors` vectors.
    pub(super) weights: *const f32,
    /// f32 elements from one input's row of weights to the next one's.
    pub(super) row: usize,
    /// The `vectors` vectors that each pixel's sums start with; without them they start with 0.
    pub(super) start: Option<*const f32>,
    /// Where the first pixel's sums go, `vectors` vectors. They may lie where its inputs were, which have
    /// been read by then.
    pub(super) to: *mut f32,
    /// f32 elements from one pixel's sums to the next one's.
    pub(super) to_next: usize,
    /// How often the product is repeated, with other inputs, weights and sums.
    pub(super) series: Series,
}

/// Products of one shape: how many, and f32 elements from one's `x`, `weights` and `to` to the next one's.
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

/// Where a tap's inputs start, in f32 elements from the pixel's first input, and where its weights do.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    pub(super) x: usize,
    pub(super) weights: usize,
}

impl Tap {
    /// The only tap of a plain matrix product.
    pub(super) const WHOLE: [Self; 1] = [Self { x: 0, weights: 0 }];
}

impl Product<'_> {
    /// Computes a chunk, whether images are interleaved or not.
    ///
    /// # Safety
    /// As [`run`](Self::run).
    #[inline(always)]
    pub(super) unsafe fn run_chunk<V: Vector>(self, chunks: Chunks) {
        // Safety: the caller promises the same.
        unsafe {
            // Vectors of the fewest lanes gain nothing by it.
            if V::LANES > LANES && chunks.images > 1 {
                self.run_interleaved::<V>(chunks.row);
            } else {
                self.run::<V>(chunks.vectors);
            }
        }
    }

    /// Computes all products. A pixel's sums are `vectors` vectors, 1 to 5.
    ///
    /// # Safety
    /// The pointers are valid as far as the fields say, and the machine has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(self, vectors: usize) {
        // Safety: the caller promises the same for `vectors`, of which `Chunks` makes at most 5.
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

    /// Divides the pixels into blocks of about the same size. In a browser it is a function of its own for each
    /// `N`, which all kernels share: those that a network needs are compiled well soon.
    ///
    /// # Safety
    /// As [`run`](Self::run), with `N` vectors.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
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
            // Safety: the block's pixels, `done` to `done + pixels`, are among `self.pixels`; the caller
            // promises the rest.
            unsafe { block!(1 2 3 4 5 6 7 8 9 10 11 12 13 14) };
            done += pixels;
        }
    }

    /// The sums of the `P` pixels from pixel `first` on, for each product of the series.
    ///
    /// # Safety
    /// As [`run`](Self::run), with `N` vectors; and there are at least `first + P` pixels.
    #[inline(always)]
    unsafe fn block<V: Vector, const N: usize, const P: usize>(self, first: usize) {
        // The condition is known when compiling: blocks that never occur cost no code.
        if P > most_pixels::<V>(N) {
            return;
        }
        let Series { count, x, weights, to } = self.series;
        for i in 0..count {
            // Safety: each of the `count` products has pixel `first` and the `P - 1` after it, as the caller
            // promises.
            unsafe {
                let to = self.to.add(i * to + first * self.to_next);
                let x = self.x.add(i * x + first * self.stride);
                self.sums::<V, N, P>(x, self.weights.add(i * weights), to);
            }
        }
    }

    /// The sums of `P` pixels, [P, N vectors], for a single product.
    ///
    /// # Safety
    /// As [`run`](Self::run), with `N` vectors and `P` pixels, of which `x`, `weights` and `to` are the first
    /// one's.
    #[inline(always)]
    unsafe fn sums<V: Vector, const N: usize, const P: usize>(
        self,
        x: *const f32,
        weights: *const f32,
        to: *mut f32,
    ) {
        // Safety: `start`, every row of weights and every pixel's sums are `N` vectors, and each tap has
        // `self.inputs` inputs at each of the `P` pixels, as the caller promises. The pointers
        // that step beyond the last row or pixel are not used there.
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
                    // Whichever are fewer, a row's vectors of weights or the pixels' inputs, are held in
                    // registers; the others are loaded one by one.
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
            // The pointer steps from pixel to pixel: of addresses computed from `p`, the compiler would keep
            // those of all pixels in memory.
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

/// The most pixels of a block whose sums leave room in the registers for the operands that are held, the one
/// that is being loaded, and one to spare.
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
