//! 3x3 convolutions by Winograd's minimal filtering F(4 x 4, 3 x 3): each tile of 4 x 4 outputs takes
//! 6 x 6 products per pair of channels, not 9 x 4 x 4. Inputs, weights and outputs are transformed; in
//! between, each of the 36 places is a matrix product of its own.

mod gradient;
mod interleaved;
mod tiles;
mod transform;

pub(super) use self::gradient::{WinogradGradient, WinogradGradientInterleaved};
pub(super) use self::interleaved::WinogradInterleaved;
use self::tiles::{Transformed, along, columns, down, pixel_rows, side};
use self::transform::{output, weights};
use super::GROUP;
use super::aligned::Aligned;
use super::conv::{inputs, trimmed};
use super::finish::Finish;
use super::matmul::{Chunks, Product, Series, Tap};
use super::vector::{Vector, store};
use crate::graph::ops::{BORDER, Conv, View};

/// About how many tiles a strip has: what is transformed at once, and stays in the cache.
const STRIP: usize = 14;

/// Outputs along a tile's side.
const M: usize = 4;
/// Inputs along a tile's side.
const SIDE: usize = M + 2;
/// Products of a tile for a pair of channels: one at each place of the transformed tile.
const PLACES: usize = SIDE * SIDE;

pub(super) struct Winograd {
    finish: Finish,
    chunks: Chunks,
    /// Elements of an input pixel that are read: see [`inputs()`].
    inputs: usize,
    /// The input's depth, in whole vectors.
    depth: usize,
    /// f32 elements of a transformed tile at one place, in whole vectors: room for its inputs, and then for
    /// its sums.
    tile: usize,
    /// f32 elements from a tile's sums to the next one's. A single chunk leaves no gaps: what its last vector
    /// has beyond the output's depth is overwritten by the next tile's sums.
    outputs: usize,
    /// [chunk, place, input, width].
    weights: Aligned,
    /// [chunk, width].
    bias: Aligned,
}

impl Winograd {
    /// Whether this kernel can run a convolution, and faster than another: on images of 3 x 3 most of a tile
    /// would be wasted, and a single input channel is not worth a transform.
    pub(super) fn suits(conv: &Conv, input: &View) -> bool {
        let shape = (conv.kernel, conv.stride, conv.padding, conv.phases);
        shape == (3, 1, BORDER, 1) && input.side > M && input.channels.count > 1
    }

    pub(super) fn new(
        packed: &[f32],
        conv: &Conv,
        input: &View,
        output: &View,
        lanes: usize,
        finish: Finish,
    ) -> Self {
        let depth = output.channels.depth();
        let chunks = Chunks::new(depth, lanes);
        let taps = trimmed(packed, conv, input, output);
        let (from, all) = (input.channels.depth().next_multiple_of(lanes), chunks.chunks * chunks.width);
        Self {
            finish,
            chunks,
            inputs: inputs(input),
            depth: from,
            tile: from.max(all),
            outputs: if chunks.chunks == 1 { depth } else { all },
            weights: chunks.pack(&weights(&taps), depth),
            bias: chunks.pack(&packed[conv.bias..][..depth], depth),
        }
    }

    /// Rows of tiles in a strip. The strips run over all images as if these lay one below the other, and have
    /// about the same number of rows.
    fn rows(view: &View, images: usize) -> usize {
        let all = images * side(view);
        all.div_ceil(all.div_ceil((STRIP / side(view)).max(1)))
    }

    /// f32 elements for the transformed inputs of so many rows of tiles, and for their sums. A single chunk
    /// writes its sums where the inputs were, and needs none; several chunks all read the inputs.
    fn strip(&self, view: &View, rows: usize) -> [usize; 2] {
        let strip = PLACES * rows * side(view) * self.tile;
        [strip, if self.chunks.chunks == 1 { 0 } else { strip }]
    }

    /// How many f32 elements of `work` are used: a row's columns, a strip's inputs and sums, a row's outputs.
    pub(super) fn work(&self, view: &View, lanes: usize) -> usize {
        let most = (1..=GROUP).map(|images| Self::rows(view, images)).max().unwrap_or(0);
        columns(view, side(view), lanes)
            + self.strip(view, most).iter().sum::<usize>()
            + M * view.side * self.outputs
    }

    /// # Safety
    /// Both views lie in each of the at most [`GROUP`] images' scratch buffers, [`work`](Self::work) says
    /// what `work` must hold, and the machine has the instructions of `V`, whose lanes this was made for.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(
        &self,
        from: &View,
        to: &View,
        scratch: &[*mut f32],
        work: &mut [f32],
    ) {
        let (side, most) = (side(from), Self::rows(from, scratch.len()));
        let (columns, work) = work.split_at_mut(columns(from, side, V::LANES));
        let [inputs, sums] = self.strip(from, most);
        let (transformed, work) = work.split_at_mut(inputs);
        let (apart, out) = work.split_at_mut(sums);
        let [columns, transformed, apart] = [columns, transformed, apart].map(|part| part.as_mut_ptr());
        let sums = if sums == 0 { transformed } else { apart };
        let all = side * scratch.len();
        for first in (0..all).step_by(most) {
            let rows = most.min(all - first);
            let place = rows * side * self.tile;
            // The buffer of the image that a row of tiles belongs to, and its first row of pixels there.
            let start = |row: usize| (scratch[(first + row) / side], (first + row) % side * M);
            // Safety: each row of tiles belongs to one of the images, whose buffers hold both views.
            // `transformed` and `sums` hold [place, tile, `self.tile`] for `most` rows of tiles, and `out` is
            // cut to the rows that the image has.
            unsafe {
                for row in 0..rows {
                    let (scratch, y) = start(row);
                    let pixels = pixel_rows(from, y);
                    let to = transformed.add(row * side * self.tile);
                    down::<V>(from, scratch, pixels, side, columns);
                    for i in 0..SIDE {
                        let to = to.add(i * SIDE * place);
                        let to = Transformed { to, depth: self.depth, tile: self.tile, place };
                        along::<V>(from, columns, i, side, to);
                    }
                }
                self.multiply::<V>(transformed, sums, rows * side);
                self.along::<V>(sums, place, rows * side);
                for row in 0..rows {
                    let (scratch, y) = start(row);
                    let out = &mut out[..M.min(to.side - y) * to.side * to.channels.depth()];
                    self.down::<V>(
                        sums.add(row * side * self.outputs),
                        place,
                        [to.side, to.channels.depth()],
                        out,
                    );
                    self.finish.put_rows::<V>(out, to, y, scratch);
                }
            }
        }
    }

    /// Multiplies at each place, from [place, tile, depth] to [place, tile, outputs].
    ///
    /// # Safety
    /// `transformed` and `sums` hold [place, tile, `self.tile`] elements, and the machine has `V`'s
    /// instructions.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(&self, transformed: *const f32, sums: *mut f32, tiles: usize) {
        let Chunks { chunks, vectors, width, .. } = self.chunks;
        let place = tiles * self.tile;
        for chunk in 0..chunks {
            let matrix = self.inputs * width;
            // Safety: a tile has room for `inputs` elements and for `chunks * width` sums, and the weights
            // are packed for all chunks and places. A tile's sums end where the next tile's inputs begin, or
            // before: where both lie in one buffer, no input is overwritten before it is read.
            unsafe {
                let product = Product {
                    x: transformed,
                    stride: self.tile,
                    pixels: tiles,
                    taps: &Tap::WHOLE,
                    inputs: self.inputs,
                    input: 1,
                    row: width,
                    weights: self.weights.as_ptr().add(chunk * PLACES * matrix),
                    start: None,
                    to: sums.add(chunk * width),
                    to_next: self.outputs,
                    series: Series { count: PLACES, x: place, weights: matrix, to: place },
                };
                product.run::<V>(vectors);
            }
        }
    }

    /// Transforms the sums, [place y, place x, tile, outputs], along x, to the first 4 of each row's 6 places: a
    /// tile's columns of pixels. Places are `place` f32 elements apart, and each is one run.
    ///
    /// # Safety
    /// `sums` hold `PLACES * place` elements, `place` is at least `tiles * self.tile`, and the machine has
    /// `V`'s instructions.
    #[inline(always)]
    unsafe fn along<V: Vector>(&self, sums: *mut f32, place: usize, tiles: usize) {
        for row in 0..SIDE {
            for x in (0..tiles * self.outputs).step_by(V::LANES) {
                // Safety: `x` is below `tiles * outputs`, which is at most `tiles * self.tile`. That is a
                // multiple of whole vectors, so the last vector stays within its place.
                unsafe {
                    let sums = sums.add(row * SIDE * place + x);
                    let mut m = [V::splat(0.0); SIDE];
                    for j in 0..SIDE {
                        m[j] = V::load(sums.add(j * place));
                    }
                    let m = output(m);
                    for j in 0..M {
                        m[j].store(sums.add(j * place));
                    }
                }
            }
        }
    }

    /// Transforms a row of tiles, [place y, x, tile, outputs], down, to rows of pixels, [y, width, depth], and adds
    /// the bias. The last row of tiles may have fewer rows of pixels.
    ///
    /// # Safety
    /// `sums` point to the row's first tile at the first place, places are `place` f32 elements apart, and
    /// the machine has `V`'s instructions.
    #[inline(always)]
    unsafe fn down<V: Vector>(
        &self,
        sums: *const f32,
        place: usize,
        [width, depth]: [usize; 2],
        out: &mut [f32],
    ) {
        let rows = out.len() / (width * depth);
        for c in (0..depth).step_by(V::LANES) {
            // Safety: the bias and each tile's sums have room for whole vectors up to `depth`, and there are tiles
            // for all `width` pixels of `rows` rows, of which `depth - c` elements each are written.
            unsafe {
                let bias = V::load(self.bias.as_ptr().add(c));
                for x in 0..width {
                    let sums = sums.add(x % M * place + x / M * self.outputs + c);
                    let to = out.as_mut_ptr().add(x * depth + c);
                    let mut m = [V::splat(0.0); SIDE];
                    for i in 0..SIDE {
                        m[i] = V::load(sums.add(i * SIDE * place));
                    }
                    let m = output(m);
                    for y in 0..M {
                        if y < rows {
                            store(m[y].add(bias), to.add(y * width * depth), depth - c);
                        }
                    }
                }
            }
        }
    }
}
