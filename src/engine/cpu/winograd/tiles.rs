//! Cuts a view into tiles and transforms a row of them, as both Winograd kernels do first.

use super::transform::input;
use super::{M, SIDE};
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, View};

/// How many tiles lie along a view's side.
pub(super) fn side(view: &View) -> usize {
    view.side.div_ceil(M)
}

/// Length of a row of the pixels that a row of tiles sees, in f32 elements: whole vectors.
pub(super) fn row(view: &View, lanes: usize) -> usize {
    ((side(view) * M + 2) * view.pixel).next_multiple_of(lanes)
}

/// Length of what the first half of the transform makes of a row of tiles, [`SIDE`, row], in f32 elements, and
/// of one vector more, into which the last of the padding lanes reach.
pub(super) fn columns(view: &View, lanes: usize) -> usize {
    SIDE * row(view, lanes) + lanes
}

/// The offsets in the scratch buffer of the 6 rows of pixels that the tiles from row `y` on see. For rows
/// below the image the border above it is read, which is zero as well. What a row's last tile reads beyond
/// the border is the next row's: its border, which is zero, and some pixels that only outputs outside of the
/// image depend on. So nothing outside the tensor is ever read, nor anything that another image left there.
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
    /// The first tile at the first place.
    pub(super) to: *mut f32,
    /// f32 elements of each tile at each place: whole vectors.
    pub(super) depth: usize,
    /// f32 elements from one tile to the next.
    pub(super) tile: usize,
    /// f32 elements from one place to the next.
    pub(super) place: usize,
}

/// Transforms a row of tiles to [place, tile, depth].
///
/// # Safety
/// The view's tensor lies in `scratch`, and `rows` come from [`pixel_rows`]. `columns` point to [`columns()`]
/// elements. At `to` there is room for a row of tiles at all places. The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn transform<V: Vector>(
    view: &View,
    scratch: *const f32,
    rows: [usize; SIDE],
    columns: *mut f32,
    Transformed { to, depth, tile: next, place }: Transformed,
) {
    let (tiles, row) = (side(view), row(view, V::LANES));
    // Safety: rows of `row` elements from `rows` on lie in the tensor, as `pixel_rows` says: after the
    // image's last row comes a row of border, which is longer than what is read of it. `columns` hold `SIDE`
    // such rows and a vector. Where `depth` is more than the view's own, the last vector of a row's last tile
    // may reach into the next row, and from the last row into that vector: padding lanes alone come of that.
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
        // 2. Along each row of what that made.
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
