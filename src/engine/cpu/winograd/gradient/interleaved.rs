//! The same for interleaved images. Inputs and gradients of a whole image are transformed down; then each of the 6 rows of
//! places is gone through, with both transformed along it and multiplied. So what is under way of a row stays in
//! the cache, and the sums over images, which have to be added up, are few.

use super::super::tiles::{Tiles, Transformed, columns, last, side};
use super::super::transform::{kept, output_back, with_outputs};
use super::super::{M, PLACES, SIDE};
use super::add_taps;
use crate::engine::cpu::conv::{GradientOneByOne, inputs};
use crate::engine::cpu::matmul::Tap;
use crate::engine::cpu::matmul::correlation::Correlation;
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, Conv, LANES, View};

pub(in crate::engine::cpu) struct WinogradGradientInterleaved {
    /// Offset of the weights among all packed ones, and of their gradient likewise.
    weight: usize,
    /// Channels of an input pixel, and of an output pixel.
    channels: [usize; 2],
    /// Where each row of tiles starts among those of a row of places.
    rows: Vec<Tap>,
}

impl WinogradGradientInterleaved {
    pub(in crate::engine::cpu) fn new(conv: &Conv, input: &View, output: &View) -> Self {
        let channels = [inputs(input), output.channels.count];
        let [depth, output_depth] = channels.map(|channels| channels * input.channels.images);
        let row = |y| y * side(input);
        let rows = (0..side(input)).map(|y| Tap { x: row(y) * depth, weights: row(y) * output_depth });
        Self { weight: conv.weight, channels, rows: rows.collect() }
    }

    /// f32 elements of the sums at a place.
    fn room(&self, lanes: usize) -> usize {
        let [inputs, outputs] = self.channels;
        Correlation::room(inputs, outputs, lanes)
    }

    /// f32 elements of what is under way: the inputs transformed down, and the gradients; those of a row of places, of
    /// all tiles; the sums at all places, and those that [`Correlation`] has not yet summed over images.
    fn lengths(&self, view: &View, lanes: usize) -> [usize; 6] {
        let side = side(view);
        let [inputs, outputs] = self.channels.map(|channels| channels * lanes);
        [
            side * columns(view, side, lanes),
            side * SIDE * side * M * outputs,
            SIDE * side * side * inputs,
            SIDE * side * side * outputs,
            PLACES * self.room(lanes),
            Correlation::work(self.channels[1], lanes),
        ]
    }

    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn work(&self, view: &View, lanes: usize) -> usize {
        self.lengths(view, lanes).iter().sum()
    }
}

impl GradientOneByOne for WinogradGradientInterleaved {
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        of_output: &View,
        scratch: *const f32,
        work: &mut [f32],
        gradient: &mut [f32],
    ) {
        // Vectors of the fewest lanes gain nothing by it: this is no code where there are no others.
        assert!(V::LANES > LANES, "nothing is interleaved in so few lanes");
        let mut rest = work;
        let [input_columns, output_columns, inputs, outputs, sums, pairs] =
            self.lengths(input, V::LANES).map(|len| {
                let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
                rest = after;
                part.as_mut_ptr()
            });
        let (side, [from, to], room) = (side(input), self.channels, self.room(V::LANES));
        let tiles = side * side;
        let [depth, output_depth] = [from, to].map(|channels| channels * V::LANES);
        // What is transformed down of a row of tiles.
        let [input_row, output_row] = [columns(input, side, V::LANES), SIDE * side * M * output_depth];
        // Safety: each part of `work` is as long as `lengths` says, of all rows of tiles and of all tiles of a row of
        // places; the views' pixels lie in `scratch`.
        unsafe {
            let tiles_of = |y: usize| (Tiles::row(input, y * M), Tiles::row(of_output, y * M));
            for y in 0..side {
                let (inputs, outputs) = tiles_of(y);
                inputs.down::<V>(scratch, input_columns.add(y * input_row));
                outputs_down::<V>(outputs, scratch, output_columns.add(y * output_row));
            }
            for i in 0..SIDE {
                // The last row of tiles may leave out this row of places.
                let rows = if kept(last(input)).contains(&i) { side } else { side - 1 };
                for y in 0..rows {
                    let (input_tiles, output_tiles) = tiles_of(y);
                    let to = inputs.add(y * side * depth);
                    let cut = to.add(input_tiles.whole() * depth);
                    let to = Transformed { to, cut, depth, tile: depth, place: tiles * depth };
                    input_tiles.along::<V>(input_columns.add(y * input_row), i, to);
                    let from = output_columns.add(y * output_row + i * side * M * output_depth);
                    let to = outputs.add(y * side * output_depth);
                    outputs_along::<V>(output_tiles, from, to, tiles * output_depth);
                }
                for j in 0..SIDE {
                    let keeps = kept(last(input)).contains(&j);
                    let sums = Correlation {
                        x: inputs.add(j * tiles * depth),
                        inputs: from,
                        y: outputs.add(j * tiles * output_depth),
                        outputs: to,
                        // Where the last tiles keep the place, the rows are one.
                        rows: if keeps { &Tap::WHOLE } else { &self.rows[..rows] },
                        places: if keeps { rows * side } else { side - 1 },
                        x_next: depth,
                        y_next: output_depth,
                        to: sums.add((i * SIDE + j) * room),
                        work: pairs,
                    };
                    sums.run::<V>();
                }
            }
            add_taps::<V>(sums, room, gradient[self.weight..].as_mut_ptr(), [1, from * to]);
        }
    }
}

/// Transforms the gradients of a row of tiles down: [place y, pixel, output, image].
///
/// # Safety
/// The view's tensor lies in `scratch`, at `to` there is room for the tiles, and the machine has `V`'s instructions.
#[inline(always)]
unsafe fn outputs_down<V: Vector>(tiles: Tiles, scratch: *const f32, to: *mut f32) {
    // Safety: the caller promises the same.
    unsafe { with_outputs!(tiles.rows(), R in 1 2 3 4 => outputs_down_of::<V, R>(tiles, scratch, to)) }
}

/// # Safety
/// As [`outputs_down`], for tiles with `R` rows of outputs.
#[inline(always)]
unsafe fn outputs_down_of<V: Vector, const R: usize>(tiles: Tiles, scratch: *const f32, to: *mut f32) {
    let Tiles { view, pixel: [y, left], count } = tiles;
    let depth = view.channels.depth();
    let place = count * M * depth;
    for x in 0..tiles.columns() {
        let from = scratch.wrapping_add(view.at(y + BORDER, left + x + BORDER));
        for c in (0..depth).step_by(V::LANES) {
            // Safety: the pixels lie in the tensor, each with whole vectors.
            unsafe {
                let mut d = [V::splat(0.0); M];
                for i in 0..R {
                    d[i] = V::load(from.add(i * view.row() + c));
                }
                let d = output_back::<V, R>(d);
                for i in kept(R) {
                    d[i].store(to.add(i * place + x * depth + c));
                }
            }
        }
    }
}

/// Transforms what [`outputs_down`] has made of a row of tiles along it, to [place x, tile, output, image]; places are
/// `place` f32 elements apart.
///
/// # Safety
/// `from` is a row of places of these tiles, at `to` there is room for them, and the machine has `V`'s instructions.
#[inline(always)]
unsafe fn outputs_along<V: Vector>(tiles: Tiles, from: *const f32, to: *mut f32, place: usize) {
    let (depth, whole) = (tiles.view.channels.depth(), tiles.whole());
    // Safety: the caller promises the same; a tile has room for `M` pixels of `depth` elements, and the last has as many
    // columns of outputs.
    unsafe {
        for tile in 0..whole {
            outputs_along_of::<V, M>(from.add(tile * M * depth), to.add(tile * depth), depth, place);
        }
        let (from, to) = (from.add(whole * M * depth), to.add(whole * depth));
        with_outputs!(tiles.last(), R in 1 2 3 => outputs_along_of::<V, R>(from, to, depth, place));
    }
}

/// Transforms a tile with `R` columns of outputs.
///
/// # Safety
/// As [`outputs_along`], for this tile.
#[inline(always)]
unsafe fn outputs_along_of<V: Vector, const R: usize>(
    from: *const f32,
    to: *mut f32,
    depth: usize,
    place: usize,
) {
    for c in (0..depth).step_by(V::LANES) {
        // Safety: the tile has `R` pixels of `depth` elements, and as many at each place.
        unsafe {
            let mut d = [V::splat(0.0); M];
            for j in 0..R {
                d[j] = V::load(from.add(j * depth + c));
            }
            let d = output_back::<V, R>(d);
            for j in kept(R) {
                d[j].store(to.add(j * place + c));
            }
        }
    }
}
