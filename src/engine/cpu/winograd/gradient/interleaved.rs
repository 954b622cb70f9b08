//! The same for interleaved images. Inputs and gradients of a whole image are transformed down; then each of the 6 rows of
//! places is gone through, with both transformed along it and multiplied. So what is under way of a row stays in
//! the cache, and the sums over images, which have to be added up, are few.

use super::super::tiles::{Transformed, along, columns, down, pixel_rows, side};
use super::super::transform::output_back;
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
}

impl WinogradGradientInterleaved {
    pub(in crate::engine::cpu) fn new(conv: &Conv, input: &View, output: &View) -> Self {
        Self { weight: conv.weight, channels: [inputs(input), output.channels.count] }
    }

    /// f32 elements of an input channel's sums at a place: whole vectors.
    fn row(&self, lanes: usize) -> usize {
        self.channels[1].next_multiple_of(lanes)
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
            PLACES * self.channels[0] * self.row(lanes),
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
        let (side, [from, to], row) = (side(input), self.channels, self.row(V::LANES));
        let tiles = side * side;
        let [depth, output_depth] = [from, to].map(|channels| channels * V::LANES);
        // What is transformed down of a row of tiles.
        let [input_row, output_row] = [columns(input, side, V::LANES), SIDE * side * M * output_depth];
        // Safety: each part of `work` is as long as `lengths` says, of all rows of tiles and of all tiles of a row of
        // places; the views' pixels lie in `scratch`.
        unsafe {
            for y in 0..side {
                let to = input_columns.add(y * input_row);
                down::<V>(input, scratch, pixel_rows(input, y * M), side, to);
                outputs_down::<V>(of_output, scratch, y * M, side, output_columns.add(y * output_row));
            }
            for i in 0..SIDE {
                for y in 0..side {
                    let to = inputs.add(y * side * depth);
                    let to = Transformed { to, depth, tile: depth, place: tiles * depth };
                    along::<V>(input, input_columns.add(y * input_row), i, side, to);
                    let from = output_columns.add(y * output_row + i * side * M * output_depth);
                    let to = outputs.add(y * side * output_depth);
                    outputs_along::<V>(from, side, to, output_depth, tiles * output_depth);
                }
                for j in 0..SIDE {
                    let sums = Correlation {
                        x: inputs.add(j * tiles * depth),
                        inputs: from,
                        y: outputs.add(j * tiles * output_depth),
                        outputs: to,
                        rows: &Tap::WHOLE,
                        places: tiles,
                        x_next: depth,
                        y_next: output_depth,
                        to: sums.add((i * SIDE + j) * from * row),
                        to_next: row,
                        work: pairs,
                    };
                    sums.run::<V>();
                }
            }
            for channel in 0..from {
                let gradient = gradient[self.weight..].as_mut_ptr().add(channel * to);
                add_taps::<V>(sums.add(channel * row), from * row, gradient, [from, to]);
            }
        }
    }
}

/// Transforms the gradients of a row of tiles, from pixel row `y` on, down: [place y, pixel, output, image].
///
/// # Safety
/// The view's tensor lies in `scratch`, at `to` there is room for the tiles, and the machine has `V`'s instructions.
#[inline(always)]
unsafe fn outputs_down<V: Vector>(view: &View, scratch: *const f32, y: usize, tiles: usize, to: *mut f32) {
    // For rows below the image, the border above it is read: it is zero too. To the right of the image come its
    // border and the next row's.
    let mut rows = [0; M];
    for (i, row) in rows.iter_mut().enumerate() {
        *row = view.at(if y + i < view.side { y + i + BORDER } else { 0 }, BORDER);
    }
    let depth = view.channels.depth();
    let place = tiles * M * depth;
    for x in 0..tiles * M {
        for c in (0..depth).step_by(V::LANES) {
            // Safety: the pixels lie in the tensor, as the last row that is read has a row of border after it.
            unsafe {
                let mut d = [V::splat(0.0); M];
                for i in 0..M {
                    d[i] = V::load(scratch.add(rows[i] + x * view.pixel + c));
                }
                let d = output_back(d);
                for i in 0..SIDE {
                    d[i].store(to.add(i * place + x * depth + c));
                }
            }
        }
    }
}

/// Transforms what [`outputs_down`] has made of a row of tiles along it, to [place x, tile, `depth`]; places are `place` f32
/// elements apart.
///
/// # Safety
/// `from` is a row of places of these tiles, at `to` there is room for them, and the machine has `V`'s instructions.
#[inline(always)]
unsafe fn outputs_along<V: Vector>(from: *const f32, tiles: usize, to: *mut f32, depth: usize, place: usize) {
    for tile in 0..tiles {
        for c in (0..depth).step_by(V::LANES) {
            // Safety: a tile has `M` pixels of `depth` elements, and as many at each place.
            unsafe {
                let mut d = [V::splat(0.0); M];
                for j in 0..M {
                    d[j] = V::load(from.add((tile * M + j) * depth + c));
                }
                let d = output_back(d);
                for j in 0..SIDE {
                    d[j].store(to.add(j * place + tile * depth + c));
                }
            }
        }
    }
}
