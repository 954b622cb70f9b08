//! What becomes of a sum: in a forward pass the activation, in a backward pass its slope.

use super::vector::{Vector, load, silu, silu_and_slope, store};
use crate::graph::ops::{BORDER, View};

#[derive(Clone, Copy)]
pub(super) enum Finish {
    Keep,
    Silu,
    /// SiLU; and so many numbers further on, where the gradient will be, its slope.
    SiluAndSlope(usize),
    /// A gradient for what SiLU has made, times the slope that waits in its place. `plus` numbers
    /// from there, if not 0, is another part of the gradient.
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

    /// All `runs`, by a loop of its own for each kind: none has a choice to make for every vector.
    ///
    /// # Safety
    /// As [`Vector`] says.
    #[inline(always)]
    pub(super) unsafe fn put_runs<V: Vector>(self, runs: Runs) {
        unsafe {
            match self {
                Self::Keep => runs.put::<V>(Self::Keep),
                Self::Silu => runs.put::<V>(Self::Silu),
                Self::SiluAndSlope(further) => runs.put::<V>(Self::SiluAndSlope(further)),
                Self::Slope { plus } => runs.put::<V>(Self::Slope { plus }),
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
        for (y, from) in from.chunks_exact(view.side * depth).enumerate() {
            unsafe {
                self.put_runs::<V>(Runs {
                    count: view.side,
                    len: depth,
                    from: from.as_ptr(),
                    from_next: depth,
                    to: scratch.add(view.at(first + y + BORDER, BORDER)),
                    to_next: view.pixel,
                });
            }
        }
    }
}

/// Runs of sums, and where they go; one long run where they lie side by side.
#[derive(Clone, Copy)]
pub(super) struct Runs {
    pub(super) count: usize,
    /// Numbers in each, a multiple of 4.
    pub(super) len: usize,
    pub(super) from: *const f32,
    /// Numbers from one run to the next.
    pub(super) from_next: usize,
    pub(super) to: *mut f32,
    pub(super) to_next: usize,
}

impl Runs {
    #[inline(always)]
    unsafe fn put<V: Vector>(self, finish: Finish) {
        let Self { mut count, mut len, mut from, from_next, mut to, to_next } = self;
        if from_next == len && to_next == len {
            (count, len) = (1, count * len);
        }
        for _ in 0..count {
            for i in (0..len).step_by(V::LANES) {
                unsafe { finish.put(load::<V>(from.add(i), len - i), to.add(i), len - i) };
            }
            from = from.wrapping_add(from_next);
            to = to.wrapping_add(to_next);
        }
    }
}
