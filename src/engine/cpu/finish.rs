//! What a kernel does with a finished sum before it stores it: in a forward pass it applies the activation,
//! in a backward pass it multiplies with the activation's slope.

use super::vector::{Vector, load, silu, silu_and_slope, store};
use crate::graph::ops::{BORDER, View};

/// The kinds of finish. `Keep` stores the sum as it is, and `Silu` stores SiLU of it.
#[derive(Clone, Copy)]
pub(super) enum Finish {
    Keep,
    Silu,
    /// Stores SiLU of the sum and, so many f32 elements further on, where the gradient will be, SiLU's slope.
    SiluAndSlope(usize),
    /// For a gradient with respect to what SiLU has made: stores the sum times the slope that waits in its
    /// place. `plus` f32 elements from there, if not 0, lies another part of the gradient, to be added first.
    Slope {
        plus: isize,
    },
    /// Stores the sum and what lies so many f32 elements from there: the other branch of a residual block.
    Plus(isize),
}

impl Finish {
    /// The finish of a convolution in a forward pass for inference.
    pub(super) fn of(silu: bool) -> Self {
        if silu { Self::Silu } else { Self::Keep }
    }

    /// The same where so many images are interleaved.
    pub(super) fn interleaved(self, images: usize) -> Self {
        match self {
            Self::Keep | Self::Silu => self,
            Self::SiluAndSlope(further) => Self::SiluAndSlope(further * images),
            Self::Slope { plus } => Self::Slope { plus: plus * images as isize },
            Self::Plus(further) => Self::Plus(further * images as isize),
        }
    }

    /// Finishes `count` elements, a positive multiple of 4, but at most a whole vector.
    ///
    /// # Safety
    /// As [`Vector`] says, at `to` and at the place that the finish counts from there.
    #[inline(always)]
    pub(super) unsafe fn put<V: Vector>(self, sum: V, to: *mut f32, count: usize) {
        // Safety: the caller promises `count` elements at `to`, at the mirrored place `further` and at the
        // other part `plus`; and the instructions.
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
                Self::Plus(further) => store(sum.add(load(to.offset(further), count)), to, count),
            }
        }
    }

    /// Finishes all `runs`. Each kind of finish has its own loop, so that none branches for every vector.
    ///
    /// # Safety
    /// As [`put`](Self::put), for all elements of the runs.
    #[inline(always)]
    pub(super) unsafe fn put_runs<V: Vector>(self, runs: Runs) {
        // Safety: the caller promises the same of the runs.
        unsafe {
            match self {
                Self::Keep => runs.put::<V>(Self::Keep),
                Self::Silu => runs.put::<V>(Self::Silu),
                Self::SiluAndSlope(further) => runs.put::<V>(Self::SiluAndSlope(further)),
                Self::Slope { plus } => runs.put::<V>(Self::Slope { plus }),
                Self::Plus(further) => runs.put::<V>(Self::Plus(further)),
            }
        }
    }

    /// Finishes rows of an image, from row `first` on. `from` holds them without gaps: [row, side, depth].
    ///
    /// # Safety
    /// The view, and what the finish counts from it, lies in `scratch`, and has all these rows. The machine
    /// has `V`'s instructions.
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
            // Safety: `from` is a row of `side` runs of `depth` elements, and so is row `first + y` of the
            // view, but for the distance between its pixels.
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

/// Runs of consecutive sums, and where they go. Runs without gaps on both sides are taken as a single one.
#[derive(Clone, Copy)]
pub(super) struct Runs {
    pub(super) count: usize,
    /// f32 elements in each run, a multiple of 4.
    pub(super) len: usize,
    /// The first run's sums.
    pub(super) from: *const f32,
    /// f32 elements from one run's sums to the next one's.
    pub(super) from_next: usize,
    /// Where the first run goes.
    pub(super) to: *mut f32,
    /// f32 elements from there to where the next run goes.
    pub(super) to_next: usize,
}

impl Runs {
    /// # Safety
    /// As [`Finish::put`], for all elements of the runs.
    #[inline(always)]
    unsafe fn put<V: Vector>(self, finish: Finish) {
        let Self { mut count, mut len, mut from, from_next, mut to, to_next } = self;
        if from_next == len && to_next == len {
            (count, len) = (1, count * len);
        }
        for _ in 0..count {
            for i in (0..len).step_by(V::LANES) {
                // Safety: from element `i` on, a run has `len - i` more, a positive multiple of 4.
                unsafe { finish.put(load::<V>(from.add(i), len - i), to.add(i), len - i) };
            }
            from = from.wrapping_add(from_next);
            to = to.wrapping_add(to_next);
        }
    }
}
