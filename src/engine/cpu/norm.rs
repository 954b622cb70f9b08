//! LayerNorm over an image's channels and pixels, after adding the level's time embedding.

use super::vector::{Vector, load, store};
use crate::plan::{BORDER, EPSILON, Norm, Plan, View};

pub(super) struct LayerNorm {
    time: Option<usize>,
    /// [side, side, depth].
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl LayerNorm {
    pub(super) fn new(plan: &Plan, norm: &Norm, view: &View) -> Self {
        let len = view.side * view.side * view.channels.depth();
        let [weight, bias] = [norm.weight, norm.bias].map(|offset| plan.weights[offset..][..len].to_vec());
        Self { time: norm.time, weight, bias }
    }

    /// Numbers of `work` that are used: a row of pixels.
    pub(super) fn work(view: &View) -> usize {
        view.side * view.channels.depth()
    }

    /// # Safety
    /// The view lies in `scratch`, and [`work`](Self::work) says what `work` must hold.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(
        &self,
        view: &View,
        time: &[f32],
        scratch: *mut f32,
        work: &mut [f32],
    ) {
        let time = self.time.map(|offset| &time[offset..][..view.channels.depth()]);
        let shift = &mut work[..Self::work(view)];
        let numbers = (view.side * view.side * view.channels.count) as f32;
        unsafe {
            let x = scratch.add(view.at(BORDER, BORDER));
            // Padding channels are 0 in x, and stay so when shifted: they add nothing to the sums.
            shift.fill(0.0);
            let time_mean = time.map_or(0.0, |time| time.iter().sum::<f32>() / view.channels.count as f32);
            let mean = squares_or_sum::<V, false>(view, x, shift.as_ptr()) / numbers + time_mean;
            fill_shift(view, time, mean, shift);
            let variance = squares_or_sum::<V, true>(view, x, shift.as_ptr()) / numbers;
            self.scale::<V>(view, x, shift.as_ptr(), (variance + EPSILON).sqrt().recip());
        }
    }

    /// x = (x + shift) * scale * weight + bias.
    #[inline(always)]
    unsafe fn scale<V: Vector>(&self, view: &View, x: *mut f32, shift: *const f32, scale: f32) {
        let row = Self::work(view);
        for y in 0..view.side {
            for i in (0..row).step_by(V::LANES) {
                unsafe {
                    let left = row - i;
                    let [weight, bias] =
                        [&self.weight, &self.bias].map(|all| load::<V>(all.as_ptr().add(y * row + i), left));
                    let to = x.add(y * view.row() + i);
                    let shifted = load::<V>(to, left).add(load(shift.add(i), left));
                    store(shifted.mul_add(weight.mul(V::splat(scale)), bias), to, left);
                }
            }
        }
    }
}

/// What a row's numbers are shifted by: their channel's time embedding, less the mean.
#[inline(always)]
fn fill_shift(view: &View, time: Option<&[f32]>, mean: f32, shift: &mut [f32]) {
    let depth = view.channels.depth();
    for c in 0..view.channels.count {
        let slot = view.channels.slot(c);
        shift[slot] = time.map_or(0.0, |time| time[slot]) - mean;
    }
    for x in 1..view.side {
        shift.copy_within(..depth, x * depth);
    }
}

/// The sum over the image of x + shift, or of its square. Each row is summed up on its own, so that
/// rounding stays small.
#[inline(always)]
unsafe fn squares_or_sum<V: Vector, const SQUARES: bool>(
    view: &View,
    x: *const f32,
    shift: *const f32,
) -> f32 {
    let row = LayerNorm::work(view);
    unsafe {
        let mut total = V::splat(0.0);
        for y in 0..view.side {
            let x = x.add(y * view.row());
            let mut sums = [V::splat(0.0); 4];
            let mut i = 0;
            while i < row {
                for sum in &mut sums {
                    if i < row {
                        let shifted = load::<V>(x.add(i), row - i).add(load(shift.add(i), row - i));
                        *sum = if SQUARES { shifted.mul_add(shifted, *sum) } else { sum.add(shifted) };
                    }
                    i += V::LANES;
                }
            }
            total = total.add(sums[0].add(sums[1]).add(sums[2].add(sums[3])));
        }
        total.sum()
    }
}
