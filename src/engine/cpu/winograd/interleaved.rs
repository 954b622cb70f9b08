//! Winograd's filtering for interleaved images: every number is a whole vector, one lane for each image.
//!
//! That is many times as much as an image alone, so as little as possible is under way at once. A strip is a few
//! tiles of a row. Its inputs are transformed down all columns; then each of the 6 rows of places is gone through,
//! with its inputs transformed along it, its products, and its sums transformed along it; in the end all rows' sums
//! are transformed down, and are pixels.

use super::tiles::{Transformed, along, columns, down, pixel_rows, side};
use super::transform::{output, weights};
use super::{M, SIDE};
use crate::engine::cpu::aligned::Aligned;
use crate::engine::cpu::conv::{OneByOne, inputs, trimmed};
use crate::engine::cpu::finish::Finish;
use crate::engine::cpu::matmul::interleaved::repeat;
use crate::engine::cpu::matmul::{Product, Series, Tap};
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
    to: &'a View,
    /// The buffer that the view lies in.
    scratch: *mut f32,
    /// The first tile's first pixel.
    pixel: [usize; 2],
    tiles: usize,
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

    /// Multiplies at the places of row `i`.
    ///
    /// # Safety
    /// The strip's parts have room for its tiles, and the machine has `V`'s instructions.
    #[inline(always)]
    unsafe fn multiply<V: Vector>(&self, strip: Strip, i: usize) {
        let (tiles, matrix) = (strip.tiles, self.inputs * self.outputs);
        let [inputs, outputs] = [self.inputs, self.outputs].map(|channels| channels * V::LANES);
        // Safety: each place has its inputs, its sums and its matrix.
        unsafe {
            let product = Product {
                x: strip.inputs,
                stride: inputs,
                pixels: tiles,
                taps: &Tap::WHOLE,
                inputs: self.inputs,
                input: V::LANES,
                row: self.outputs,
                weights: self.weights.as_ptr().add(i * SIDE * matrix),
                start: None,
                to: strip.sums,
                to_next: outputs,
                series: Series { count: SIDE, x: tiles * inputs, weights: matrix, to: tiles * outputs },
            };
            product.run_interleaved::<V>(self.outputs);
        }
    }

    /// Transforms the sums of row `i` of the places along it.
    ///
    /// # Safety
    /// As [`multiply`](Self::multiply).
    #[inline(always)]
    unsafe fn along<V: Vector>(&self, strip: Strip, i: usize) {
        let outputs = self.outputs * V::LANES;
        let place = strip.tiles * outputs;
        // Safety: a row of places has `SIDE * place` sums, and `rows` as many pixels as the tiles have in a row.
        unsafe {
            let to = strip.rows.add(i * place * M);
            for tile in 0..strip.tiles {
                let (sums, to) = (strip.sums.add(tile * outputs), to.add(tile * M * outputs));
                for c in (0..outputs).step_by(V::LANES) {
                    let mut m = [V::splat(0.0); SIDE];
                    for j in 0..SIDE {
                        m[j] = V::load(sums.add(j * place + c));
                    }
                    let m = output(m);
                    for j in 0..M {
                        m[j].store(to.add(j * outputs + c));
                    }
                }
            }
        }
    }

    /// Transforms all rows' sums down, to pixels; adds the bias, and finishes them.
    ///
    /// # Safety
    /// As [`multiply`](Self::multiply), and the strip's pixels lie in its view.
    #[inline(always)]
    unsafe fn down<V: Vector>(&self, strip: Strip, finish: Finish) {
        let Strip { to, tiles, pixel: [y, x], .. } = strip;
        let outputs = self.outputs * V::LANES;
        // The last tiles may reach beyond the image.
        let [rows, pixels] = [(M, y), (tiles * M, x)].map(|(most, first)| most.min(to.side - first));
        for pixel in 0..pixels {
            for c in (0..outputs).step_by(V::LANES) {
                // Safety: each of the 6 rows of places has the sums of `tiles * M` pixels, `pixel` among them, and
                // the pixels from (y, x) on lie in the view for `rows` rows.
                unsafe {
                    let mut m = [V::splat(0.0); SIDE];
                    for i in 0..SIDE {
                        m[i] = V::load(strip.rows.add((i * tiles * M + pixel) * outputs + c));
                    }
                    let m = output(m);
                    let bias = V::load(self.bias.as_ptr().add(c));
                    let at = strip.scratch.add(to.at(y + BORDER, x + pixel + BORDER) + c);
                    for j in 0..M {
                        if j < rows {
                            finish.put(m[j].add(bias), at.add(j * to.row()), V::LANES);
                        }
                    }
                }
            }
        }
    }
}

impl OneByOne for WinogradInterleaved {
    #[inline(always)]
    unsafe fn run<V: Vector>(&self, from: &View, to: &View, scratch: *mut f32, work: &mut [f32]) {
        // Vectors of the fewest lanes gain nothing by it: this is no code where there are no others.
        assert!(V::LANES > LANES, "nothing is interleaved in so few lanes");
        let mut rest = work;
        let [columns, inputs, sums, rows] = self.lengths(from, V::LANES).map(|len| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
            rest = after;
            part.as_mut_ptr()
        });
        let (side, most) = (side(from), Self::tiles(from));
        for y in 0..side {
            for x in (0..side).step_by(most) {
                let (pixel, tiles) = ([y * M, x * M], most.min(side - x));
                let strip = Strip { to, scratch, pixel, tiles, inputs, sums, rows };
                let pixels = pixel_rows(from, y * M).map(|row| row + x * M * from.pixel);
                // Safety: the tiles are the view's, and there is room for `most` of them in each part of `work`.
                unsafe {
                    down::<V>(from, scratch, pixels, tiles, columns);
                    for i in 0..SIDE {
                        let place = tiles * self.inputs * V::LANES;
                        let depth = self.inputs * V::LANES;
                        along::<V>(
                            from,
                            columns,
                            i,
                            tiles,
                            Transformed { to: inputs, depth, tile: depth, place },
                        );
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
}
