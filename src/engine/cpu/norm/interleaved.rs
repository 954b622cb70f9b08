//! LayerNorm for interleaved images: each lane is an image.

use super::{LayerNorm, Moments, Vector};
use crate::engine::cpu::isa::Isa;
use crate::engine::cpu::part::{Part, SHARERS};
use crate::engine::cpu::vector::{Job, MOST_LANES};
use crate::graph::ops::{BORDER, EPSILON, View};

/// Partial sums of a row of one image: what [`squares_or_sum`](super::squares_or_sum) keeps in 4 vectors.
const PARTIAL: usize = 4;

/// What has to be done for all pixels before the next can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine::cpu) enum Pass {
    /// Sums up all numbers.
    Sum,
    /// Computes the means, and sums up the squares of what the numbers have beyond them.
    Squares,
    /// Computes the standard deviations, and writes the outputs.
    Scale,
}

impl Pass {
    pub(in crate::engine::cpu) const ALL: [Self; 3] = [Self::Sum, Self::Squares, Self::Scale];
}

/// A group of interleaved images, and the memory that a layer works in.
pub(in crate::engine::cpu) struct Images<'a, T> {
    /// Each image's embeddings.
    pub time: &'a [T],
    /// The buffer that the views lie in.
    pub scratch: *mut f32,
    /// What the passes leave for each other: room for [`interleaved_sums`](LayerNorm::interleaved_sums) elements.
    pub sums: *mut f32,
    /// What nobody else uses between the passes: [`interleaved_work`](LayerNorm::interleaved_work) elements.
    pub work: &'a mut [f32],
}

impl LayerNorm {
    /// How many f32 elements of `work` are used: partial sums, a pixel's shift, and the means, a vector
    /// each.
    pub(in crate::engine::cpu) fn interleaved_work(view: &View, lanes: usize) -> usize {
        PARTIAL * lanes * lanes + view.channels.depth() + lanes
    }

    /// How many f32 elements of `sums` are used: as many vectors as there are lanes for each part, twice.
    pub(in crate::engine::cpu) fn interleaved_sums(lanes: usize) -> usize {
        2 * SHARERS * lanes * lanes
    }

    /// Does a pass of what [`run`](Self::run) does, for a part of the rows of interleaved images. Each image's result has
    /// the bits that it would have alone. Returned are each image's moments, as far as the pass knows them.
    ///
    /// # Safety
    /// As [`run`](Self::run); `images` have the memory that they say, and all parts have done the passes before.
    pub(in crate::engine::cpu) unsafe fn run_interleaved<T: AsRef<[f32]>>(
        &self,
        isa: Isa,
        [from, to]: [&View; 2],
        images: Images<T>,
        pass: Pass,
        part: Part,
    ) -> [Moments; MOST_LANES] {
        isa.run(Run { layer: self, view: from, to, images, pass, part })
    }
}

/// All passes over all rows, on one thread.
impl LayerNorm {
    /// How many f32 elements of `work` are used.
    pub(in crate::engine::cpu) fn whole_work(view: &View, lanes: usize) -> usize {
        Self::interleaved_work(view, lanes) + Self::interleaved_sums(lanes)
    }

    /// As [`run`](Self::run), for interleaved images: `time` are each image's embeddings, and each image has its
    /// moments. Each image's result has the bits that it would have alone.
    ///
    /// # Safety
    /// As [`run`](Self::run), with [`whole_work`](Self::whole_work).
    pub(in crate::engine::cpu) unsafe fn run_whole<T: AsRef<[f32]>>(
        &self,
        isa: Isa,
        views: [&View; 2],
        time: &[T],
        scratch: *mut f32,
        work: &mut [f32],
    ) -> [Moments; MOST_LANES] {
        let (work, sums) = work.split_at_mut(Self::interleaved_work(views[0], isa.lanes()));
        let mut found = [Moments::default(); MOST_LANES];
        for pass in Pass::ALL {
            let images = Images { time, scratch, sums: sums.as_mut_ptr(), work };
            // Safety: the caller promises the same, and `sums` are as many as `whole_work` has.
            found = unsafe { self.run_interleaved(isa, views, images, pass, Part::WHOLE) };
        }
        found
    }
}

struct Run<'a, T> {
    layer: &'a LayerNorm,
    view: &'a View,
    to: &'a View,
    images: Images<'a, T>,
    pass: Pass,
    part: Part,
}

impl<T: AsRef<[f32]>> Job for Run<'_, T> {
    type Output = [Moments; MOST_LANES];

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> Self::Output {
        let Self { layer, view, to, images: Images { time, scratch, sums, work }, pass, part } = self;
        let channels = view.channels.count;
        let (partial, rest) = work.split_at_mut(PARTIAL * V::LANES * V::LANES);
        let (shift, means) = rest.split_at_mut(view.channels.depth());
        let numbers = (view.side * view.side * channels) as f32;
        let mut moments = [Moments::default(); MOST_LANES];
        // Safety: the views lie in `scratch` and have a vector for each channel, as `shift` has; `partial` and `sums`
        // are as long as `sum` and `total` ask. The caller promises the instructions.
        unsafe {
            let [x, out] = [view, to].map(|view| scratch.add(view.at(BORDER, BORDER)));
            let squares = sums.add(SHARERS * V::LANES * V::LANES);
            match pass {
                Pass::Sum => {
                    shift.fill(0.0);
                    sum::<V, false>(view, x, part, shift.as_ptr(), partial, sums);
                }
                Pass::Squares => {
                    let sums = total::<V>(sums, partial);
                    for (image, mean) in means[..V::LANES].iter_mut().enumerate() {
                        let time = layer.time.map(|offset| &time[image].as_ref()[offset..][..channels]);
                        let time_mean = time.map_or(0.0, |time| time.iter().sum::<f32>() / channels as f32);
                        *mean = sums[image] / numbers + time_mean;
                        for c in 0..channels {
                            shift[c * V::LANES + image] = time.map_or(0.0, |time| time[c]) - *mean;
                        }
                    }
                    sum::<V, true>(view, x, part, shift.as_ptr(), partial, squares);
                }
                Pass::Scale => {
                    let squares = total::<V>(squares, partial);
                    let mut scales = [0.0; MOST_LANES];
                    for image in 0..V::LANES {
                        scales[image] = (squares[image] / numbers + EPSILON).sqrt().recip();
                        moments[image] = Moments { mean: means[image], scale: scales[image] };
                    }
                    let scale = V::load(scales.as_ptr());
                    for y in part.of(view.side) {
                        let (mut x, mut out) = (x.add(y * view.row()), out.add(y * to.row()));
                        let first = y * view.side * channels;
                        let [mut weight, mut bias] =
                            [&layer.weight, &layer.bias].map(|all| all.as_ptr().add(first));
                        for _ in 0..view.side {
                            for c in 0..channels {
                                let shifted = V::load(x.add(c * V::LANES))
                                    .add(V::load(shift.as_ptr().add(c * V::LANES)));
                                let [weight, bias] = [weight, bias].map(|from| V::splat(*from.add(c)));
                                shifted.mul_add(weight.mul(scale), bias).store(out.add(c * V::LANES));
                            }
                            (x, out) = (x.add(view.pixel), out.add(to.pixel));
                            weight = weight.add(channels);
                            bias = bias.add(channels);
                        }
                    }
                }
            }
        }
        moments
    }
}

/// A part's sums of x + shift, or of its square, to its place among `sums`: as many vectors as one has lanes, in the
/// order in which [`squares_or_sum`](super::squares_or_sum) adds the numbers of one image.
///
/// # Safety
/// `x` points to the view's first pixel, `shift` to a pixel's vectors, `partial` holds `PARTIAL * V::LANES` vectors, and `sums`
/// [`V::LANES`](Vector::LANES) for each of the smallest parts. The machine has `V`'s instructions.
#[inline(always)]
unsafe fn sum<V: Vector, const SQUARES: bool>(
    view: &View,
    x: *const f32,
    part: Part,
    shift: *const f32,
    partial: &mut [f32],
    sums: *mut f32,
) {
    let alone = view.channels.alone();
    let depth = alone.depth();
    let row = view.side * depth;
    let whole = row - row % (PARTIAL * V::LANES);
    let partial = partial.as_mut_ptr();
    for (index, part) in part.smallest() {
        // Safety: the caller promises all of it.
        unsafe {
            let sums = sums.add(index * V::LANES * V::LANES);
            for lane in 0..V::LANES {
                V::splat(0.0).store(sums.add(lane * V::LANES));
            }
            for y in part.of(view.side) {
                let mut x = x.add(y * view.row());
                for n in 0..PARTIAL * V::LANES {
                    V::splat(0.0).store(partial.add(n * V::LANES));
                }
                for pixel in 0..view.side {
                    for c in 0..view.channels.count {
                        let i = pixel * depth + alone.slot(c);
                        let place = if i < whole { i % (PARTIAL * V::LANES) } else { (i - whole) % V::LANES };
                        let place = partial.add(place * V::LANES);
                        let shifted = V::load(x.add(c * V::LANES)).add(V::load(shift.add(c * V::LANES)));
                        let before = V::load(place);
                        let sum =
                            if SQUARES { shifted.mul_add(shifted, before) } else { before.add(shifted) };
                        sum.store(place);
                    }
                    x = x.add(view.pixel);
                }
                for lane in 0..V::LANES {
                    let of = |n: usize| V::load(partial.add((n * V::LANES + lane) * V::LANES));
                    let sum = sums.add(lane * V::LANES);
                    V::load(sum).add(of(0).add(of(1)).add(of(2).add(of(3)))).store(sum);
                }
            }
        }
    }
}

/// Each image's sum over all parts.
///
/// # Safety
/// `sums` holds [`V::LANES`](Vector::LANES) vectors for each of the smallest parts, and `partial` as many. The machine has
/// `V`'s instructions.
#[inline(always)]
unsafe fn total<V: Vector>(sums: *const f32, partial: &mut [f32]) -> [f32; MOST_LANES] {
    let partial = partial.as_mut_ptr();
    let mut out = [0.0; MOST_LANES];
    // Safety: the caller promises all of it.
    unsafe {
        for lane in 0..V::LANES {
            let mut total = V::splat(0.0);
            for part in 0..SHARERS {
                total = total.add(V::load(sums.add((part * V::LANES + lane) * V::LANES)));
            }
            total.store(partial.add(lane * V::LANES));
        }
        // The lanes of a vector are added in halves.
        let mut half = V::LANES / 2;
        while half > 0 {
            for lane in 0..half {
                let [to, from] = [lane, lane + half].map(|lane| partial.add(lane * V::LANES));
                V::load(to).add(V::load(from)).store(to);
            }
            half /= 2;
        }
        V::load(partial).store(out.as_mut_ptr());
    }
    out
}
