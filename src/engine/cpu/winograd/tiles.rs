//! Cuts a view into tiles and transforms them, as both Winograd kernels do first.

use super::transform::input;
use super::{M, SIDE};
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, View};

/// How many tiles lie along a view's side.
pub(super) fn side(view: &View) -> usize {
    view.side.div_ceil(M)
}

/// Length of a row of the pixels that so many tiles see, in f32 elements: whole vectors.
fn row(view: &View, tiles: usize, lanes: usize) -> usize {
    ((tiles * M + 2) * view.pixel).next_multiple_of(lanes)
}

/// Length of what [`down`] makes of so many tiles, [`SIDE`, row], in f32 elements, and of one vector more, into
/// which the last of the padding lanes reach.
pub(super) fn columns(view: &View, tiles: usize, lanes: usize) -> usize {
    SIDE * row(view, tiles, lanes) + lanes
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

/// Transforms `tiles` tiles down each column of pixels: the first half, which makes [`SIDE`, row]. It serves all
/// tiles that see a column, and all channels: a row is one run.
///
/// # Safety
/// The view's tensor lies in `scratch`, and `rows` are those of [`pixel_rows`], at the first tile's first pixel.
/// `to` has room for [`columns()`] elements. The machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn down<V: Vector>(
    view: &View,
    scratch: *const f32,
    rows: [usize; SIDE],
    tiles: usize,
    to: *mut f32,
) {
    let row = row(view, tiles, V::LANES);
    for x in (0..row).step_by(V::LANES) {
        // Safety: rows of `row` elements from `rows` on lie in the tensor, as `pixel_rows` says: after the
        // image's last row comes a row of border, which is longer than what is read of it. `to` holds `SIDE`
        // such rows.
        unsafe {
            let mut d = [V::splat(0.0); SIDE];
            for j in 0..SIDE {
                d[j] = V::load(scratch.add(rows[j] + x));
            }
            let mut to = to.add(x);
            for d in input(d) {
                d.store(to);
                to = to.wrapping_add(row);
            }
        }
    }
}

/// Where transformed tiles go.
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

/// Transforms `tiles` tiles along row `i` of what [`down`] has made: the second half, to the places of that row,
/// [place x, tile, `tile`].
///
/// # Safety
/// `columns` come from [`down`] for these tiles, at `to` there is room for them at [`SIDE`] places, and the
/// machine has `V`'s instructions.
#[inline(always)]
pub(super) unsafe fn along<V: Vector>(
    view: &View,
    columns: *const f32,
    i: usize,
    tiles: usize,
    Transformed { to, depth, tile: next, place }: Transformed,
) {
    let row = row(view, tiles, V::LANES);
    // Safety: `columns` hold `SIDE` rows and a vector. Where `depth` is more than the view's own, the last vector
    // of a row's last tile may reach into the next row, and from the last row into that vector: padding lanes
    // alone come of that.
    unsafe {
        for c in (0..depth).step_by(V::LANES) {
            let mut from = columns.add(i * row + c);
            let mut to = to.add(c);
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
