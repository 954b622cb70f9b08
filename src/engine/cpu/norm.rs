//! LayerNorm over all of an image's channels and pixels, after the level's time embedding is added.

pub(super) mod interleaved;

use super::isa::Isa;
use super::part::Part;
use super::vector::{Job, Vector, load, store};
use crate::graph::ops::{BORDER, EPSILON, Norm, View};

pub(super) struct LayerNorm {
    /// Offset of the level's embedding among all levels'; none if nothing is added.
    time: Option<usize>,
    /// [side, side, depth].
    pub(super) weight: Vec<f32>,
    /// [side, side, depth].
    bias: Vec<f32>,
}

/// The moments of a LayerNorm's input after the embedding was added.
#[derive(Clone, Copy, Default)]
pub(super) struct Moments {
    pub(super) mean: f32,
    /// 1 / standard deviation.
    pub(super) scale: f32,
}

impl LayerNorm {
    pub(super) fn new(packed: &[f32], norm: &Norm, view: &View) -> Self {
        let len = view.side * view.side * view.channels.depth() / view.channels.images;
        let [weight, bias] = [norm.weight, norm.bias].map(|offset| packed[offset..][..len].to_vec());
        Self { time: norm.time, weight, bias }
    }

    /// How many f32 elements of `work` are used: a row of pixels, [side, depth].
    pub(super) fn work(view: &View) -> usize {
        view.side * view.channels.depth()
    }

    /// Normalizes `from` into `to`, which is another view of the same shape or the same view. `time` are the
    /// embeddings of all levels.
    ///
    /// # Safety
    /// The views are whole tensors and lie in `scratch`, and [`work`](Self::work) says what `work` must hold.
    pub(super) unsafe fn run(
        &self,
        isa: Isa,
        from: &View,
        to: &View,
        time: &[f32],
        scratch: *mut f32,
        work: &mut [f32],
    ) -> Moments {
        isa.run(Run { layer: self, from, to, time: self.time_of(from, time), scratch, work })
    }

    /// This layer's part of the embeddings of all levels: `depth` f32 elements, or none if it adds nothing.
    pub(super) fn time_of<'a>(&self, view: &View, time: &'a [f32]) -> Option<&'a [f32]> {
        self.time.map(|offset| &time[offset..][..view.channels.depth()])
    }
}

struct Run<'a> {
    layer: &'a LayerNorm,
    from: &'a View,
    to: &'a View,
    time: Option<&'a [f32]>,
    /// The buffer that both views lie in.
    scratch: *mut f32,
    work: &'a mut [f32],
}

impl Job for Run<'_> {
    type Output = Moments;

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> Moments {
        let Self { layer, from, to, time, scratch, work } = self;
        let shift = &mut work[..LayerNorm::work(from)];
        let numbers = (from.side * from.side * from.channels.count) as f32;
        // Safety: the views lie in `scratch` and have one shape, and `shift` holds a row of their pixels:
        // what the functions below ask for. The caller promises the instructions.
        unsafe {
            let [x, y] = [from, to].map(|view| scratch.add(view.at(BORDER, BORDER)));
            // Padding channels are 0 in x and in `shift`, so they add nothing to the sums.
            shift.fill(0.0);
            let time_mean = time.map_or(0.0, |time| time.iter().sum::<f32>() / from.channels.count as f32);
            let mean = squares_or_sum::<V, false>(from, x, shift.as_ptr()) / numbers + time_mean;
            fill_shift(from, time, mean, shift);
            let variance = squares_or_sum::<V, true>(from, x, shift.as_ptr()) / numbers;
            let scale = (variance + EPSILON).sqrt().recip();
            layer.scale::<V>(from, x, to, y, shift.as_ptr(), scale);
            Moments { mean, scale }
        }
    }
}

impl LayerNorm {
    /// Writes (x + shift) * scale * weight + bias to `out`, a view of the shape of `x`.
    ///
    /// # Safety
    /// `x` and `out` point to the first pixels of `from` and `to`, both as large as the weights; `shift` to a
    /// row of pixels. The machine has `V`'s instructions.
    #[inline(always)]
    unsafe fn scale<V: Vector>(
        &self,
        from: &View,
        x: *const f32,
        to: &View,
        out: *mut f32,
        shift: *const f32,
        scale: f32,
    ) {
        let row = Self::work(from);
        for y in 0..from.side {
            // Safety: row `y` of either view, of the weights and of the bias has `row` elements, as `shift`
            // has, and of these `row - i` are left from `i` on: a positive multiple of 4.
            unsafe {
                let [weight, bias] = [&self.weight, &self.bias].map(|all| all.as_ptr().add(y * row));
                let (x, out) = (x.add(y * from.row()), out.add(y * to.row()));
                for i in (0..row).step_by(V::LANES) {
                    let [x, shift, weight, bias] =
                        [x, shift, weight, bias].map(|from| load::<V>(from.add(i), row - i));
                    let y = x.add(shift).mul_add(weight.mul(V::splat(scale)), bias);
                    store(y, out.add(i), row - i);
                }
            }
        }
    }
}

/// Fills `shift`, [side, depth], with what is added to each element of a row of pixels: its channel's time
/// embedding minus the mean. `shift` holds zeros before, which stay in padding channels.
#[inline(always)]
pub(super) fn fill_shift(view: &View, time: Option<&[f32]>, mean: f32, shift: &mut [f32]) {
    let depth = view.channels.depth();
    for c in 0..view.channels.count {
        let slot = view.channels.slot(c);
        shift[slot] = time.map_or(0.0, |time| time[slot]) - mean;
    }
    for x in 1..view.side {
        shift.copy_within(..depth, x * depth);
    }
}

/// The sum of x + shift over the image, or of its square. Each row is summed on its own, so that rounding
/// errors stay small, and so is each part that a thread could have of interleaved images.
///
/// # Safety
/// `x` points to the view's first pixel and `shift` to a row of pixels. The machine has `V`'s instructions.
#[inline(always)]
unsafe fn squares_or_sum<V: Vector, const SQUARES: bool>(
    view: &View,
    x: *const f32,
    shift: *const f32,
) -> f32 {
    let row = LayerNorm::work(view);
    // Safety: each row of the view has `row` elements, as `shift` has; from `i` on, `row - i` are left, a
    // positive multiple of 4, and at least a whole vector before `row - rest`.
    unsafe {
        let mut total = V::splat(0.0);
        for (_, part) in Part::WHOLE.smallest() {
            let mut part_total = V::splat(0.0);
            for y in part.of(view.side) {
                let x = x.add(y * view.row());
                let mut sums = [V::splat(0.0); 4];
                let add = |sum: V, i: usize| {
                    let shifted = load::<V>(x.add(i), row - i).add(load(shift.add(i), row - i));
                    if SQUARES { shifted.mul_add(shifted, sum) } else { sum.add(shifted) }
                };
                let rest = row % (4 * V::LANES);
                for i in (0..row - rest).step_by(4 * V::LANES) {
                    for n in 0..4 {
                        sums[n] = add(sums[n], i + n * V::LANES);
                    }
                }
                for i in (row - rest..row).step_by(V::LANES) {
                    sums[0] = add(sums[0], i);
                }
                part_total = part_total.add(sums[0].add(sums[1]).add(sums[2].add(sums[3])));
            }
            total = total.add(part_total);
        }
        total.sum()
    }
}
