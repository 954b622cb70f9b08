//! Copies images into a scratch buffer, and the network's outputs out of it.

use crate::graph::ops::{BORDER, Channels, View};
use std::ops::Range;

/// Copies rows of the images x_t, [C, H, W] each, to the view's channels, and 0 to its padding channels.
///
/// # Safety
/// The view lies in `scratch`, and has at least as many channels as an image.
pub(super) unsafe fn load(x_t: &[f32], view: &View, scratch: *mut f32, rows: Range<usize>) {
    let Channels { count, images, .. } = view.channels;
    let (plane, depth) = (view.side * view.side, view.channels.depth());
    // Safety: the pixels lie in the view, each with `depth` elements, which are `images` for each of the `count`
    // channels, and then padding.
    unsafe {
        for c in (0..count * images).step_by(images) {
            for image in 0..images {
                let x_t = &x_t[(image * count + c / images) * plane..][..plane];
                each_pixel(view, &rows, |pixel, at| *scratch.add(at + c + image) = x_t[pixel]);
            }
        }
        for c in count * images..depth {
            each_pixel(view, &rows, |_, at| *scratch.add(at + c) = 0.0);
        }
    }
}

/// Copies rows of the view's channels to the network's outputs, [C, H, W] each.
///
/// # Safety
/// The view lies in `scratch`; at `outputs` there is room for its images and all its channels.
pub(super) unsafe fn store(view: &View, scratch: *const f32, outputs: *mut f32, rows: Range<usize>) {
    let Channels { count, images, .. } = view.channels;
    let plane = view.side * view.side;
    for place in 0..images * count {
        let (image, c) = (place / count, place % count);
        // Safety: the pixels lie in the view, each with `images` elements for each channel, and a plane of the outputs
        // has as many.
        each_pixel(view, &rows, |pixel, at| unsafe {
            *outputs.add(place * plane + pixel) = *scratch.add(at + c * images + image);
        });
    }
}

/// Calls `visit` for each pixel of some rows of a view: its index, and where its first element lies.
#[inline(always)]
fn each_pixel(view: &View, rows: &Range<usize>, mut visit: impl FnMut(usize, usize)) {
    for y in rows.clone() {
        let row = view.at(y + BORDER, BORDER);
        for x in 0..view.side {
            visit(y * view.side + x, row + x * view.pixel);
        }
    }
}
