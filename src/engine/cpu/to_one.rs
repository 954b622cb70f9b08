//! A 3x3 convolution to a single channel: vectors run over its taps. What each pixel gives to the 9
//! outputs around it is a matrix product, and an output sums up 9 numbers.

use super::aligned::Aligned;
use super::border::clear_pixel;
use super::conv::inputs;
use super::matmul::{Chunks, Product, Series, Tap};
use super::vector::Vector;
use crate::graph::ops::{BORDER, Conv, View};

/// Taps along each axis.
const SIDE: usize = 3;

pub(super) struct ToOne {
    chunks: Chunks,
    inputs: usize,
    /// [input, tap].
    weights: Aligned,
    bias: f32,
}

impl ToOne {
    /// Whether a convolution is one that this kernel can run.
    pub(super) fn suits(conv: &Conv, output: &View) -> bool {
        let Conv { kernel, stride, padding, phases, silu, .. } = *conv;
        output.channels.count == 1 && (kernel, stride, padding, phases, silu) == (SIDE, 1, BORDER, 1, false)
    }

    pub(super) fn new(packed: &[f32], conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        let [from, to] = [input, output].map(|view| view.channels.depth());
        let chunks = Chunks::new(SIDE * SIDE, lanes);
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

    /// Numbers of `work` that are used: what a row of pixels gives.
    pub(super) fn work(&self, output: &View) -> usize {
        (output.side + SIDE - 1) * self.chunks.width
    }

    /// # Safety
    /// Both views lie in `scratch`, and [`work`](Self::work) says what `work` must hold.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(
        &self,
        input: &View,
        output: &View,
        scratch: *mut f32,
        work: &mut [f32],
    ) {
        let width = self.chunks.width;
        let given = &mut work[..self.work(output)];
        for y in 0..output.side + SIDE - 1 {
            unsafe {
                let product = Product {
                    x: scratch.add(input.at(y, 0)),
                    stride: input.pixel,
                    pixels: output.side + SIDE - 1,
                    taps: &Tap::WHOLE,
                    inputs: self.inputs,
                    input: 1,
                    weights: self.weights.as_ptr(),
                    row: width,
                    start: None,
                    to: given.as_mut_ptr(),
                    to_next: width,
                    series: Series::ONE,
                };
                product.run::<V>(self.chunks.vectors);
            }
            // The row is the first that an output row sees, the second of the one above, and so on.
            for row in (0..SIDE).filter(|row| (0..output.side).contains(&y.wrapping_sub(*row))) {
                unsafe {
                    let mut from = given.as_ptr().add(row * SIDE);
                    let mut to = scratch.add(output.at(y - row + BORDER, BORDER));
                    for _ in 0..output.side {
                        if row == 0 {
                            clear_pixel::<V>(output, to);
                            *to = self.bias;
                        }
                        *to += *from + *from.add(width + 1) + *from.add(2 * width + 2);
                        from = from.add(width);
                        to = to.add(output.pixel);
                    }
                }
            }
        }
    }
}
