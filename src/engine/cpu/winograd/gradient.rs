//! A 3x3 convolution's gradient with respect to its weights, by Winograd's filtering run backwards: the
//! products are the same 6 x 6, summed over tiles instead of channels.

mod interleaved;

pub(in crate::engine::cpu) use self::interleaved::WinogradGradientInterleaved;
use super::strip::Strip;
use super::tiles::{Tiles, Transformed, columns, last, side};
use super::transform::{kept, output_back, weights_back, with_outputs};
use super::{M, PLACES, SIDE};
use crate::engine::cpu::conv::inputs;
use crate::engine::cpu::matmul::{Chunks, Product, Series, Tap};
use crate::engine::cpu::vector::{Vector, add_to};
use crate::graph::ops::{BORDER, Conv, View};

/// About how many tiles are transformed at once: those of several images where an image has few.
const TILES: usize = 32;
/// How many input channels' sums are made at once, so that they stay in the cache.
const ROWS: usize = 8;

pub(in crate::engine::cpu) struct WinogradGradient {
    /// Offset of the weights among all packed ones, and of their gradient likewise.
    weight: usize,
    chunks: Chunks,
    /// Elements of an input pixel that are read: see [`inputs()`].
    inputs: usize,
    /// f32 elements of a transformed tile of inputs at one place, in whole vectors.
    depth: usize,
    /// f32 elements of a transformed tile of gradients at one place, in whole vectors.
    outputs: usize,
    /// The input's and the output's depth, as the weights are packed.
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

    /// How many tiles lie along an image's side, and how many images' tiles are transformed at once.
    fn tiles(view: &View) -> (usize, usize) {
        let side = side(view);
        (side, (TILES / (side * side)).max(1))
    }

    /// How many f32 elements of `work` are used: a row's columns, the transformed tiles, and sums.
    pub(in crate::engine::cpu) fn work(&self, view: &View, lanes: usize) -> usize {
        let (side, images) = Self::tiles(view);
        let tiles = side * side * images;
        columns(view, side, lanes) + PLACES * (tiles * (self.depth + self.outputs) + ROWS * self.outputs)
    }

    /// Adds the gradients of all images to `gradient`, which is packed like the graph's weights. `of_output`
    /// is where the gradient of the loss with respect to the convolution's sums lies.
    ///
    /// # Safety
    /// Both views lie in each of the images' scratch buffers, [`work`](Self::work) says what `work` must
    /// hold, `gradient` holds the convolution's weights, and the machine has the instructions of `V`, whose
    /// lanes this was made for.
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
        let (columns, work) = work.split_at_mut(columns(input, side, V::LANES));
        for group in scratch.chunks(images) {
            let tiles = side * side * group.len();
            let (inputs, work) = work.split_at_mut(PLACES * tiles * self.depth);
            let (outputs, sums) = work.split_at_mut(PLACES * tiles * self.outputs);
            let strip = Strip { side, last: last(input), first: 0, rows: side * group.len() };
            for row in 0..strip.rows {
                let ([image, y], at) = (strip.image(row), strip.row(row));
                let (scratch, tiles_of_row) = (group[image], Tiles::row(input, y * M));
                // Safety: the row's pixels lie in the image's tensors, and its tiles are among the `tiles` at each
                // place.
                unsafe {
                    tiles_of_row.down::<V>(scratch, columns.as_mut_ptr());
                    let place = tiles * self.depth;
                    for i in kept(tiles_of_row.rows()) {
                        let [to, cut] =
                            at.map(|tile| inputs.as_mut_ptr().add(i * SIDE * place + tile * self.depth));
                        let to = Transformed { to, cut, depth: self.depth, tile: self.depth, place };
                        tiles_of_row.along::<V>(columns.as_ptr(), i, to);
                    }
                    for x in 0..side {
                        let tile = if x < tiles_of_row.whole() { at[0] + x } else { at[1] };
                        let to = outputs.as_mut_ptr().add(tile * self.outputs);
                        self.spread::<V>(of_output, scratch, [y * M, x * M], to, tiles * self.outputs);
                    }
                }
            }
            // Safety: the tiles of the whole group were transformed, and `work` ends with room for the sums.
            unsafe { self.multiply::<V>(inputs.as_ptr(), outputs.as_ptr(), strip, sums, gradient) };
        }
    }

    /// Transforms the gradients of the tile at pixel (y, x) to [place, output]. Places are `place` f32
    /// elements apart.
    ///
    /// # Safety
    /// The view's tensor lies in `scratch`, and at `to` there is room for the tile at all places. The machine
    /// has `V`'s instructions.
    #[inline(always)]
    unsafe fn spread<V: Vector>(
        &self,
        view: &View,
        scratch: *const f32,
        [y, x]: [usize; 2],
        to: *mut f32,
        place: usize,
    ) {
        let from = scratch.wrapping_add(view.at(y + BORDER, x + BORDER));
        let [rows, columns] = [y, x].map(|first| M.min(view.side - first));
        for c in (0..self.outputs).step_by(V::LANES) {
            // Safety: the pixels lie in the tensor. The lanes beyond the view's depth, padding of `outputs`, reach
            // no further than into the row of border below them.
            unsafe {
                let mut down = [[V::splat(0.0); M]; SIDE];
                with_outputs!(rows, R in 1 2 3 4 => for j in 0..columns {
                    let mut d = [V::splat(0.0); M];
                    for i in 0..R {
                        d[i] = V::load(from.add(i * view.row() + j * view.pixel + c));
                    }
                    let d = output_back::<V, R>(d);
                    for i in kept(R) {
                        down[i][j] = d[i];
                    }
                });
                with_outputs!(columns, C in 1 2 3 4 => for i in kept(rows) {
                    let d = output_back::<V, C>(down[i]);
                    for j in kept(C) {
                        d[j].store(to.add((i * SIDE + j) * place + c));
                    }
                });
            }
        }
    }

    /// Sums the products of inputs and gradients over all tiles that keep a place, at every place and for a
    /// few input channels at a time, and adds to `gradient` what the sums mean for the taps.
    ///
    /// # Safety
    /// `inputs` hold [place, tile, `self.depth`] elements of the strip's tiles, `outputs` [place, tile,
    /// `self.outputs`], `sums` [place, `ROWS`, `self.outputs`], and `gradient` the convolution's weights. The
    /// machine has `V`'s instructions.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(
        &self,
        inputs: *const f32,
        outputs: *const f32,
        strip: Strip,
        sums: &mut [f32],
        gradient: &mut [f32],
    ) {
        let Chunks { chunks, vectors, width, .. } = self.chunks;
        let sums = sums.as_mut_ptr();
        for first in (0..self.inputs).step_by(ROWS) {
            let rows = ROWS.min(self.inputs - first);
            for chunk in 0..chunks {
                for [places, tiles] in strip.series() {
                    let [x, weights] = [self.depth, self.outputs]
                        .map(|tile| (places.start * strip.tiles() + tiles.start) * tile);
                    // Safety: input channels `first` to `first + rows` are below `self.inputs`, so they lie in
                    // each tile's `depth`; the chunks fill each tile's `outputs`, and `sums` hold `ROWS` rows of
                    // them at each place.
                    unsafe {
                        let product = Product {
                            x: inputs.add(x + first),
                            stride: 1,
                            pixels: rows,
                            taps: &Tap::WHOLE,
                            inputs: tiles.len(),
                            input: self.depth,
                            weights: outputs.add(weights + chunk * width),
                            row: self.outputs,
                            start: None,
                            to: sums.add(places.start * ROWS * self.outputs + chunk * width),
                            to_next: self.outputs,
                            series: Series {
                                count: places.len(),
                                x: strip.tiles() * self.depth,
                                weights: strip.tiles() * self.outputs,
                                to: ROWS * self.outputs,
                            },
                        };
                        product.run::<V>(vectors);
                    }
                }
            }
            for row in 0..rows {
                // Safety: these are the sums of input channel `first + row`, which is below `self.inputs`.
                unsafe {
                    let [_, depth] = self.matrix;
                    let gradient = gradient[self.weight..].as_mut_ptr().add((first + row) * depth);
                    let place = ROWS * self.outputs;
                    add_taps::<V>(sums.add(row * self.outputs), place, gradient, self.matrix);
                }
            }
        }
    }
}

/// Transforms a row of sums to the gradients of its taps, and adds them to `gradient`: an input channel's row, or all of
/// them as a single one. Places are `place` f32 elements apart, and a tap's matrix of gradients is [from, depth].
///
/// # Safety
/// `sums` hold whole vectors up to `depth` at each place, and `gradient` points to the row in the first tap's matrix. The
/// machine has `V`'s instructions.
#[inline(always)]
unsafe fn add_taps<V: Vector>(sums: *const f32, place: usize, gradient: *mut f32, [from, depth]: [usize; 2]) {
    for c in (0..depth).step_by(V::LANES) {
        // Safety: the sums have whole vectors up to `depth`. Each tap's matrix of gradients has `from` rows of `depth`
        // elements, of which `depth - c` are left in this one.
        unsafe {
            let zero = V::splat(0.0);
            let mut down = [[zero; SIDE]; 3];
            for j in 0..SIDE {
                let mut u = [zero; SIDE];
                for i in 0..SIDE {
                    u[i] = V::load(sums.add((i * SIDE + j) * place + c));
                }
                let u = weights_back(u);
                for i in 0..3 {
                    down[i][j] = u[i];
                }
            }
            for i in 0..3 {
                let taps = weights_back(down[i]);
                for j in 0..3 {
                    add_to(taps[j], gradient.add((i * 3 + j) * from * depth + c), depth - c);
                }
            }
        }
    }
}
