//! The zeros around a tensor.

use super::isa::Isa;
use super::vector::{Job, Vector, store};
use crate::graph::ops::{BORDER, LANES, View};

/// # Safety
/// The view lies in `scratch`.
pub(super) unsafe fn clear(isa: Isa, view: &View, scratch: *mut f32) {
    isa.run(Clear { view, scratch });
}

struct Clear<'a> {
    view: &'a View,
    scratch: *mut f32,
}

impl Job for Clear<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { view, scratch } = self;
        let last = view.side + BORDER;
        unsafe {
            for i in 0..=last {
                for (y, x) in [(0, i), (last, i), (i, 0), (i, last)] {
                    clear_pixel::<V>(view, scratch.add(view.at(y, x)));
                }
            }
        }
    }
}

/// # Safety
/// `pixel` points to the view's channels.
#[inline(always)]
pub(super) unsafe fn clear_pixel<V: Vector>(view: &View, pixel: *mut f32) {
    let depth = view.channels.depth();
    debug_assert!(depth.is_multiple_of(LANES));
    for c in (0..depth).step_by(V::LANES) {
        unsafe { store(V::splat(0.0), pixel.add(c), depth - c) };
    }
}
