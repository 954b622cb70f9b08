//! A convolution's gradients with respect to its weights and its bias.

mod interleaved;

use self::interleaved::DirectInterleaved;
use crate::engine::cpu::conv::{GradientOneByOne, inputs};
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::matmul::{Chunks, Product, Series, Tap};
use crate::engine::cpu::vector::{Job, Vector, add_to, load};
use crate::engine::cpu::winograd::{Winograd, WinogradGradient, WinogradGradientInterleaved};
use crate::graph::ops::{BORDER, Conv, LANES, View};

pub(in crate::engine::cpu) enum Gradient {
    Direct(DirectGradient),
    Winograd(WinogradGradient),
    DirectInterleaved(DirectInterleaved),
    WinogradInterleaved(WinogradGradientInterleaved),
}

impl Gradient {
    pub(in crate::engine::cpu) fn new(conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        match (Winograd::suits(conv, input), input.channels.images > 1) {
            (true, false) => Self::Winograd(WinogradGradient::new(conv, input, output, lanes)),
            (true, true) => Self::WinogradInterleaved(WinogradGradientInterleaved::new(conv, input, output)),
            (false, false) => Self::Direct(DirectGradient::new(conv, input, output, lanes)),
            (false, true) => Self::DirectInterleaved(DirectInterleaved::new(conv, input, output)),
        }
    }

    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn work(&self, input: &View, lanes: usize) -> usize {
        match self {
            Self::Direct(gradient) => gradient.inputs * gradient.chunks.width,
            Self::Winograd(gradient) => gradient.work(input, lanes),
            Self::DirectInterleaved(gradient) => gradient.work(lanes),
            Self::WinogradInterleaved(gradient) => gradient.work(input, lanes),
        }
    }

    /// Adds the gradients of all images to `gradient`, which is packed like the graph's weights. `of_output`
    /// is where the gradient of the loss with respect to the convolution's sums lies.
    ///
    /// # Safety
    /// Both views lie in each of the images' scratch buffers, [`work`](Self::work) says what `work` must
    /// hold, `gradient` holds the convolution's weights, and `isa` has the lanes that this was made for.
    pub(in crate::engine::cpu) unsafe fn run(
        &self,
        isa: Isa,
        input: &View,
        of_output: &View,
        scratch: &[*mut f32],
        work: &mut [f32],
        gradient: &mut [f32],
    ) {
        match self {
            Self::Direct(kernel) => isa.run(Run { kernel, input, of_output, scratch, work, gradient }),
            Self::Winograd(kernel) => isa.run(Run { kernel, input, of_output, scratch, work, gradient }),
            Self::DirectInterleaved(kernel) => {
                isa.run(Run { kernel, input, of_output, scratch, work, gradient })
            }
            Self::WinogradInterleaved(kernel) => {
                isa.run(Run { kernel, input, of_output, scratch, work, gradient });
            }
        }
    }
}

/// The rows of a convolution's output: where each finds its inputs, and its gradients.
fn rows(conv: &Conv, input: &View, output: &View) -> Vec<Tap> {
    let row = |q: usize| Tap { x: q * conv.stride * input.row(), weights: q * conv.phases * output.row() };
    (0..output.side / conv.phases).map(row).collect()
}

/// The matrices of a convolution, one for each phase and tap: its number, and the pixels, within the border, of the first
/// input that it sees, [y, x], and of the first output.
fn matrices(conv: &Conv) -> impl Iterator<Item = (usize, [usize; 2], [usize; 2])> {
    let Conv { kernel, padding, phases, .. } = *conv;
    (0..(phases * kernel).pow(2)).map(move |matrix| {
        let (phase, tap) = (matrix / kernel.pow(2), matrix % kernel.pow(2));
        let [ry, rx] = [phase / phases, phase % phases];
        let input = [ry + tap / kernel, rx + tap % kernel].map(|first| first + BORDER - padding);
        (matrix, input, [ry + BORDER, rx + BORDER])
    })
}

/// A kernel at work. Each is a job, and so a function, of its own.
struct Run<'a, K> {
    kernel: &'a K,
    input: &'a View,
    of_output: &'a View,
    scratch: &'a [*mut f32],
    work: &'a mut [f32],
    gradient: &'a mut [f32],
}

impl<K: GradientOneByOne> Job for Run<'_, K> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { kernel, input, of_output, scratch, work, gradient } = self;
        for scratch in scratch {
            // Safety: the kernel asks for what `Gradient::run` asks of its caller.
            unsafe { kernel.run::<V>(input, of_output, *scratch, work, gradient) };
        }
    }
}

impl Job for Run<'_, WinogradGradient> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { kernel, input, of_output, scratch, work, gradient } = self;
        // Safety: the kernel asks for what `Gradient::run` asks of its caller.
        unsafe { kernel.run::<V>(input, of_output, scratch, work, gradient) };
    }
}

/// The weights' gradient straight from the definition: at each tap, the products of inputs and gradients,
/// summed over pixels.
pub(in crate::engine::cpu) struct DirectGradient {
    conv: Conv,
    chunks: Chunks,
    /// Elements of an input pixel that are read: see [`inputs()`].
    inputs: usize,
    /// The output's rows: each is a tap of the product, whose inputs are the row's pixels.
    rows: Vec<Tap>,
}

impl DirectGradient {
    fn new(conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        Self {
            conv: *conv,
            chunks: Chunks::new(output.channels.depth(), lanes),
            inputs: inputs(input),
            rows: rows(conv, input, output),
        }
    }
}

impl GradientOneByOne for DirectGradient {
    #[inline(always)]
    unsafe fn run<V: Vector>(
        &self,
        input: &View,
        of_output: &View,
        scratch: *const f32,
        work: &mut [f32],
        gradient: &mut [f32],
    ) {
        let Chunks { chunks, vectors, width, .. } = self.chunks;
        let sums = work.as_mut_ptr();
        let Conv { stride, phases, weight, .. } = self.conv;
        let [from, to] = [input, of_output].map(|view| view.channels.depth());
        for (matrix, [y, x], first) in matrices(&self.conv) {
            for chunk in 0..chunks {
                let channel = chunk * width;
                // Safety: the graph's contract keeps the tap's inputs within the border. Vectors beyond the
                // depth of the last pixel's gradients end in the row of border that follows. `work` holds
                // `width` sums for each input, and the tap's matrix of gradients is [from, to]: from `c`
                // on a row of it has `to - c` elements.
                unsafe {
                    let product = Product {
                        x: scratch.add(input.at(y, x)),
                        stride: 1,
                        pixels: self.inputs,
                        taps: &self.rows,
                        inputs: of_output.side / phases,
                        input: stride * input.pixel,
                        weights: scratch.add(of_output.at(first[0], first[1]) + channel),
                        row: phases * of_output.pixel,
                        start: None,
                        to: sums,
                        to_next: width,
                        series: Series::ONE,
                    };
                    product.run::<V>(vectors);
                    let all = gradient.as_mut_ptr().add(weight + matrix * from * to);
                    for i in 0..self.inputs {
                        for c in (channel..to.min(channel + width)).step_by(V::LANES) {
                            let place = all.add(i * to + c);
                            let sum = V::load(sums.add(i * width + c - channel));
                            add_to(sum, place, to - c);
                        }
                    }
                }
            }
        }
    }
}

/// Adds the gradients of a convolution's bias: each output channel's sum over all pixels and images.
pub(in crate::engine::cpu) struct Bias<'a> {
    /// Where the gradient with respect to the convolution's sums lies.
    pub(in crate::engine::cpu) of_output: &'a View,
    /// Each image's scratch buffer, in which the view lies.
    pub(in crate::engine::cpu) scratch: &'a [*mut f32],
    /// The bias's gradient, one number for each of the output's channels, with padding.
    pub(in crate::engine::cpu) gradient: &'a mut [f32],
    /// Room for a pixel of the view.
    pub(in crate::engine::cpu) work: &'a mut [f32],
}

impl Job for Bias<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { of_output, scratch, gradient, work } = self;
        let depth = of_output.channels.depth();
        if V::LANES > LANES && of_output.channels.images > 1 {
            for scratch in scratch {
                let sums = &mut work[..depth];
                sums.fill(0.0);
                for y in 0..of_output.side {
                    for x in 0..of_output.side {
                        // Safety: the view lies in the buffer, and each of its pixels has `depth` elements, a vector
                        // for each channel, as has `sums`.
                        unsafe {
                            let pixel = scratch.add(of_output.at(y + BORDER, x + BORDER));
                            for c in (0..depth).step_by(V::LANES) {
                                let sum = sums.as_mut_ptr().add(c);
                                V::load(sum).add(V::load(pixel.add(c))).store(sum);
                            }
                        }
                    }
                }
                for (gradient, sum) in gradient.iter_mut().zip(sums.chunks_exact(V::LANES)) {
                    // Safety: a vector of the sums.
                    *gradient += unsafe { V::load(sum.as_ptr()).sum() };
                }
            }
            return;
        }
        for scratch in scratch {
            for c in (0..depth).step_by(V::LANES) {
                // Safety: the view lies in the image's buffer, and each of its pixels has `depth` elements,
                // as the gradient has, of which `depth - c` are left: a positive multiple of 4.
                unsafe {
                    let mut sums = [V::splat(0.0); 4];
                    for y in 0..of_output.side {
                        let row = scratch.add(of_output.at(y + BORDER, BORDER) + c);
                        for x in 0..of_output.side {
                            sums[x % 4] = sums[x % 4].add(load(row.add(x * of_output.pixel), depth - c));
                        }
                    }
                    let sum = sums[0].add(sums[1]).add(sums[2].add(sums[3]));
                    add_to(sum, gradient.as_mut_ptr().add(c), depth - c);
                }
            }
        }
    }
}
