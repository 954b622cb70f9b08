//! 3x3 convolutions by Winograd's minimal filtering F(4 x 4, 3 x 3): each tile of 4 x 4 outputs takes
//! 6 x 6 products per pair of channels, not 9 x 4 x 4. Inputs, weights and outputs are transformed; in
//! between, each of the 36 places is a matrix product of its own. Tiles that reach beyond the image leave out places
//! that only outputs there would need.

mod gradient;
mod interleaved;
mod strip;
#[cfg(test)]
mod tests;
mod tiles;
mod transform;

pub(super) use self::gradient::{WinogradGradient, WinogradGradientInterleaved};
pub(super) use self::interleaved::WinogradInterleaved;
use self::strip::Strip;
use self::tiles::{Tiles, Transformed, columns, last, side};
use self::transform::{kept, output_of, weights, with_outputs};
use super::GROUP;
use super::aligned::Aligned;
use super::conv::{inputs, trimmed};
use super::finish::Finish;
use super::matmul::{Chunks, Product, Series, Tap};
use super::vector::{Vector, store};
use crate::graph::ops::{BORDER, Conv, View};
use std::ops::Range;

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
            let strip = Strip { side, last: last(from), first, rows: most.min(all - first) };
            let place = strip.tiles() * self.tile;
            // Safety: each row of tiles belongs to one of the images, whose buffers hold both views.
            // `transformed` and `sums` hold [place, tile, `self.tile`] for `most` rows of tiles, and `out` is
            // cut to the rows that the image has.
            unsafe {
                for row in 0..strip.rows {
                    let ([image, y], at) = (strip.image(row), strip.row(row));
                    let tiles = Tiles::row(from, y * M);
                    tiles.down::<V>(scratch[image], columns);
                    for i in kept(tiles.rows()) {
                        let [to, cut] = at.map(|tile| transformed.add(i * SIDE * place + tile * self.tile));
                        let to = Transformed { to, cut, depth: self.depth, tile: self.tile, place };
                        tiles.along::<V>(columns, i, to);
                    }
                }
                self.multiply::<V>(transformed, sums, strip);
                self.along::<V>(sums, strip);
                for row in 0..strip.rows {
                    let ([image, y], at) = (strip.image(row), strip.row(row));
                    let tiles = Tiles::row(to, y * M);
                    let out = &mut out[..tiles.rows() * to.side * to.channels.depth()];
                    with_outputs!(tiles.rows(), R in 1 2 3 4 => self.down::<V, R>(sums, place, at, to, out));
                    self.finish.put_rows::<V>(out, to, y * M, scratch[image]);
                }
            }
        }
    }

    /// Multiplies at each place, from [place, tile, depth] to [place, tile, outputs]: those tiles that keep it.
    ///
    /// # Safety
    /// `transformed` and `sums` hold [place, tile, `self.tile`] elements, and the machine has `V`'s
    /// instructions.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(&self, transformed: *const f32, sums: *mut f32, strip: Strip) {
        let Chunks { chunks, vectors, width, .. } = self.chunks;
        let (place, matrix) = (strip.tiles() * self.tile, self.inputs * width);
        for chunk in 0..chunks {
            for [places, tiles] in strip.series() {
                // Safety: a tile has room for `inputs` elements and for `chunks * width` sums, and the weights
                // are packed for all chunks and places. A tile's sums end where the next tile's inputs begin, or
                // before: where both lie in one buffer, no input is overwritten before it is read.
                unsafe {
                    let product = Product {
                        x: transformed.add(places.start * place + tiles.start * self.tile),
                        stride: self.tile,
                        pixels: tiles.len(),
                        taps: &Tap::WHOLE,
                        inputs: self.inputs,
                        input: 1,
                        row: width,
                        weights: self.weights.as_ptr().add((chunk * PLACES + places.start) * matrix),
                        start: None,
                        to: sums.add(places.start * place + tiles.start * self.outputs + chunk * width),
                        to_next: self.outputs,
                        series: Series { count: places.len(), x: place, weights: matrix, to: place },
                    };
                    product.run::<V>(vectors);
                }
            }
        }
    }

    /// Transforms the sums, [place y, place x, tile, outputs], along x, to the first 4 of each row's 6 places: a
    /// tile's columns of pixels.
    ///
    /// # Safety
    /// As [`multiply`](Self::multiply), which has made the sums.
    #[inline(always)]
    unsafe fn along<V: Vector>(&self, sums: *mut f32, strip: Strip) {
        let place = strip.tiles() * self.tile;
        for i in 0..SIDE {
            let [right, whole, both] = strip.keeping(i);
            // Safety: a row of places has the sums of these tiles at those that they keep.
            unsafe {
                let sums = sums.add(i * SIDE * place);
                self.along_of::<V, M>(sums, place, whole);
                with_outputs!(strip.last, R in 1 2 3 => for tiles in [right, both] {
                    self.along_of::<V, R>(sums, place, tiles);
                });
            }
        }
    }

    /// Transforms a row of places of tiles with `R` columns of outputs. Places are `place` f32 elements apart, and
    /// each is one run.
    ///
    /// # Safety
    /// `sums` hold the tiles at each place, in as many elements as fit into `place`: whole vectors. The machine
    /// has `V`'s instructions.
    #[inline(always)]
    unsafe fn along_of<V: Vector, const R: usize>(&self, sums: *mut f32, place: usize, tiles: Range<usize>) {
        let [start, end] = [tiles.start, tiles.end].map(|tile| tile * self.outputs);
        let rest = (end - start) % V::LANES;
        // Safety: the vectors of these tiles are no longer than as many times `self.tile`, so the last one ends within
        // its place. Of what it has beyond `end`, perhaps the next tile's sums, nothing is written.
        unsafe {
            for x in (start..end - rest).step_by(V::LANES) {
                let m = output_of::<V, R>(sums.add(x), place);
                for j in 0..R {
                    m[j].store(sums.add(j * place + x));
                }
            }
            if rest > 0 {
                let m = output_of::<V, R>(sums.add(end - rest), place);
                for j in 0..R {
                    m[j].store_first(sums.add(j * place + end - rest), rest);
                }
            }
        }
    }

    /// Transforms a row of tiles, [place y, x, tile, outputs], down, to `R` rows of pixels, [y, width, depth], and
    /// adds the bias.
    ///
    /// # Safety
    /// As [`along`](Self::along), which has made the sums. `at` is where the row's first tile is and where one that is
    /// cut off, and `out` is `R` rows of the view's pixels.
    #[inline(always)]
    unsafe fn down<V: Vector, const R: usize>(
        &self,
        sums: *const f32,
        place: usize,
        at: [usize; 2],
        view: &View,
        out: &mut [f32],
    ) {
        let (width, depth) = (view.side, view.channels.depth());
        let whole = width / M * M;
        for c in (0..depth).step_by(V::LANES) {
            // Safety: the bias and each tile's sums have room for whole vectors up to `depth`, and there are tiles
            // for all `width` pixels of `R` rows, of which `depth - c` elements each are written.
            unsafe {
                let bias = V::load(self.bias.as_ptr().add(c));
                for (tile, pixels) in at.into_iter().zip([0..whole, whole..width]) {
                    let sums = sums.add(tile * self.outputs + c);
                    let first = pixels.start;
                    for x in pixels {
                        let sums = sums.add(x % M * place + (x - first) / M * self.outputs);
                        let to = out.as_mut_ptr().add(x * depth + c);
                        let m = output_of::<V, R>(sums, SIDE * place);
                        for y in 0..R {
                            store(m[y].add(bias), to.add(y * width * depth), depth - c);
                        }
                    }
                }
            }
        }
    }
}
