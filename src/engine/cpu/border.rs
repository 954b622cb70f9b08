//! Clears the border of zero pixels around a tensor.

use super::isa::Isa;
use super::part::Part;
use super::vector::{Job, Vector, store};
use crate::graph::ops::{BORDER, LANES, View};

/// Writes zeros to the view's channels of the border pixels beside a part of its rows.
///
/// # Safety
/// The view lies in `scratch`.
pub(super) unsafe fn clear(isa: Isa, view: &View, scratch: *mut f32, part: Part) {
    isa.run(Clear { view, scratch, part });
}

struct Clear<'a> {
    view: &'a View,
    /// The buffer that the view lies in.
    scratch: *mut f32,
    part: Part,
}

impl Job for Clear<'_> {
    type Output = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        let Self { view, scratch, part } = self;
        let last = view.side + BORDER;
        // Safety: border pixels belong to the view's tensor, which lies in `scratch`; the caller promises the
        // instructions.
        unsafe {
            let clear = |y: usize, x: usize| clear_pixel::<V>(view, scratch.add(view.at(y, x)));
            for row in part.of(view.side) {
                let y = row + BORDER;
                [0, last].into_iter().for_each(|x| clear(y, x));
                let beyond = [(y == BORDER).then_some(0), (y + BORDER == last).then_some(last)];
                for y in beyond.into_iter().flatten() {
                    (0..=last).for_each(|x| clear(y, x));
                }
            }
        }
    }
}

/// Writes zeros to one pixel: to the view's channels and their padding.
///
/// # Safety
/// `pixel` points to a pixel of the view, and the machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn clear_pixel<V: Vector>(view: &View, pixel: *mut f32) {
    let depth = view.channels.depth();
    debug_assert!(depth.is_multiple_of(LANES));
    for c in (0..depth).step_by(V::LANES) {
        // Safety: the pixel has `depth - c` elements from `c` on, which is a positive multiple of 4.
        unsafe { store(V::splat(0.0), pixel.add(c), depth - c) };
    }
}
