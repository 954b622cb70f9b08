//! A view cut into tiles, and a row of them transformed: how both kernels begin.

use super::transform::input;
use super::{M, SIDE};
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, View};

/// Tiles along a view's side.
pub(super) fn side(view: &View) -> usize {
    view.side.div_ceil(M)
}

/// Numbers in a row of the pixels that a row of tiles sees, in whole vectors.
pub(super) fn row(view: &View, lanes: usize) -> usize {
    ((side(view) * M + 2) * view.pixel).next_multiple_of(lanes)
}

/// Numbers that the first half of the input's transform leaves of a row of tiles.
pub(super) fn columns(view: &View, lanes: usize) -> usize {
    SIDE * row(view, lanes)
}

/// Where the rows of pixels start that the tiles from row `y` on see. Those below the image are as
/// zero as the border above it, and what a row's last tile reads beyond its border is the next
/// row's: zero again, and some pixels that only outputs outside of the image depend on. So nothing
/// outside the tensor is ever read, nor anything that another image left there.
#[inline(always)]
pub(super) fn pixel_rows(view: &View, y: usize) -> [usize; SIDE] {
    let mut rows = [0; SIDE];
    for (j, row) in rows.iter_mut().enumerate() {
        *row = view.at(if y + j < view.side + BORDER { y + j } else { 0 }, 0);
    }
    rows
}

/// Where a row of transformed tiles goes.
#[derive(Clone, Copy)]
pub(super) struct Transformed {
    pub(super) to: *mut f32,
    /// Of each tile at each place.
    pub(super) depth: usize,
    /// Numbers from one tile to the next, and from one place to the next.
    pub(super) tile: usize,
    pub(super) place: usize,
}

/// A row of tiles to [place, tile, depth].
#[inline(always)]
pub(super) unsafe fn transform<V: Vector>(
    view: &View,
    scratch: *const f32,
    rows: [usize; SIDE],
    columns: *mut f32,
    Transformed { to, depth, tile: next, place }: Transformed,
) {
    let (tiles, row) = (side(view), row(view, V::LANES));
    unsafe {
        // 1. Down each column of pixels, for all tiles that see it and all channels: a row is one run.
        for x in (0..row).step_by(V::LANES) {
            let mut d = [V::splat(0.0); SIDE];
            for j in 0..SIDE {
                d[j] = V::load(scratch.add(rows[j] + x));
            }
            let mut to = columns.add(x);
            for d in input(d) {
                d.store(to);
                to = to.wrapping_add(row);
            }
        }
        // 2. Along each row of these.
        for i in 0..SIDE {
            for c in (0..depth).step_by(V::LANES) {
                let mut from = columns.add(i * row + c);
                let mut to = to.add(i * SIDE * place + c);
                for _ in 0..tiles {
                    let mut d = [V::splat(0.0); SIDE];
                    for j in 0..SIDE {
                        d[j] = V::load(from.add(j * view.pixel));
                    }
                    let d = input(d);
                    for j in 0..SIDE {
                        d[j].store(to.add(j * place));
                    }
                    from = from.wrapping_add(M * view.pixel);
                    to = to.wrapping_add(next);
                }
            }
        }
    }
}
