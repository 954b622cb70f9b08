//! The kernel for a 3x3 convolution to a single channel: vectors run over its taps. What each pixel
//! contributes to the 9 outputs around it is a matrix product, and an output is a sum of 9 contributions.

use super::aligned::Aligned;
use super::border::clear_pixel;
use super::conv::{OneByOne, inputs, places};
use super::matmul::{Chunks, Product, Series, Tap};
use super::part::Part;
use super::vector::Vector;
use crate::graph::ops::{BORDER, Conv, View};

/// Taps along each axis.
const SIDE: usize = 3;

pub(super) struct ToOne {
    chunks: Chunks,
    /// Elements of an input pixel that are read: see [`inputs()`].
    inputs: usize,
    /// [input, tap], each row padded with zeros to whole vectors.
    weights: Aligned,
    bias: f32,
}

impl ToOne {
    /// Whether this kernel can run a convolution.
    pub(super) fn suits(conv: &Conv, output: &View) -> bool {
        let Conv { kernel, stride, padding, phases, silu, .. } = *conv;
        output.channels.count == 1 && (kernel, stride, padding, phases, silu) == (SIDE, 1, BORDER, 1, false)
    }

    pub(super) fn new(packed: &[f32], conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        let [from, to] = [input, output].map(places);
        let chunks = Chunks::of_images(SIDE * SIDE, output.channels.images, lanes);
        let weight = |input: usize, tap: usize| packed[conv.weight + (tap * from + input) * to];
        let matrix: Vec<f32> = (0..inputs(input))
            .flat_map(|input| (0..SIDE * SIDE).map(move |tap| weight(input, tap)))
            .collect();
        Self {
            chunks,
            inputs: inputs(input),
            weights: chunks.pack(&matrix, SIDE * SIDE),
            bias: packed[conv.bias],
        }
    }

    /// How many f32 elements of `work` are used: what a row of pixels contributes, [side + 2, width].
    pub(super) fn work(&self, output: &View) -> usize {
        (output.side + SIDE - 1) * self.chunks.width
    }
}

impl OneByOne for ToOne {
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        output: &View,
        scratch: *mut f32,
        work: &mut [f32],
        part: Part,
    ) {
        let Chunks { width, row: weights, .. } = self.chunks;
        let images = output.channels.images;
        let given = &mut work[..self.work(output)];
        let rows = part.of(output.side);
        for y in rows.start..rows.end + SIDE - 1 {
            // Safety: the input is as large as the output, and row `y` of it, border included, has `side + 2`
            // pixels, for which `given` has `width` elements each.
            unsafe {
                let product = Product {
                    x: scratch.add(input.at(y, 0)),
                    stride: input.pixel,
                    pixels: output.side + SIDE - 1,
                    taps: &Tap::WHOLE,
                    inputs: self.inputs,
                    input: images,
                    weights: self.weights.as_ptr(),
                    row: weights,
                    start: None,
                    to: given.as_mut_ptr(),
                    to_next: width,
                    series: Series::ONE,
                };
                product.run_chunk::<V>(self.chunks);
            }
            // Input row `y` is the first that output row `y` sees, the second of the row above, and so on.
            for row in (0..SIDE).filter(|row| rows.contains(&y.wrapping_sub(*row))) {
                // Safety: the filter leaves rows of the output, whose pixels lie in `scratch`. Output `x`
                // takes from `given` an element of each of the pixels `x`, `x + 1` and `x + 2`, all below
                // `side + 2`.
                unsafe {
                    let mut from = given.as_ptr().add(row * SIDE * images);
                    let mut to = scratch.add(output.at(y - row + BORDER, BORDER));
                    for _ in 0..output.side {
                        if row == 0 {
                            clear_pixel::<V>(output, to);
                            for image in 0..images {
                                *to.add(image) = self.bias;
                            }
                        }
                        for image in 0..images {
                            let given = |x: usize| *from.add(x * (width + images) + image);
                            *to.add(image) += given(0) + given(1) + given(2);
                        }
                        from = from.add(width);
                        to = to.add(output.pixel);
                    }
                }
            }
        }
    }
}
