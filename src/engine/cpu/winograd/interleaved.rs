//! Winograd's filtering for interleaved images: every number is a whole vector, one lane for each image.
//!
//! That is many times as much as an image alone, so as little as possible is under way at once. A strip is a few
//! tiles of a row. Its inputs are transformed down all columns; then each of the 6 rows of places is gone through,
//! with its inputs transformed along it, its products, and its sums transformed along it; in the end all rows' sums
//! are transformed down, and are pixels.

use super::tiles::{Tiles, Transformed, columns, side};
use super::transform::{kept, left_out, output_of, weights, with_outputs};
use super::{M, SIDE};
use crate::engine::cpu::aligned::Aligned;
use crate::engine::cpu::conv::{OneByOne, inputs, trimmed};
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::matmul::interleaved::repeat;
use crate::engine::cpu::matmul::{Product, Series, Tap};
use crate::engine::cpu::part::Part;
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, Conv, LANES, View};

/// The most tiles of a strip.
const STRIP: usize = 4;

pub(in crate::engine::cpu) struct WinogradInterleaved {
    finish: Finish,
    /// Channels of an input pixel.
    inputs: usize,
    /// Channels of an output pixel.
    outputs: usize,
    /// [place, input, output].
    weights: Aligned,
    /// [output, image].
    bias: Aligned,
}

/// Some tiles of a row, and what is under way of them.
#[derive(Clone, Copy)]
struct Strip<'a> {
    tiles: Tiles<'a>,
    to: &'a View,
    /// The buffer that the view lies in.
    scratch: *mut f32,
    /// A row of places: its inputs, [place x, tile, input, image].
    inputs: *mut f32,
    /// And its sums, [place x, tile, output, image].
    sums: *mut f32,
    /// All rows' sums, transformed along: [place y, pixel, output, image].
    rows: *mut f32,
}

impl WinogradInterleaved {
    pub(in crate::engine::cpu) fn new(
        packed: &[f32],
        conv: &Conv,
        input: &View,
        output: &View,
        finish: Finish,
    ) -> Self {
        let taps = trimmed(packed, conv, input, output);
        let outputs = output.channels.count;
        Self {
            finish,
            inputs: inputs(input),
            outputs,
            weights: Aligned::from(&weights(&taps)[..]),
            bias: repeat(&packed[conv.bias..][..outputs], output.channels.images),
        }
    }

    /// Tiles of a strip: those of a row in strips of about the same length.
    fn tiles(view: &View) -> usize {
        let side = side(view);
        side.div_ceil(side.div_ceil(STRIP))
    }

    /// f32 elements of what is under way of a strip: its inputs transformed down, and what [`Strip`] has.
    fn lengths(&self, view: &View, lanes: usize) -> [usize; 4] {
        let tiles = Self::tiles(view);
        let [inputs, outputs] = [self.inputs, self.outputs].map(|channels| channels * lanes);
        [
            columns(view, tiles, lanes),
            SIDE * tiles * inputs,
            SIDE * tiles * outputs,
            SIDE * tiles * M * outputs,
        ]
    }

    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn work(&self, view: &View, lanes: usize) -> usize {
        self.lengths(view, lanes).iter().sum()
    }

    /// Multiplies at the places of row `i`: all tiles where the last one keeps a place, and else all but that one.
    ///
    /// # Safety
    /// The strip's parts have room for its tiles, whose inputs are transformed, and the machine has `V`'s instructions.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(&self, strip: Strip, i: usize) {
        let (tiles, matrix) = (strip.tiles.count, self.inputs * self.outputs);
        let [inputs, outputs] = [self.inputs, self.outputs].map(|channels| channels * V::LANES);
        let last = strip.tiles.last();
        let series = [(kept(last), tiles), (left_out(last), tiles - 1)];
        for (places, pixels) in series.into_iter().filter(|(places, _)| !places.is_empty()) {
            // Safety: each place has its inputs, its sums and its matrix.
            unsafe {
                let product = Product {
                    x: strip.inputs.add(places.start * tiles * inputs),
                    stride: inputs,
                    pixels,
                    taps: &Tap::WHOLE,
                    inputs: self.inputs,
                    input: V::LANES,
                    row: self.outputs,
                    weights: self.weights.as_ptr().add((i * SIDE + places.start) * matrix),
                    start: None,
                    to: strip.sums.add(places.start * tiles * outputs),
                    to_next: outputs,
                    series: Series {
                        count: places.len(),
                        x: tiles * inputs,
                        weights: matrix,
                        to: tiles * outputs,
                    },
                };
                product.run_interleaved::<V>(self.outputs);
            }
        }
    }

    /// Transforms the sums of row `i` of the places along it.
    ///
    /// # Safety
    /// As [`multiply`](Self::multiply), which has made the sums.
    #[inline(always)]
    unsafe fn along<V: Vector>(&self, strip: Strip, i: usize) {
        let whole = strip.tiles.whole();
        // Safety: the caller promises the same; the last tile has as many columns of outputs.
        unsafe {
            for tile in 0..whole {
                self.along_of::<V, M>(strip, i, tile);
            }
            with_outputs!(strip.tiles.last(), R in 1 2 3 => self.along_of::<V, R>(strip, i, whole));
        }
    }

    /// Transforms a tile with `R` columns of outputs.
    ///
    /// # Safety
    /// As [`along`](Self::along).
    #[inline(always)]
    unsafe fn along_of<V: Vector, const R: usize>(&self, strip: Strip, i: usize, tile: usize) {
        let outputs = self.outputs * V::LANES;
        let place = strip.tiles.count * outputs;
        // Safety: a row of places has `SIDE * place` sums, and `rows` as many pixels as the tiles have in a row.
        unsafe {
            let (sums, to) =
                (strip.sums.add(tile * outputs), strip.rows.add((i * place + tile * outputs) * M));
            for c in (0..outputs).step_by(V::LANES) {
                let m = output_of::<V, R>(sums.add(c), place);
                for j in 0..R {
                    m[j].store(to.add(j * outputs + c));
                }
            }
        }
    }

    /// Transforms all rows' sums down, to pixels; adds the bias, and finishes them.
    ///
    /// # Safety
    /// As [`along`](Self::along), which has made the rows, and the strip's pixels lie in its view.
    #[inline(always)]
    unsafe fn down<V: Vector>(&self, strip: Strip, finish: Finish) {
        // Safety: the caller promises the same.
        unsafe { with_outputs!(strip.tiles.rows(), R in 1 2 3 4 => self.down_of::<V, R>(strip, finish)) }
    }

    /// # Safety
    /// As [`down`](Self::down), for tiles with `R` rows of outputs.
    #[inline(always)]
    unsafe fn down_of<V: Vector, const R: usize>(&self, strip: Strip, finish: Finish) {
        let Strip { to, tiles, .. } = strip;
        let ([y, x], outputs) = (tiles.pixel, self.outputs * V::LANES);
        let row = tiles.count * M * outputs;
        for pixel in 0..tiles.columns() {
            for c in (0..outputs).step_by(V::LANES) {
                // Safety: each row of places that the tiles keep has the sums of `M` pixels for each tile, `pixel`
                // among them, and the pixels from (y, x) on lie in the view for `R` rows.
                unsafe {
                    let m = output_of::<V, R>(strip.rows.add(pixel * outputs + c), row);
                    let bias = V::load(self.bias.as_ptr().add(c));
                    let at = strip.scratch.add(to.at(y + BORDER, x + pixel + BORDER) + c);
                    for j in 0..R {
                        finish.put(m[j].add(bias), at.add(j * to.row()), V::LANES);
                    }
                }
            }
        }
    }
}

impl OneByOne for WinogradInterleaved {
    #[inline(always)]
    unsafe fn run<V: Vector>(&self, from: &View, to: &View, scratch: *mut f32, work: &mut [f32], part: Part) {
        // Vectors of the fewest lanes gain nothing by it: this is no code where there are no others.
        assert!(V::LANES > LANES, "nothing is interleaved in so few lanes");
        let mut rest = work;
        let [columns, inputs, sums, rows] = self.lengths(from, V::LANES).map(|len| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
            rest = after;
            part.as_mut_ptr()
        });
        let (side, most) = (side(from), Self::tiles(from));
        let each = side.div_ceil(most);
        for strip in part.of(side * each) {
            let (y, x) = (strip / each, strip % each * most);
            let tiles = Tiles { view: from, pixel: [y * M, x * M], count: most.min(side - x) };
            let strip = Strip { tiles, to, scratch, inputs, sums, rows };
            let depth = self.inputs * V::LANES;
            let cut = inputs.wrapping_add(tiles.whole() * depth);
            let transformed = Transformed { to: inputs, cut, depth, tile: depth, place: tiles.count * depth };
            // Safety: the tiles are the view's, and there is room for `most` of them in each part of `work`.
            unsafe {
                tiles.down::<V>(scratch, columns);
                for i in kept(tiles.rows()) {
                    tiles.along::<V>(columns, i, transformed);
                    self.multiply::<V>(strip, i);
                    self.along::<V>(strip, i);
                }
                // Each kind of finish has its own loop, so that none branches for every vector.
                match self.finish {
                    Finish::Keep => self.down::<V>(strip, Finish::Keep),
                    Finish::Silu => self.down::<V>(strip, Finish::Silu),
                    Finish::SiluAndSlope(further) => self.down::<V>(strip, Finish::SiluAndSlope(further)),
                    Finish::Slope { plus } => self.down::<V>(strip, Finish::Slope { plus }),
                    Finish::Plus(further) => self.down::<V>(strip, Finish::Plus(further)),
                }
            }
        }
    }
}
