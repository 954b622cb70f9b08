//! A convolution to a single channel: vectors run over the inputs, and are summed up at the end.

use super::aligned::Aligned;
use super::border::clear_pixel;
use super::vector::{Vector, load};
use crate::plan::{BORDER, Conv, Plan, View};

/// Pixels that are summed up at once, so that no sum waits for itself.
const TOGETHER: usize = 4;

pub(super) struct ToOne {
    /// [tap, input's depth].
    weights: Aligned,
    bias: f32,
    taps: Vec<usize>,
}

impl ToOne {
    /// Whether a convolution is one that this kernel can run.
    pub(super) fn suits(conv: &Conv, output: &View) -> bool {
        let Conv { stride, padding, phases, silu, .. } = *conv;
        let size = output.channels.count == 1 && output.side >= TOGETHER;
        size && (stride, padding, phases, silu) == (1, BORDER, 1, false)
    }

    pub(super) fn new(plan: &Plan, conv: &Conv, input: &View, output: &View) -> Self {
        let [from, to] = [input, output].map(|view| view.channels.depth());
        let rows = conv.kernel.pow(2) * from;
        let column: Vec<f32> = plan.weights[conv.weight..].iter().step_by(to).take(rows).copied().collect();
        let taps = (0..conv.kernel.pow(2))
            .map(|tap| tap / conv.kernel * input.row() + tap % conv.kernel * input.pixel);
        Self { weights: column[..].into(), bias: plan.weights[conv.bias], taps: taps.collect() }
    }

    /// # Safety
    /// Both views lie in `scratch`.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(&self, input: &View, output: &View, scratch: *mut f32) {
        for y in 0..output.side {
            for x in (0..output.side).step_by(TOGETHER) {
                // The last pixels of a row may be computed twice.
                let x = x.min(output.side - TOGETHER);
                unsafe {
                    let sums = self.sums::<V>(input, scratch.add(input.at(y, x)));
                    for (p, sum) in sums.iter().enumerate() {
                        let to = scratch.add(output.at(y + BORDER, x + p + BORDER));
                        clear_pixel::<V>(output, to);
                        *to = sum.sum() + self.bias;
                    }
                }
            }
        }
    }

    /// Neighbouring pixels' sums, still spread over lanes.
    #[inline(always)]
    unsafe fn sums<V: Vector>(&self, input: &View, from: *const f32) -> [V; TOGETHER] {
        let depth = input.channels.depth();
        unsafe {
            let mut sums = [V::splat(0.0); TOGETHER];
            for (t, tap) in self.taps.iter().enumerate() {
                for c in (0..depth).step_by(V::LANES) {
                    let weight: V = load(self.weights.as_ptr().add(t * depth + c), depth - c);
                    for (p, sum) in sums.iter_mut().enumerate() {
                        *sum =
                            load::<V>(from.add(tap + p * input.pixel + c), depth - c).mul_add(weight, *sum);
                    }
                }
            }
            sums
        }
    }
}
