//! How the tiles of a strip are arranged.

use super::transform::kept;
use std::ops::Range;

/// Some rows of tiles of the images, as if these lay one below the other. The tiles that keep a place lie side by
/// side, whichever place it is, for they are arranged in four kinds: first the last tiles of rows, but not of an
/// image's last row; then all other tiles of these rows; then the other tiles of images' last rows; then the last
/// tiles of these.
#[derive(Clone, Copy)]
pub(super) struct Strip {
    /// Tiles along an image's side: at least two.
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

    /// Of the strip's first `rows` rows, how many are not an image's last one, and how many are.
    fn kinds(self, rows: usize) -> [usize; 2] {
        let last = (self.first + rows) / self.side - self.first / self.side;
        [rows - last, last]
    }

    /// Where a row's first tile is and where its last, which may be elsewhere.
    pub(super) fn row(self, row: usize) -> [usize; 2] {
        let others = self.side - 1;
        let ([upper, _], [above, last_above]) = (self.kinds(self.rows), self.kinds(row));
        if self.image(row)[1] < others {
            [upper + above * others, above]
        } else {
            [upper + (upper + last_above) * others, upper + self.rows * others + last_above]
        }
    }

    /// The tiles that keep row `i` of the places: the last ones of rows, the others, and again last ones.
    pub(super) fn keeping(self, i: usize) -> [Range<usize>; 3] {
        let [upper, last] = self.kinds(self.rows);
        let last = if kept(self.last).contains(&i) { last } else { 0 };
        let end = upper + (upper + last) * (self.side - 1);
        [0..upper, upper..end, end..end + last]
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
                let lowest = (first + row) % side == side - 1;
                let others = (start..start + side - 1).map(|tile| (tile, false));
                for (tile, rightmost) in others.chain([(end, true)]) {
                    assert!(kinds[tile].replace((lowest, rightmost)).is_none(), "tile {tile} of two rows");
                }
            }
            for i in 0..super::super::SIDE {
                let [ends, others, more_ends] = strip.keeping(i);
                assert_eq!((ends.start, ends.end, others.end), (0, others.start, more_ends.start));
                for (tile, kind) in kinds.iter().enumerate() {
                    let (lowest, rightmost) = kind.unwrap();
                    let keeps = !lowest || kept(last).contains(&i);
                    assert_eq!(others.contains(&tile), keeps && !rightmost, "place {i} of tile {tile}");
                    assert_eq!((0..more_ends.end).contains(&tile), keeps, "place {i} of tile {tile}");
                }
            }
        }
    }
}
