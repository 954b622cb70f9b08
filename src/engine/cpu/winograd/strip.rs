//! How the tiles of a strip are arranged.

use super::transform::{kept, left_out};
use super::{M, PLACES, SIDE};
use std::ops::Range;

/// Some rows of tiles of the images, as if these lay one below the other. Tiles that the images' edges cut off leave
/// out places; those that keep a place lie side by side, whichever place it is. For that they are arranged in four
/// kinds: first those that are cut off on the right alone, then whole ones, then those that are cut off below alone,
/// then those that are cut off on both sides.
#[derive(Clone, Copy)]
pub(super) struct Strip {
    /// Tiles along an image's side.
    pub(super) side: usize,
    /// How many outputs the last of them has.
    pub(super) last: usize,
    /// Which is the strip's first row, counted over all images.
    pub(super) first: usize,
    pub(super) rows: usize,
}

impl Strip {
    pub(super) fn tiles(self) -> usize {
        self.rows * self.side
    }

    /// The image that a row belongs to, and which row it is there.
    pub(super) fn image(self, row: usize) -> [usize; 2] {
        let row = self.first + row;
        [row / self.side, row % self.side]
    }

    /// How many tiles of a row are not cut off on the right, and how many are.
    fn columns(self) -> [usize; 2] {
        let cut = usize::from(self.last < M);
        [self.side - cut, cut]
    }

    /// Of the strip's first `rows` rows, how many are not cut off below, and how many are.
    fn above(self, rows: usize) -> [usize; 2] {
        let [_, cut] = self.columns();
        let cut = cut * ((self.first + rows) / self.side - self.first / self.side);
        [rows - cut, cut]
    }

    /// Where a row's first tile is, and where the one that is cut off on the right, if there is one.
    pub(super) fn row(self, row: usize) -> [usize; 2] {
        let ([whole, cut], [upper, _], [above, cut_above]) =
            (self.columns(), self.above(self.rows), self.above(row));
        if self.image(row)[1] < whole {
            [upper * cut + above * whole, above]
        } else {
            [upper * cut + (upper + cut_above) * whole, upper * cut + self.rows * whole + cut_above]
        }
    }

    /// The tiles that keep row `i` of the places: those that are cut off on the right, but not below; those that are
    /// not cut off on the right; and those that are cut off on both sides.
    pub(super) fn keeping(self, i: usize) -> [Range<usize>; 3] {
        let ([whole, cut], [upper, lower]) = (self.columns(), self.above(self.rows));
        let lower = if kept(self.last).contains(&i) { lower } else { 0 };
        let start = upper * cut;
        let end = start + (upper + lower) * whole;
        [0..start, start..end, end..end + lower * cut]
    }

    /// All places, in series of which each has the same tiles: the places, perhaps none, and the tiles that keep
    /// them.
    pub(super) fn series(self) -> impl Iterator<Item = [Range<usize>; 2]> {
        let (rows, keeping) = if self.last < M { (SIDE, kept(self.last)) } else { (1, 0..PLACES) };
        (0..rows).flat_map(move |i| {
            let [_, whole, both] = self.keeping(i);
            let row = |places: Range<usize>| i * SIDE + places.start..i * SIDE + places.end;
            [[row(keeping.clone()), 0..both.end], [row(left_out(self.last)), whole]]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every tile has a place of its own, and those that keep a row of places are told by their row.
    #[test]
    fn a_strips_tiles_lie_side_by_side() {
        for (side, last, first, rows) in
            [(2, 3, 0, 2), (2, 3, 1, 5), (4, 2, 2, 3), (4, 2, 0, 2), (3, 1, 1, 7), (2, 4, 1, 1)]
        {
            let strip = Strip { side, last, first, rows };
            let mut kinds = vec![None; strip.tiles()];
            for row in 0..rows {
                let [start, end] = strip.row(row);
                let cut = last < M;
                let whole = if cut { side - 1 } else { side };
                let tiles = (start..start + whole).map(|tile| (tile, false));
                for (tile, right) in tiles.chain(cut.then_some((end, true))) {
                    let below = cut && (first + row) % side == side - 1;
                    assert!(kinds[tile].replace((below, right)).is_none(), "tile {tile} of two rows");
                }
            }
            let mut tiles_at = vec![0..0; PLACES];
            for [places, tiles] in strip.series() {
                tiles_at[places].fill(tiles);
            }
            for i in 0..SIDE {
                let [right, whole, both] = strip.keeping(i);
                assert_eq!((right.start, right.end, whole.end), (0, whole.start, both.start));
                for (tile, kind) in kinds.iter().enumerate() {
                    let (below, right) = kind.unwrap();
                    let keeps = !below || kept(last).contains(&i);
                    assert_eq!(whole.contains(&tile), keeps && !right, "place {i} of tile {tile}");
                    assert_eq!((0..both.end).contains(&tile), keeps, "place {i} of tile {tile}");
                    for j in 0..SIDE {
                        let keeps = keeps && (!right || kept(last).contains(&j));
                        let found = tiles_at[i * SIDE + j].contains(&tile);
                        assert_eq!(found, keeps, "place {i}, {j} of tile {tile}");
                    }
                }
            }
        }
    }
}
