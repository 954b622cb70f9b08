//! LayerNorm for interleaved images: each lane is an image.

use super::{LayerNorm, Moments, Vector};
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::vector::{Job, MOST_LANES};
use crate::graph::ops::{BORDER, EPSILON, View};

/// Partial sums of a row of one image: what [`squares_or_sum`](super::squares_or_sum) keeps in 4 vectors.
const PARTS: usize = 4;

impl LayerNorm {
    /// How many f32 elements of `work` are used: partial sums, the rows' sums, and a pixel's shift, a vector
    /// each.
    pub(in crate::engine::cpu) fn interleaved_work(view: &View, lanes: usize) -> usize {
        (PARTS + 1) * lanes * lanes + view.channels.depth()
    }

    /// As [`run`](Self::run), for interleaved images: `time` are each image's embeddings, and each image has its
    /// moments. Each image's result has the bits that it would have alone.
    ///
    /// # Safety
    /// As [`run`](Self::run), with [`interleaved_work`](Self::interleaved_work).
    pub(in crate::engine::cpu) unsafe fn run_interleaved<T: AsRef<[f32]>>(
        &self,
        isa: Isa,
        from: &View,
        to: &View,
        time: &[T],
        scratch: *mut f32,
        work: &mut [f32],
    ) -> [Moments; MOST_LANES] {
        isa.run(Run { layer: self, view: from, to, time, scratch, work })
    }
}

struct Run<'a, T> {
    layer: &'a LayerNorm,
    view: &'a View,
    to: &'a View,
    time: &'a [T],
    scratch: *mut f32,
    work: &'a mut [f32],
}

impl<T: AsRef<[f32]>> Job for Run<'_, T> {
    type Output = [Moments; MOST_LANES];

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> Self::Output {
        let Self { layer, view, to, time, scratch, work } = self;
        let channels = view.channels.count;
        let (sums, shift) = work.split_at_mut((PARTS + 1) * V::LANES * V::LANES);
        let numbers = (view.side * view.side * channels) as f32;
        let place = |c: usize, image: usize| c * V::LANES + image;
        let times = |image: usize| layer.time.map(|offset| &time[image].as_ref()[offset..][..channels]);
        // Safety: the view lies in `scratch` and has a vector for each channel, as `shift` has; `sums` are as
        // long as `sum` asks. The caller promises the instructions.
        unsafe {
            let [x, out] = [view, to].map(|view| scratch.add(view.at(BORDER, BORDER)));
            shift[..channels * V::LANES].fill(0.0);
            let mut moments = [Moments::default(); MOST_LANES];
            let mut means = [0.0; MOST_LANES];
            sum::<V, false>(view, x, shift.as_ptr(), sums, &mut means);
            for image in 0..V::LANES {
                let time = times(image);
                let time_mean = time.map_or(0.0, |time| time.iter().sum::<f32>() / channels as f32);
                let mean = means[image] / numbers + time_mean;
                moments[image].mean = mean;
                for c in 0..channels {
                    shift[place(c, image)] = time.map_or(0.0, |time| time[c]) - mean;
                }
            }
            let mut scales = [0.0; MOST_LANES];
            sum::<V, true>(view, x, shift.as_ptr(), sums, &mut scales);
            for (scale, moments) in scales.iter_mut().zip(&mut moments) {
                *scale = (*scale / numbers + EPSILON).sqrt().recip();
                moments.scale = *scale;
            }
            let scale = V::load(scales.as_ptr());
            for y in 0..view.side {
                let (mut x, mut out) = (x.add(y * view.row()), out.add(y * to.row()));
                let first = y * view.side * channels;
                let [mut weight, mut bias] = [&layer.weight, &layer.bias].map(|all| all.as_ptr().add(first));
                for _ in 0..view.side {
                    for c in 0..channels {
                        let shifted =
                            V::load(x.add(c * V::LANES)).add(V::load(shift.as_ptr().add(c * V::LANES)));
                        let [weight, bias] = [weight, bias].map(|from| V::splat(*from.add(c)));
                        shifted.mul_add(weight.mul(scale), bias).store(out.add(c * V::LANES));
                    }
                    (x, out) = (x.add(view.pixel), out.add(to.pixel));
                    weight = weight.add(channels);
                    bias = bias.add(channels);
                }
            }
            moments
        }
    }
}

/// Each image's sum of x + shift, or of its square, in the order in which
/// [`squares_or_sum`](super::squares_or_sum) adds the numbers of one image.
///
/// # Safety
/// `x` points to the view's first pixel, `shift` to a pixel's vectors, `sums` holds
/// `(PARTS + 1) * V::LANES` vectors. The machine has `V`'s instructions.
#[inline(always)]
unsafe fn sum<V: Vector, const SQUARES: bool>(
    view: &View,
    x: *const f32,
    shift: *const f32,
    sums: &mut [f32],
    out: &mut [f32; MOST_LANES],
) {
    let alone = view.channels.alone();
    let depth = alone.depth();
    let row = view.side * depth;
    let whole = row - row % (PARTS * V::LANES);
    sums.fill(0.0);
    let (parts, total) = sums.split_at_mut(PARTS * V::LANES * V::LANES);
    let [parts, total] = [parts, total].map(|sums| sums.as_mut_ptr());
    // Safety: `parts` are `PARTS * V::LANES` vectors and `total` `V::LANES`; the caller promises the rest.
    unsafe {
        for y in 0..view.side {
            let mut x = x.add(y * view.row());
            for n in 0..PARTS * V::LANES {
                V::splat(0.0).store(parts.add(n * V::LANES));
            }
            for pixel in 0..view.side {
                for c in 0..view.channels.count {
                    let i = pixel * depth + alone.slot(c);
                    let part = if i < whole { i % (PARTS * V::LANES) } else { (i - whole) % V::LANES };
                    let part = parts.add(part * V::LANES);
                    let shifted = V::load(x.add(c * V::LANES)).add(V::load(shift.add(c * V::LANES)));
                    let before = V::load(part);
                    let sum = if SQUARES { shifted.mul_add(shifted, before) } else { before.add(shifted) };
                    sum.store(part);
                }
                x = x.add(view.pixel);
            }
            for lane in 0..V::LANES {
                let part = |n: usize| V::load(parts.add((n * V::LANES + lane) * V::LANES));
                let total = total.add(lane * V::LANES);
                V::load(total).add(part(0).add(part(1)).add(part(2).add(part(3)))).store(total);
            }
        }
        // The lanes of a vector are added in halves.
        let mut half = V::LANES / 2;
        while half > 0 {
            for lane in 0..half {
                let [to, from] = [lane, lane + half].map(|lane| total.add(lane * V::LANES));
                V::load(to).add(V::load(from)).store(to);
            }
            half /= 2;
        }
        V::load(total).store(out.as_mut_ptr());
    }
}
