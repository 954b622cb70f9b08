//! 3x3 convolutions by Winograd's minimal filtering F(4 x 4, 3 x 3): each tile of 4 x 4 outputs takes
//! 6 x 6 products per pair of channels, not 9 x 4 x 4. Inputs, weights and
//! outputs are transformed; in between, each of the 36 places is a matrix product of its own.

#[cfg(feature = "native")]
mod gradient;
mod transform;

#[cfg(feature = "native")]
pub(super) use self::gradient::WinogradGradient;
use self::transform::{input, output, weights};
use super::aligned::Aligned;
use super::conv::{inputs, trimmed};
use super::finish::Finish;
use super::matmul::{Chunks, Product, Series, Tap};
use super::vector::{Vector, store};
use crate::plan::{BORDER, Conv, Plan, View};

/// Tiles in a strip, about: what is transformed at once, and stays in the cache.
const STRIP: usize = 14;

/// Outputs along a tile's side.
const M: usize = 4;
/// Inputs along a tile's side.
const SIDE: usize = M + 2;
const PLACES: usize = SIDE * SIDE;

pub(super) struct Winograd {
    finish: Finish,
    chunks: Chunks,
    inputs: usize,
    /// The inputs in whole vectors.
    depth: usize,
    /// Numbers of a transformed tile at one place: room for its inputs, and then for its sums.
    tile: usize,
    /// [chunk, place, input, width].
    weights: Aligned,
    bias: Aligned,
}

/// How a view is cut into tiles.
#[derive(Clone, Copy)]
struct Tiles {
    /// Along each axis.
    side: usize,
    /// Rows of tiles in a strip.
    rows: usize,
}

impl Winograd {
    /// Whether a convolution is one that this kernel can run
    /// and faster than another: on images of 3 x 3 most of a tile would be wasted, and a single
    /// input channel is not worth a transform.
    pub(super) fn suits(conv: &Conv, input: &View) -> bool {
        let shape = (conv.kernel, conv.stride, conv.padding, conv.phases);
        shape == (3, 1, BORDER, 1) && input.side > M && input.channels.count > 1
    }

    pub(super) fn new(
        plan: &Plan,
        conv: &Conv,
        input: &View,
        output: &View,
        lanes: usize,
        finish: Finish,
    ) -> Self {
        let depth = output.channels.depth();
        let chunks = Chunks::new(depth, lanes);
        let taps = trimmed(plan, conv, input, output);
        let from = input.channels.depth().next_multiple_of(lanes);
        Self {
            finish,
            chunks,
            inputs: inputs(input),
            depth: from,
            tile: from.max(chunks.chunks * chunks.width),
            weights: chunks.pack(&weights(&taps), depth),
            bias: chunks.pack(&plan.weights[conv.bias..][..depth], depth),
        }
    }

    fn tiles(view: &View) -> Tiles {
        let side = view.side.div_ceil(M);
        Tiles { side, rows: (STRIP / side).clamp(1, side) }
    }

    /// Numbers that the first half of the input's transform leaves, of a row of tiles, in whole vectors.
    fn columns(view: &View, lanes: usize) -> usize {
        SIDE * ((Self::tiles(view).side * M + 2) * view.pixel).next_multiple_of(lanes)
    }

    /// Numbers that hold a strip's transformed inputs, and those that hold its sums: none where these
    /// come where the inputs were, which several chunks of outputs need until the last.
    fn strip(&self, view: &View) -> [usize; 2] {
        let tiles = Self::tiles(view);
        let strip = PLACES * tiles.rows * tiles.side * self.tile;
        [strip, if self.chunks.chunks == 1 { 0 } else { strip }]
    }

    /// Numbers of `work` that are used: a row's columns, and a strip's inputs, sums and outputs.
    pub(super) fn work(&self, view: &View, lanes: usize) -> usize {
        let outputs = Self::tiles(view).rows * M * view.side * self.chunks.chunks * self.chunks.width;
        Self::columns(view, lanes) + self.strip(view).iter().sum::<usize>() + outputs
    }

    /// # Safety
    /// Both views lie in `scratch`, and [`work`](Self::work) says what `work` must hold.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(&self, from: &View, to: &View, scratch: *mut f32, work: &mut [f32]) {
        let tiles = Self::tiles(from);
        let (columns, work) = work.split_at_mut(Self::columns(from, V::LANES));
        let [inputs, sums] = self.strip(from);
        let (transformed, work) = work.split_at_mut(inputs);
        let (apart, out) = work.split_at_mut(sums);
        let [columns, transformed, apart] = [columns, transformed, apart].map(|part| part.as_mut_ptr());
        let sums = if sums == 0 { transformed } else { apart };
        for first in (0..tiles.side).step_by(tiles.rows) {
            let rows = tiles.rows.min(tiles.side - first);
            let count = rows * tiles.side;
            let place = count * self.tile;
            unsafe {
                for row in 0..rows {
                    let pixels = Self::pixel_rows(from, (first + row) * M);
                    let to = transformed.add(row * tiles.side * self.tile);
                    let to = Transformed { to, depth: self.depth, tile: self.tile, place };
                    transform::<V>(from, scratch, pixels, tiles.side, columns, to);
                }
                self.multiply::<V>(transformed, sums, count);
                let height = (rows * M).min(to.side - first * M);
                let out = &mut out[..height * to.side * to.channels.depth()];
                self.outputs::<V>(sums, place, tiles.side, [height, to.side], out);
                self.finish.put_rows::<V>(out, to, first * M, scratch);
            }
        }
    }

    /// Where the rows of pixels start that the tiles from row `y` on see. Those below the image are as
    /// zero as the border above it, and what a row's last tile reads beyond its border is the next
    /// row's: zero again, and one pixel that only outputs outside of the image depend on. So nothing
    /// outside the tensor is ever read, nor anything that another image left there.
    #[inline(always)]
    fn pixel_rows(view: &View, y: usize) -> [usize; SIDE] {
        let mut rows = [0; SIDE];
        for (j, row) in rows.iter_mut().enumerate() {
            *row = view.at(if y + j < view.side + BORDER { y + j } else { 0 }, 0);
        }
        rows
    }

    /// From [place, tile, depth] to [place, tile, outputs].
    #[inline(always)]
    unsafe fn multiply<V: Vector>(&self, transformed: *const f32, sums: *mut f32, tiles: usize) {
        let Chunks { chunks, vectors, width } = self.chunks;
        let place = tiles * self.tile;
        for chunk in 0..chunks {
            let matrix = self.inputs * width;
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
                    to_next: chunks * width,
                    series: Series { count: PLACES, x: place, weights: matrix, to: place },
                };
                product.run::<V>(vectors);
            }
        }
    }

    /// From [place y, place x, tile, outputs], with `place` numbers from one place to the next and
    /// `side` tiles in a row, to [height, width, depth].
    #[inline(always)]
    unsafe fn outputs<V: Vector>(
        &self,
        sums: *mut f32,
        place: usize,
        side: usize,
        [height, width]: [usize; 2],
        out: &mut [f32],
    ) {
        let outputs = self.chunks.chunks * self.chunks.width;
        let tiles = height.div_ceil(M) * side;
        unsafe {
            // 1. Down each column of places, for all tiles and channels: a place is one run.
            for column in 0..SIDE {
                for x in (0..tiles * outputs).step_by(V::LANES) {
                    let sums = sums.add(column * place + x);
                    let mut m = [V::splat(0.0); SIDE];
                    for i in 0..SIDE {
                        m[i] = V::load(sums.add(i * SIDE * place));
                    }
                    let m = output(m);
                    for i in 0..M {
                        m[i].store(sums.add(i * SIDE * place));
                    }
                }
            }
        }
        // 2. Along each row of these.
        let depth = out.len() / (height * width);
        for (y, row) in out.chunks_exact_mut(width * depth).enumerate() {
            for c in (0..depth).step_by(V::LANES) {
                unsafe {
                    let bias = V::load(self.bias.as_ptr().add(c));
                    let mut sums = sums.add(y % M * SIDE * place + y / M * side * outputs + c);
                    let mut to = row.as_mut_ptr().add(c);
                    for x in (0..width).step_by(M) {
                        let mut m = [V::splat(0.0); SIDE];
                        for j in 0..SIDE {
                            m[j] = V::load(sums.add(j * place));
                        }
                        let m = output(m);
                        for j in 0..M {
                            // The last tile may reach beyond the image.
                            if x + j < width {
                                store(m[j].add(bias), to.add(j * depth), depth - c);
                            }
                        }
                        sums = sums.wrapping_add(outputs);
                        to = to.wrapping_add(M * depth);
                    }
                }
            }
        }
    }
}

/// Where a row of transformed tiles goes.
#[derive(Clone, Copy)]
struct Transformed {
    to: *mut f32,
    /// Of each tile at each place.
    depth: usize,
    /// Numbers from one tile to the next, and from one place to the next.
    tile: usize,
    place: usize,
}

/// A row of tiles to [place, tile, depth].
#[inline(always)]
unsafe fn transform<V: Vector>(
    view: &View,
    scratch: *const f32,
    rows: [usize; SIDE],
    tiles: usize,
    columns: *mut f32,
    Transformed { to, depth, tile: next, place }: Transformed,
) {
    let row = ((tiles * M + 2) * view.pixel).next_multiple_of(V::LANES);
    unsafe {
        // 1. Down each column of pixels, for all tiles that see it and all channels: a row is one run.
        for x in (0..row).step_by(V::LANES) {
            let mut d = [V::splat(0.0); SIDE];
            for j in 0..SIDE {
                d[j] = V::load(scratch.add(rows[j] + x));
            }
            let d = input(d);
            for j in 0..SIDE {
                d[j].store(columns.add(j * row + x));
            }
        }
        // 2. Along each row of these.
        for i in 0..SIDE {
            for c in (0..depth).step_by(V::LANES) {
                let mut from = columns.add(i * row + c);
                let mut to = to.add(i * SIDE * place + c);
                for _ in 0..tiles {
                    let mut d = [V::splat(0.0); SIDE];
                    for j in 0..SIDE {
                        d[j] = V::load(from.add(j * view.pixel));
                    }
                    let d = input(d);
                    for j in 0..SIDE {
                        d[j].store(to.add(j * place));
                    }
                    from = from.wrapping_add(M * view.pixel);
                    to = to.wrapping_add(next);
                }
            }
        }
    }
}
