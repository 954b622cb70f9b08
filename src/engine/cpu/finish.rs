//! What becomes of a sum: in a forward pass the activation, in a backward pass its slope.

use super::vector::{Vector, load, silu, silu_and_slope, store};
use crate::plan::{BORDER, View};

#[derive(Clone, Copy)]
pub(super) enum Finish {
    Keep,
    Silu,
    /// SiLU; and so many numbers further on, where the gradient will be, its slope.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "training's"))]
    SiluAndSlope(usize),
    /// A gradient for what SiLU has made, times the slope that waits in its place. `plus` numbers
    /// from there, if not 0, is another part of the gradient.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "training's"))]
    Slope {
        plus: isize,
    },
}

impl Finish {
    /// In a plain forward pass.
    pub(super) fn of(silu: bool) -> Self {
        if silu { Self::Silu } else { Self::Keep }
    }

    /// Writes `count` numbers, at most a whole vector and a multiple of 4.
    ///
    /// # Safety
    /// As [`Vector`] says.
    #[inline(always)]
    pub(super) unsafe fn put<V: Vector>(self, sum: V, to: *mut f32, count: usize) {
        unsafe {
            match self {
                Self::Keep => store(sum, to, count),
                Self::Silu => store(silu(sum), to, count),
                Self::SiluAndSlope(further) => {
                    let (y, slope) = silu_and_slope(sum);
                    store(y, to, count);
                    store(slope, to.add(further), count);
                }
                Self::Slope { plus } => {
                    let sum = if plus == 0 { sum } else { sum.add(load(to.offset(plus), count)) };
                    store(sum.mul(load(to, count)), to, count);
                }
            }
        }
    }

    /// Rows of an image from the one with number `first` on: `from` holds them without gaps.
    ///
    /// # Safety
    /// The view lies in `scratch`.
    #[inline(always)]
    pub(super) unsafe fn put_rows<V: Vector>(
        self,
        from: &[f32],
        view: &View,
        first: usize,
        scratch: *mut f32,
    ) {
        let depth = view.channels.depth();
        let row = view.side * depth;
        // Pixels that lie side by side are one run.
        let run = if view.pixel == depth { row } else { depth };
        for (y, from) in from.chunks_exact(row).enumerate() {
            for (x, from) in from.chunks_exact(run).enumerate() {
                unsafe {
                    let to = scratch.add(view.at(first + y + BORDER, x + BORDER));
                    for i in (0..run).step_by(V::LANES) {
                        self.put(load::<V>(from.as_ptr().add(i), run - i), to.add(i), run - i);
                    }
                }
            }
        }
    }
}
