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
    /// Where a pixel's runs of inputs start, counted from `x`, and how long each is.
    pub(super) taps: &'a [usize],
    pub(super) inputs: usize,
    /// [tap, input, vector, lane].
    pub(super) weights: *const f32,
}

/// Takes a block of sums: those of `P` pixels from `first` on.
pub(super) trait Sink<V: Vector> {
    unsafe fn put<const N: usize, const P: usize>(&self, first: usize, sums: [[V; N]; P]);
}

impl Product<'_> {
    /// # Safety
    /// The pointers reach as far as the fields say.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(self, vectors: usize, sink: &impl Sink<V>) {
        unsafe {
            match vectors {
                1 => self.pixels::<V, 1>(sink),
                2 => self.pixels::<V, 2>(sink),
                3 => self.pixels::<V, 3>(sink),
                4 => self.pixels::<V, 4>(sink),
                _ => self.pixels::<V, 5>(sink),
            }
        }
    }

    /// Shares the pixels out to blocks of about the same size.
    #[inline(always)]
    unsafe fn pixels<V: Vector, const N: usize>(self, sink: &impl Sink<V>) {
        let mut done = 0;
        while done < self.pixels {
            let rest = self.pixels - done;
            let pixels = rest.div_ceil(rest.div_ceil(most_pixels::<V>(N)));
            unsafe {
                match pixels {
                    1 => self.block::<V, N, 1>(done, sink),
                    2 => self.block::<V, N, 2>(done, sink),
                    3 => self.block::<V, N, 3>(done, sink),
                    4 => self.block::<V, N, 4>(done, sink),
                    5 => self.block::<V, N, 5>(done, sink),
                    6 => self.block::<V, N, 6>(done, sink),
                    7 => self.block::<V, N, 7>(done, sink),
                    _ => self.block::<V, N, 8>(done, sink),
                }
            }
            done += pixels;
        }
    }

    #[inline(always)]
    unsafe fn block<V: Vector, const N: usize, const P: usize>(self, first: usize, sink: &impl Sink<V>) {
        // Known when compiled: blocks that never occur cost no code.
        if P > most_pixels::<V>(N) {
            return;
        }
        unsafe {
            let mut sums = [[V::splat(0.0); N]; P];
            let mut weights = self.weights;
            for tap in self.taps {
                let mut x = self.x.add(first * self.stride + tap);
                for _ in 0..self.inputs {
                    // The inputs first, then a vector of weights at a time: few registers.
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
                    weights = weights.add(N * V::LANES);
                    x = x.add(1);
                }
            }
            sink.put(first, sums);
        }
    }
}

/// As many pixels as leave room in the registers for a row of weights and an input.
#[inline(always)]
const fn most_pixels<V: Vector>(vectors: usize) -> usize {
    let fit = (V::REGISTERS - 1 - vectors) / vectors;
    if fit > 8 { 8 } else { fit }
}
