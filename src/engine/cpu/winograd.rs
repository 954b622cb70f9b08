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
use super::matmul::{Chunks, Product, Tap};
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
    /// Numbers of a transformed tile at one place: the inputs in whole vectors.
    depth: usize,
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
        Self {
            finish,
            chunks,
            inputs: inputs(input),
            depth: input.channels.depth().next_multiple_of(lanes),
            weights: chunks.pack(&weights(&taps), depth),
            bias: chunks.pack(&plan.weights[conv.bias..][..depth], depth),
        }
    }

    fn tiles(view: &View) -> Tiles {
        let side = view.side.div_ceil(M);
        Tiles { side, rows: (STRIP / side).clamp(1, side) }
    }

    /// Numbers of one vector column that the first half of the input's transform leaves.
    fn columns(view: &View) -> usize {
        (Self::tiles(view).side * M + 2) * SIDE
    }

    /// Numbers of `work` that are used: one vector's columns, and a strip's inputs, sums and outputs.
    pub(super) fn work(&self, view: &View, lanes: usize) -> usize {
        let tiles = Self::tiles(view);
        let outputs = self.chunks.chunks * self.chunks.width;
        Self::columns(view) * lanes
            + PLACES * tiles.rows * tiles.side * (self.depth + outputs)
            + tiles.rows * M * view.side * outputs
    }

    /// # Safety
    /// Both views lie in `scratch`, and [`work`](Self::work) says what `work` must hold.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(&self, from: &View, to: &View, scratch: *mut f32, work: &mut [f32]) {
        let tiles = Self::tiles(from);
        let (columns, work) = work.split_at_mut(Self::columns(from) * V::LANES);
        let (transformed, work) = work.split_at_mut(PLACES * tiles.rows * tiles.side * self.depth);
        let outputs = self.chunks.chunks * self.chunks.width;
        let (sums, out) = work.split_at_mut(PLACES * tiles.rows * tiles.side * outputs);
        let [columns, transformed, sums] = [columns, transformed, sums].map(|part| part.as_mut_ptr());
        for first in (0..tiles.side).step_by(tiles.rows) {
            let rows = tiles.rows.min(tiles.side - first);
            let count = rows * tiles.side;
            unsafe {
                for row in 0..rows {
                    let pixels = Self::pixel_rows(from, (first + row) * M);
                    let to = transformed.add(row * tiles.side * self.depth);
                    let place = count * self.depth;
                    transform::<V>(from, scratch, pixels, tiles.side, columns, to, self.depth, place);
                }
                self.multiply::<V>(transformed, sums, count);
                let height = (rows * M).min(to.side - first * M);
                let out = &mut out[..height * to.side * to.channels.depth()];
                for tile in 0..count {
                    let place = [tile / tiles.side * M, tile % tiles.side * M];
                    self.finish::<V>(
                        sums.add(tile * outputs),
                        count * outputs,
                        [height, to.side],
                        place,
                        out,
                    );
                }
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
        for chunk in 0..chunks {
            for place in 0..PLACES {
                unsafe {
                    let product = Product {
                        x: transformed.add(place * tiles * self.depth),
                        stride: self.depth,
                        pixels: tiles,
                        taps: &Tap::WHOLE,
                        inputs: self.inputs,
                        input: 1,
                        row: width,
                        weights: self.weights.as_ptr().add((chunk * PLACES + place) * self.inputs * width),
                        to: sums.add(place * tiles * chunks * width + chunk * width),
                        to_next: chunks * width,
                    };
                    product.run::<V>(vectors);
                }
            }
        }
    }

    /// One tile's outputs to pixel (y, x) of `out`, [height, width, depth]; its sums lie `place` numbers
    /// from each other.
    #[inline(always)]
    unsafe fn finish<V: Vector>(
        &self,
        sums: *const f32,
        place: usize,
        [height, width]: [usize; 2],
        [y, x]: [usize; 2],
        out: &mut [f32],
    ) {
        let depth = out.len() / (height * width);
        let out = out.as_mut_ptr();
        for c in (0..depth).step_by(V::LANES) {
            unsafe {
                let mut down = [[V::splat(0.0); SIDE]; M];
                for j in 0..SIDE {
                    let mut m = [V::splat(0.0); SIDE];
                    for i in 0..SIDE {
                        m[i] = V::load(sums.add((i * SIDE + j) * place + c));
                    }
                    let m = output(m);
                    for i in 0..M {
                        down[i][j] = m[i];
                    }
                }
                let bias = V::load(self.bias.as_ptr().add(c));
                for i in 0..M {
                    let sums = output(down[i]);
                    for j in 0..M {
                        if y + i < height && x + j < width {
                            let to = out.add(((y + i) * width + x + j) * depth + c);
                            store(sums[j].add(bias), to, depth - c);
                        }
                    }
                }
            }
        }
    }
}

/// A row of tiles to [place, tile, depth]; `place` numbers from one place to the next.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "two layouts, of a kernel that must be inlined")]
unsafe fn transform<V: Vector>(
    view: &View,
    scratch: *const f32,
    rows: [usize; SIDE],
    tiles: usize,
    columns: *mut f32,
    to: *mut f32,
    depth: usize,
    place: usize,
) {
    let width = tiles * M + 2;
    for c in (0..depth).step_by(V::LANES) {
        unsafe {
            // 1. Down each column of pixels, for all tiles that see it.
            for column in 0..width {
                let mut d = [V::splat(0.0); SIDE];
                for j in 0..SIDE {
                    d[j] = V::load(scratch.add(rows[j] + column * view.pixel + c));
                }
                let d = input(d);
                for j in 0..SIDE {
                    d[j].store(columns.add((j * width + column) * V::LANES));
                }
            }
            // 2. Along each row of these.
            for i in 0..SIDE {
                for tile in 0..tiles {
                    let mut d = [V::splat(0.0); SIDE];
                    for j in 0..SIDE {
                        d[j] = V::load(columns.add((i * width + tile * M + j) * V::LANES));
                    }
                    let d = input(d);
                    for j in 0..SIDE {
                        d[j].store(to.add((i * SIDE + j) * place + tile * depth + c));
                    }
                }
            }
        }
    }
}
