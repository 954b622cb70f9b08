//! Any convolution, straight from its definition: each tap's inputs times that tap's matrix.

use super::aligned::Aligned;
use super::matmul::{Chunks, Product, Sink};
use super::vector::{Vector, silu, store};
use crate::plan::{BORDER, Conv, Plan, View};

pub(super) struct Direct {
    conv: Conv,
    chunks: Chunks,
    /// Inputs of a tap: up to the last channel that is not padding.
    inputs: usize,
    /// Where each tap's inputs start, counted from the first one's.
    taps: Vec<usize>,
    /// [chunk, phase y, phase x, tap, input, width].
    weights: Aligned,
    bias: Aligned,
}

/// Inputs up to the last channel that is not padding.
pub(super) fn inputs(view: &View) -> usize {
    view.channels.slot(view.channels.count - 1) + 1
}

/// The plan's weights without the rows of the inputs' last padding: [phase, phase, tap, input, depth].
pub(super) fn trimmed(plan: &Plan, conv: &Conv, input: &View, output: &View) -> Vec<f32> {
    let [from, to] = [input, output].map(|view| view.channels.depth());
    let matrices = (conv.phases * conv.kernel).pow(2);
    let all = &plan.weights[conv.weight..][..matrices * from * to];
    all.chunks(from * to).flat_map(|matrix| &matrix[..inputs(input) * to]).copied().collect()
}

impl Direct {
    pub(super) fn new(plan: &Plan, conv: Conv, input: &View, output: &View, lanes: usize) -> Self {
        let depth = output.channels.depth();
        let chunks = Chunks::new(depth, lanes);
        let taps = (0..conv.kernel.pow(2))
            .map(|tap| tap / conv.kernel * input.row() + tap % conv.kernel * input.pixel);
        Self {
            conv,
            chunks,
            inputs: inputs(input),
            taps: taps.collect(),
            weights: chunks.pack(&trimmed(plan, &conv, input, output), depth),
            bias: chunks.pack(&plan.weights[conv.bias..][..depth], depth),
        }
    }

    /// # Safety
    /// Both views lie in `scratch`.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(&self, input: &View, output: &View, scratch: *mut f32) {
        let Conv { kernel, stride, padding, phases, silu, .. } = self.conv;
        let matrix = kernel * kernel * self.inputs * self.chunks.width;
        let depth = output.channels.depth();
        for chunk in 0..self.chunks.chunks {
            let channel = chunk * self.chunks.width;
            for phase in 0..phases * phases {
                let (ry, rx) = (phase / phases, phase % phases);
                for q in 0..output.side / phases {
                    let [y, x] = [q * stride + ry, rx].map(|first| first + BORDER - padding);
                    let to = output.at(q * phases + ry + BORDER, rx + BORDER) + channel;
                    unsafe {
                        let product = Product {
                            x: scratch.add(input.at(y, x)),
                            stride: stride * input.pixel,
                            pixels: output.side / phases,
                            taps: &self.taps,
                            inputs: self.inputs,
                            weights: self.weights.as_ptr().add((chunk * phases * phases + phase) * matrix),
                        };
                        let finish = Finish {
                            bias: self.bias.as_ptr().add(channel),
                            to: scratch.add(to),
                            stride: phases * output.pixel,
                            channels: depth - channel,
                            silu,
                        };
                        product.run::<V>(self.chunks.vectors, &finish);
                    }
                }
            }
        }
    }
}

/// Adds the bias, applies SiLU and writes the pixels of a row.
struct Finish {
    bias: *const f32,
    to: *mut f32,
    /// Numbers from one output pixel to the next.
    stride: usize,
    /// What is left to write from the first vector on.
    channels: usize,
    silu: bool,
}

impl<V: Vector> Sink<V> for Finish {
    #[inline(always)]
    unsafe fn put<const N: usize, const P: usize>(&self, first: usize, sums: [[V; N]; P]) {
        unsafe {
            for p in 0..P {
                let to = self.to.add((first + p) * self.stride);
                for n in (0..N).take_while(|n| n * V::LANES < self.channels) {
                    let sum = sums[p][n].add(V::load(self.bias.add(n * V::LANES)));
                    let y = if self.silu { silu(sum) } else { sum };
                    store(y, to.add(n * V::LANES), self.channels - n * V::LANES);
                }
            }
        }
    }
}
