//! Cuts a view into tiles and transforms them, as all Winograd kernels do first.

use super::transform::{input, kept, with_outputs};
use super::{M, SIDE};
use crate::engine::cpu::vector::Vector;
use crate::graph::ops::{BORDER, View};

/// How many tiles lie along a view's side.
pub(super) fn side(view: &View) -> usize {
    view.side.div_ceil(M)
}

/// How many outputs the last of them has within the image.
pub(super) fn last(view: &View) -> usize {
    view.side - (side(view) - 1) * M
}

/// Length of what [`down`](Tiles::down) makes of so many tiles, [`SIDE`, row], in f32 elements, and of one vector
/// more, into which the last of the padding lanes reach.
pub(super) fn columns(view: &View, tiles: usize, lanes: usize) -> usize {
    SIDE * row(view, tiles * M, lanes) + lanes
}

/// Length of a row of the pixels that tiles of so many outputs see, in f32 elements: whole vectors.
fn row(view: &View, outputs: usize, lanes: usize) -> usize {
    ((outputs + 2) * view.pixel).next_multiple_of(lanes)
}

/// Some tiles side by side.
#[derive(Clone, Copy)]
pub(super) struct Tiles<'a> {
    pub(super) view: &'a View,
    /// The first tile's first pixel, (y, x).
    pub(super) pixel: [usize; 2],
    /// At least one.
    pub(super) count: usize,
}

/// Where transformed tiles go.
#[derive(Clone, Copy)]
pub(super) struct Transformed {
    /// The first tile at the first place.
    pub(super) to: *mut f32,
    /// The last tile at the first place, if it is cut off: it need not lie beside the others.
    pub(super) cut: *mut f32,
    /// f32 elements of each tile at each place: whole vectors.
    pub(super) depth: usize,
    /// f32 elements from one tile to the next.
    pub(super) tile: usize,
    /// f32 elements from one place to the next.
    pub(super) place: usize,
}

impl<'a> Tiles<'a> {
    /// The row of tiles that begins at pixel row `y`.
    pub(super) fn row(view: &'a View, y: usize) -> Self {
        Self { view, pixel: [y, 0], count: side(view) }
    }

    /// The rows of outputs that the tiles have within the image.
    pub(super) fn rows(self) -> usize {
        M.min(self.view.side - self.pixel[0])
    }

    /// The columns of outputs that the tiles have within the image.
    pub(super) fn columns(self) -> usize {
        (self.count * M).min(self.view.side - self.pixel[1])
    }

    /// How many tiles have all their columns of outputs within the image: all but perhaps the last, which the
    /// image's edge cuts off.
    pub(super) fn whole(self) -> usize {
        self.columns() / M
    }

    /// How many columns of outputs the last tile has.
    pub(super) fn last(self) -> usize {
        self.columns() - (self.count - 1) * M
    }

    /// Transforms the tiles down each column of pixels: the first half, which makes [place y, row]. It serves all
    /// tiles that see a column, and all channels: a row is one run.
    ///
    /// # Safety
    /// The view's tensor lies in `scratch`, and the tiles lie in the view. `to` has room for [`columns()`]
    /// elements. The machine has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn down<V: Vector>(self, scratch: *const f32, to: *mut f32) {
        // Safety: the caller promises the same.
        unsafe { with_outputs!(self.rows(), R in 1 2 3 4 => self.down_of::<V, R>(scratch, to)) }
    }

    /// # Safety
    /// As [`down`](Self::down), for tiles with `R` rows of outputs.
    #[inline(always)]
    unsafe fn down_of<V: Vector, const R: usize>(self, scratch: *const f32, to: *mut f32) {
        let Self { view, pixel: [first, left], .. } = self;
        // Instead of the border below the image the one above it is read, which is zero as well: in whole vectors,
        // what is read of a row may reach into the next one.
        let mut rows = [0; SIDE];
        for (j, row) in rows.iter_mut().enumerate() {
            let y = first + j;
            *row = view.at(if y < view.side + BORDER { y } else { 0 }, left);
        }
        let row = row(view, self.columns(), V::LANES);
        for x in (0..row).step_by(V::LANES) {
            // Safety: rows of `row` elements from `rows` on lie in the tensor, with what they have beyond whole pixels:
            // after the image's last row comes a row of border, which is longer than that. `to` holds `SIDE` such rows.
            unsafe {
                let mut d = [V::splat(0.0); SIDE];
                for j in 0..R + 2 {
                    d[j] = V::load(scratch.add(rows[j] + x));
                }
                let d = input::<V, R>(d);
                let mut to = to.add(kept(R).start * row + x);
                for j in kept(R) {
                    d[j].store(to);
                    to = to.wrapping_add(row);
                }
            }
        }
    }

    /// Transforms the tiles along row `i` of what [`down`](Self::down) has made: the second half, to the places of
    /// that row, [place x, tile, `tile`].
    ///
    /// # Safety
    /// `columns` come from `down` for these tiles, which keep row `i`, at `to` there is room for the whole tiles at
    /// [`SIDE`] places, and at `cut` for one that is cut off. The machine has `V`'s instructions.
    #[inline(always)]
    pub(super) unsafe fn along<V: Vector>(self, columns: *const f32, i: usize, to: Transformed) {
        let whole = self.whole();
        // Safety: the caller promises the same; each tile begins `M` pixels after the one before, and the last has
        // `self.last()` outputs.
        unsafe {
            let from = columns.add(i * row(self.view, self.columns(), V::LANES));
            self.along_of::<V, M>(from, whole, to);
            let (from, to) = (from.add(whole * M * self.view.pixel), Transformed { to: to.cut, ..to });
            with_outputs!(self.last(), R in 1 2 3 => self.along_of::<V, R>(from, 1, to));
        }
    }

    /// Transforms `count` tiles with `R` columns of outputs, from `from` on.
    ///
    /// # Safety
    /// As [`along`](Self::along), for these tiles.
    #[inline(always)]
    unsafe fn along_of<V: Vector, const R: usize>(self, from: *const f32, count: usize, to: Transformed) {
        let Transformed { to, depth, tile, place, .. } = to;
        // Safety: a tile sees `R + 2` pixels. Where `depth` is more than the view's own, the last vector of a row's
        // last tile may reach into the next row, and from the last row into the vector that `columns` have more:
        // padding lanes alone come of that.
        unsafe {
            for c in (0..depth).step_by(V::LANES) {
                let mut from = from.add(c);
                let mut to = to.add(c);
                for _ in 0..count {
                    let mut d = [V::splat(0.0); SIDE];
                    for j in 0..R + 2 {
                        d[j] = V::load(from.add(j * self.view.pixel));
                    }
                    let d = input::<V, R>(d);
                    for j in kept(R) {
                        d[j].store(to.add(j * place));
                    }
                    from = from.wrapping_add(M * self.view.pixel);
                    to = to.wrapping_add(tile);
                }
            }
        }
    }
}
