//! A convolution's gradients with respect to its weights and its bias.

use crate::engine::cpu::conv::inputs;
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::matmul::{Chunks, Product, Series, Tap};
use crate::engine::cpu::vector::{Job, Vector, load, store};
use crate::engine::cpu::winograd::WinogradGradient;
use crate::graph::ops::{BORDER, Conv, View};

pub(in crate::engine::cpu) enum Gradient {
    Direct(DirectGradient),
    Winograd(WinogradGradient),
}

impl Gradient {
    pub(in crate::engine::cpu) fn new(conv: &Conv, input: &View, output: &View, lanes: usize) -> Self {
        if WinogradGradient::suits(conv, input) {
            Self::Winograd(WinogradGradient::new(conv, input, output, lanes))
        } else {
            Self::Direct(DirectGradient::new(conv, input, output, lanes))
        }
    }

    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn work(&self, input: &View, lanes: usize) -> usize {
        match self {
            Self::Direct(gradient) => gradient.inputs * gradient.chunks.width,
            Self::Winograd(gradient) => gradient.work(input, lanes),
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
        isa.run(Run { kernel: self, input, of_output, scratch, work, gradient });
    }
}

struct Run<'a> {
    kernel: &'a Gradient,
    input: &'a View,
    of_output: &'a View,
    scratch: &'a [*mut f32],
    work: &'a mut [f32],
    gradient: &'a mut [f32],
}

impl Job for Run<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { kernel, input, of_output, scratch, work, gradient } = self;
        // Safety: both kernels ask for what `Gradient::run` asks of its caller.
        unsafe {
            match kernel {
                Gradient::Direct(direct) => {
                    for scratch in scratch {
                        direct.run::<V>(input, of_output, *scratch, work, gradient);
                    }
                }
                Gradient::Winograd(winograd) => winograd.run::<V>(input, of_output, scratch, work, gradient),
            }
        }
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
        let row =
            |q: usize| Tap { x: q * conv.stride * input.row(), weights: q * conv.phases * output.row() };
        Self {
            conv: *conv,
            chunks: Chunks::new(output.channels.depth(), lanes),
            inputs: inputs(input),
            rows: (0..output.side / conv.phases).map(row).collect(),
        }
    }

    /// Adds one image's gradient.
    ///
    /// # Safety
    /// As [`Gradient::run`], for one image's buffer. The machine has `V`'s instructions.
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
        let Conv { kernel, stride, padding, phases, weight, .. } = self.conv;
        let [from, to] = [input, of_output].map(|view| view.channels.depth());
        for matrix in 0..(phases * kernel).pow(2) {
            let (phase, tap) = (matrix / kernel.pow(2), matrix % kernel.pow(2));
            let [ry, rx] = [phase / phases, phase % phases];
            let [y, x] = [ry + tap / kernel, rx + tap % kernel].map(|first| first + BORDER - padding);
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
                        weights: scratch.add(of_output.at(ry + BORDER, rx + BORDER) + channel),
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
                            store(load::<V>(place, to - c).add(sum), place, to - c);
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
    /// The bias's gradient, one f32 element for each of the view's `depth`.
    pub(in crate::engine::cpu) gradient: &'a mut [f32],
}

impl Job for Bias<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { of_output, scratch, gradient } = self;
        let depth = gradient.len();
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
                    let to = gradient.as_mut_ptr().add(c);
                    store(load::<V>(to, depth - c).add(sum), to, depth - c);
                }
            }
        }
    }
}
