//! A 3x3 convolution's gradient with respect to its weights, by Winograd's filtering run backwards:
//! the products are the same 6 x 6, now summed over tiles instead of channels.

use super::tiles::{Transformed, columns, pixel_rows, side, transform};
use super::transform::{output_back, weights_back};
use super::{M, PLACES, SIDE, Winograd};
use crate::engine::cpu::conv::inputs;
use crate::engine::cpu::matmul::{Chunks, Product, Series, Tap};
use crate::engine::cpu::vector::{Vector, load, store};
use crate::graph::ops::{BORDER, Conv, View};

/// Tiles that are transformed at once, about: of several images where an image has few.
const TILES: usize = 32;
/// Input channels whose sums are made at once, and stay in the cache.
const ROWS: usize = 8;

pub(in crate::engine::cpu) struct WinogradGradient {
    /// Where its gradient lies.
    weight: usize,
    chunks: Chunks,
    inputs: usize,
    /// Numbers of a transformed tile at one place, of inputs and of gradients, in whole vectors.
    depth: usize,
    outputs: usize,
    /// Channels with their padding, as the weights are packed.
    matrix: [usize; 2],
}

impl WinogradGradient {
    pub(in crate::engine::cpu) fn new(conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        let chunks = Chunks::new(output.channels.depth(), lanes);
        Self {
            weight: conv.weight,
            chunks,
            inputs: inputs(input),
            depth: input.channels.depth().next_multiple_of(lanes),
            outputs: chunks.chunks * chunks.width,
            matrix: [input, output].map(|view| view.channels.depth()),
        }
    }

    /// Whether this kernel can run: tiles must not reach further than two pixels beyond the image.
    pub(in crate::engine::cpu) fn suits(conv: &Conv, input: &View) -> bool {
        Winograd::suits(conv, input) && input.side % M != 1
    }

    /// Along an image's side, and images whose tiles are transformed at once.
    fn tiles(view: &View) -> (usize, usize) {
        let side = side(view);
        (side, (TILES / (side * side)).max(1))
    }

    /// Numbers of `work` that are used.
    pub(in crate::engine::cpu) fn work(&self, view: &View, lanes: usize) -> usize {
        let (side, images) = Self::tiles(view);
        let tiles = side * side * images;
        columns(view, lanes) + PLACES * (tiles * (self.depth + self.outputs) + ROWS * self.outputs)
    }

    /// Adds to `gradient`, which is packed like the graph's weights, what `images` images have:
    /// `of_output` is the gradient of the loss with respect to the convolution's sums.
    ///
    /// # Safety
    /// Both views lie in each of the images' scratch buffers, and [`work`](Self::work) says what `work`
    /// must hold.
    #[inline(always)]
    pub(in crate::engine::cpu) unsafe fn run<V: Vector>(
        &self,
        input: &View,
        of_output: &View,
        scratch: &[*mut f32],
        work: &mut [f32],
        gradient: &mut [f32],
    ) {
        let (side, images) = Self::tiles(input);
        let (columns, work) = work.split_at_mut(columns(input, V::LANES));
        for group in scratch.chunks(images) {
            let tiles = side * side * group.len();
            let (inputs, work) = work.split_at_mut(PLACES * tiles * self.depth);
            let (outputs, sums) = work.split_at_mut(PLACES * tiles * self.outputs);
            for (i, scratch) in group.iter().enumerate() {
                for row in 0..side {
                    let first = (i * side + row) * side;
                    let pixels = pixel_rows(input, row * M);
                    let place = tiles * self.depth;
                    unsafe {
                        let to = inputs.as_mut_ptr().add(first * self.depth);
                        let to = Transformed { to, depth: self.depth, tile: self.depth, place };
                        transform::<V>(input, *scratch, pixels, columns.as_mut_ptr(), to);
                        for x in 0..side {
                            let to = outputs.as_mut_ptr().add((first + x) * self.outputs);
                            self.spread::<V>(of_output, *scratch, [row * M, x * M], to, tiles * self.outputs);
                        }
                    }
                }
            }
            unsafe { self.multiply::<V>(inputs.as_ptr(), outputs.as_ptr(), tiles, sums, gradient) };
        }
    }

    /// The gradients of the tile at pixel (y, x) to [place, output], `place` numbers from one place to
    /// the next.
    #[inline(always)]
    unsafe fn spread<V: Vector>(
        &self,
        view: &View,
        scratch: *const f32,
        [y, x]: [usize; 2],
        to: *mut f32,
        place: usize,
    ) {
        // Below the image, the border above it: zero too. To its right, the border and the next row's.
        let mut rows = [0; M];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = view.at(if y + i < view.side { y + i + BORDER } else { 0 }, x + BORDER);
        }
        for c in (0..self.outputs).step_by(V::LANES) {
            unsafe {
                let mut down = [[V::splat(0.0); M]; SIDE];
                for j in 0..M {
                    let mut d = [V::splat(0.0); M];
                    for i in 0..M {
                        d[i] = V::load(scratch.add(rows[i] + j * view.pixel + c));
                    }
                    let d = output_back(d);
                    for i in 0..SIDE {
                        down[i][j] = d[i];
                    }
                }
                for i in 0..SIDE {
                    let d = output_back(down[i]);
                    for j in 0..SIDE {
                        d[j].store(to.add((i * SIDE + j) * place + c));
                    }
                }
            }
        }
    }

    /// For some input channels at a time: sums over tiles at every place, and what they mean for taps.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(
        &self,
        inputs: *const f32,
        outputs: *const f32,
        tiles: usize,
        sums: &mut [f32],
        gradient: &mut [f32],
    ) {
        let Chunks { chunks, vectors, width } = self.chunks;
        let sums = sums.as_mut_ptr();
        for first in (0..self.inputs).step_by(ROWS) {
            let rows = ROWS.min(self.inputs - first);
            for chunk in 0..chunks {
                unsafe {
                    let product = Product {
                        x: inputs.add(first),
                        stride: 1,
                        pixels: rows,
                        taps: &Tap::WHOLE,
                        inputs: tiles,
                        input: self.depth,
                        weights: outputs.add(chunk * width),
                        row: self.outputs,
                        start: None,
                        to: sums.add(chunk * width),
                        to_next: self.outputs,
                        series: Series {
                            count: PLACES,
                            x: tiles * self.depth,
                            weights: tiles * self.outputs,
                            to: ROWS * self.outputs,
                        },
                    };
                    product.run::<V>(vectors);
                }
            }
            for row in 0..rows {
                unsafe { self.finish::<V>(sums.add(row * self.outputs), first + row, gradient) };
            }
        }
    }

    #[inline(always)]
    unsafe fn finish<V: Vector>(&self, sums: *const f32, row: usize, gradient: &mut [f32]) {
        let [from, depth] = self.matrix;
        for c in (0..depth).step_by(V::LANES) {
            unsafe {
                let zero = V::splat(0.0);
                let mut down = [[zero; SIDE]; 3];
                for j in 0..SIDE {
                    let mut u = [zero; SIDE];
                    for i in 0..SIDE {
                        u[i] = V::load(sums.add((i * SIDE + j) * ROWS * self.outputs + c));
                    }
                    let u = weights_back(u);
                    for i in 0..3 {
                        down[i][j] = u[i];
                    }
                }
                for i in 0..3 {
                    let taps = weights_back(down[i]);
                    for j in 0..3 {
                        let place = self.weight + ((i * 3 + j) * from + row) * depth + c;
                        let to = gradient.as_mut_ptr().add(place);
                        store(load::<V>(to, depth - c).add(taps[j]), to, depth - c);
                    }
                }
            }
        }
    }
}
