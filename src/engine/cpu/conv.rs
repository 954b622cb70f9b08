//! The kernel for any convolution, straight from the definition: each tap's inputs times that tap's matrix.

use super::aligned::Aligned;
use super::finish::{Finish, Runs};
use super::matmul::{Chunks, Product, Series, Tap};
use super::part::Part;
use super::vector::Vector;
use crate::graph::ops::{BORDER, Conv, View};

/// A kernel that takes scratch buffers one by one.
pub(super) trait OneByOne {
    /// Computes a part of the outputs.
    ///
    /// # Safety
    /// Both views lie in `scratch`, the kernel's `work` says what `work` must hold, and the machine has the
    /// instructions of `V`, whose lanes the kernel was made for.
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        output: &View,
        scratch: *mut f32,
        work: &mut [f32],
        part: Part,
    );
}

/// A kernel for a convolution's gradient with respect to its weights that takes scratch buffers one by one.
pub(super) trait GradientOneByOne {
    /// Adds the gradients of a buffer's images to `gradient`, which is packed like the graph's weights. `of_output` is
    /// where the gradient of the loss with respect to the convolution's sums lies.
    ///
    /// # Safety
    /// Both views lie in `scratch`, the kernel's `work` says what `work` must hold, `gradient` holds the convolution's
    /// weights, and the machine has the instructions of `V`, whose lanes the kernel was made for.
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        of_output: &View,
        scratch: *const f32,
        work: &mut [f32],
        gradient: &mut [f32],
    );
}

pub(super) struct Direct {
    conv: Conv,
    chunks: Chunks,
    /// Channels of an input pixel that each tap reads: see [`inputs()`].
    inputs: usize,
    taps: Vec<Tap>,
    /// [chunk, phase y, phase x, tap, input, width]; for interleaved images there is one chunk, and as many numbers
    /// as outputs.
    weights: Aligned,
    /// [chunk, width].
    bias: Aligned,
    finish: Finish,
}

/// How many channels of an input pixel are read, with padding: those up to the last that is none.
pub(super) fn inputs(view: &View) -> usize {
    view.channels.slot(view.channels.count - 1) / view.channels.images + 1
}

/// A pixel's channels, with padding.
pub(super) fn places(view: &View) -> usize {
    view.channels.depth() / view.channels.images
}

/// The packed weights without the rows of padding after the last input: [phase, phase, tap, input, depth].
pub(super) fn trimmed(packed: &[f32], conv: &Conv, input: &View, output: &View) -> Vec<f32> {
    let [from, to] = [input, output].map(places);
    let matrices = (conv.phases * conv.kernel).pow(2);
    let all = &packed[conv.weight..][..matrices * from * to];
    let matrix = |matrix: usize| &all[matrix * from * to..][..inputs(input) * to];
    (0..matrices).map(matrix).collect::<Vec<_>>().concat()
}

impl Direct {
    pub(super) fn new(
        packed: &[f32],
        conv: Conv,
        input: &View,
        output: &View,
        lanes: usize,
        finish: Finish,
    ) -> Self {
        let depth = places(output);
        let chunks = Chunks::of(output, lanes);
        let taps = (0..conv.kernel.pow(2)).map(|tap| Tap {
            x: tap / conv.kernel * input.row() + tap % conv.kernel * input.pixel,
            weights: tap * inputs(input) * chunks.row,
        });
        Self {
            conv,
            chunks,
            inputs: inputs(input),
            taps: taps.collect(),
            finish,
            weights: chunks.pack(&trimmed(packed, &conv, input, output), depth),
            bias: chunks.pack_bias(&packed[conv.bias..][..depth]),
        }
    }

    /// How many f32 elements of `work` are used: the sums of a row of pixels, [pixel, width].
    pub(super) fn work(&self, output: &View) -> usize {
        output.side / self.conv.phases * self.chunks.width
    }
}

impl OneByOne for Direct {
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        output: &View,
        scratch: *mut f32,
        work: &mut [f32],
        part: Part,
    ) {
        let Conv { kernel, stride, padding, phases, .. } = self.conv;
        let Chunks { chunks, width, row, .. } = self.chunks;
        let matrix = kernel * kernel * self.inputs * row;
        let depth = output.channels.depth();
        let pixels = output.side / phases;
        // A single chunk leaves no gaps between the pixels' sums: what its last vector has beyond `depth` is
        // overwritten by the next pixel's sums.
        let next = if chunks == 1 { depth } else { width };
        let sums = work.as_mut_ptr();
        for chunk in 0..chunks {
            let channel = chunk * width;
            for phase in 0..phases * phases {
                let (ry, rx) = (phase / phases, phase % phases);
                for q in part.of(pixels) {
                    let [y, x] = [q * stride + ry, rx].map(|first| first + BORDER - padding);
                    // Safety: the graph's contract keeps every tap of row `q` within the input's border, and
                    // the outputs within their view. The weights and the bias are packed in whole vectors for
                    // all chunks, and `work` holds a row of sums, `width` for each pixel.
                    unsafe {
                        let product = Product {
                            x: scratch.add(input.at(y, x)),
                            stride: stride * input.pixel,
                            pixels,
                            taps: &self.taps,
                            inputs: self.inputs,
                            input: input.channels.images,
                            weights: self.weights.as_ptr().add((chunk * phases * phases + phase) * matrix),
                            row,
                            start: Some(self.bias.as_ptr().add(channel)),
                            to: sums,
                            to_next: next,
                            series: Series::ONE,
                        };
                        product.run_chunk::<V>(self.chunks);
                        let to = output.at(q * phases + ry + BORDER, rx + BORDER) + channel;
                        self.finish.put_runs::<V>(Runs {
                            count: pixels,
                            len: width.min(depth - channel),
                            from: sums,
                            from_next: next,
                            to: scratch.add(to),
                            to_next: phases * output.pixel,
                        });
                    }
                }
            }
        }
    }
}
