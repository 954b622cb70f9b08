//! Pixels: bytes to the network's [-1, 1] and back, and grids of pictures.
//!
//! The only place that knows the normalisation. Natively it feeds training and the figures; the
//! browser's canvases get their greys from here and lay out grids of their own.

/// Pixels along one edge of a picture.
pub const SIDE: usize = 28;

/// Pixels in one picture: 28 rows of 28, row by row.
pub const PIXELS: usize = SIDE * SIDE;

/// Pixels between pictures of a grid, and around it (torchvision's `padding`).
const PADDING: usize = 2;

/// One picture and the padding that separates it from the next.
const CELL: usize = SIDE + PADDING;

/// The value between pictures (torchvision's `pad_value`): 0 in [-1, 1], so mid grey.
const PAD_VALUE: f32 = 0.0;

/// The most pictures in one row of a grid, as in the tutorial's `nrow=12`.
const MOST_COLUMNS: usize = 12;

/// The normalisation in words, for a weights file's description.
pub const NORMALISATION: &str = "(p / 255 - 0.5) * 2";

/// A byte as the network sees it: 0 is -1, 255 is 1 (the tutorial's `ToTensor`, `(x - 0.5) * 2`).
pub fn to_unit(byte: u8) -> f32 {
    (f32::from(byte) / 255.0 - 0.5) * 2.0
}

/// A value of the network's range as a grey byte: -1 is 0, 1 is 255, to the nearest.
///
/// Values outside [-1, 1], which noise has, are clamped; NaN is 0.
pub fn to_grey(value: f32) -> u8 {
    // `as` takes NaN to 0.
    ((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8
}

/// [`to_grey`] of every value; shapes do not matter.
pub fn unit_to_greys(values: &[f32]) -> Vec<u8> {
    values.iter().copied().map(to_grey).collect()
}

/// [`to_unit`] of every byte; shapes do not matter.
pub fn images_to_unit(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().copied().map(to_unit).collect()
}

/// Columns of the grid that shows `n` pictures: as square as possible, 1 to 12 (16: 4, 128: 12).
pub fn columns_for(n: usize) -> usize {
    let floor = n.isqrt();
    let ceil = floor + usize::from(floor * floor < n);
    ceil.clamp(1, MOST_COLUMNS)
}

/// Pictures side by side, as torchvision's `make_grid(nrow=columns, padding=2, pad_value=0)` lays
/// them out; unlike there, a single picture has its border too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    /// In pixels: `columns * 30 + 2`.
    pub width: usize,
    /// In pixels: `rows * 30 + 2`.
    pub height: usize,
    /// Pictures in a full row.
    pub columns: usize,
    /// Rows of pictures, the last perhaps incomplete.
    pub rows: usize,
    /// Grey bytes, `height` rows of `width`.
    pub pixels: Vec<u8>,
}

impl Grid {
    /// Lays out `images`, `[N, 784]` in [-1, 1], `columns` to a row; fewer than a row make a
    /// narrower grid. Places that no picture fills are as grey as the padding.
    ///
    /// # Panics
    ///
    /// When `images` is not whole pictures.
    pub fn new(images: &[f32], columns: usize) -> Self {
        Self::of_greys(&unit_to_greys(images), columns)
    }

    /// The same of greys.
    ///
    /// # Panics
    ///
    /// When `images` is not whole pictures.
    pub fn of_greys(images: &[u8], columns: usize) -> Self {
        let (pictures, rest) = images.as_chunks::<PIXELS>();
        assert!(rest.is_empty(), "{} values are not whole pictures of {PIXELS}", images.len());
        let columns = columns.min(pictures.len()).max(1);
        let rows = pictures.len().div_ceil(columns);
        let (width, height) = (columns * CELL + PADDING, rows * CELL + PADDING);
        let pixels = vec![to_grey(PAD_VALUE); width * height];
        let mut grid = Self { width, height, columns, rows, pixels };
        for (place, picture) in pictures.iter().enumerate() {
            grid.draw(place, picture);
        }
        grid
    }

    /// Copies one picture to its place, counted row by row.
    fn draw(&mut self, place: usize, picture: &[u8; PIXELS]) {
        let left = place % self.columns * CELL + PADDING;
        let top = place / self.columns * CELL + PADDING;
        for (y, line) in picture.chunks_exact(SIDE).enumerate() {
            let start = (top + y) * self.width + left;
            self.pixels[start..start + SIDE].copy_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_survives_the_round_trip() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let unit = images_to_unit(&bytes);
        assert_eq!((unit[0], unit[255]), (-1.0, 1.0));
        assert!(unit.is_sorted_by(|a, b| a < b));
        assert_eq!(unit.iter().copied().map(to_grey).collect::<Vec<_>>(), bytes);
    }

    #[test]
    fn grey_is_rounded_clamped_and_defined() {
        assert_eq!([-1.0, 0.0, 1.0].map(to_grey), [0, 128, 255]);
        assert_eq!([-3.5, 3.5, f32::NEG_INFINITY, f32::INFINITY].map(to_grey), [0, 255, 0, 255]);
        assert_eq!([0.6 / 127.5 - 1.0, 1.4 / 127.5 - 1.0].map(to_grey), [1, 1]);
        assert_eq!(to_grey(f32::NAN), 0);
    }

    #[test]
    fn grids_are_as_square_as_possible() {
        let columns = [0, 1, 2, 4, 5, 9, 16, 17, 121, 128, 1000].map(columns_for);
        assert_eq!(columns, [1, 1, 2, 2, 3, 3, 4, 5, 11, 12, 12]);
    }

    #[test]
    fn a_batch_is_laid_out_as_by_make_grid() {
        // Each picture is all one grey, and its top left pixel black.
        let mut images = Vec::new();
        for n in 0..128 {
            images.extend([to_unit(n + 1); PIXELS]);
            images[usize::from(n) * PIXELS] = -1.0;
        }
        let grid = Grid::new(&images, columns_for(128));
        assert_eq!((grid.width, grid.height), (12 * 30 + 2, 11 * 30 + 2));
        assert_eq!(grid.pixels.len(), grid.width * grid.height);
        for y in 0..grid.height {
            for x in 0..grid.width {
                let (column, row) = (x / 30, y / 30);
                let padding = x % 30 < 2 || y % 30 < 2 || row * 12 + column >= 128;
                let corner = x % 30 == 2 && y % 30 == 2;
                let picture = if corner { 0 } else { row * 12 + column + 1 };
                let expected = if padding { 128 } else { picture };
                assert_eq!(usize::from(grid.pixels[y * grid.width + x]), expected, "{x}, {y}");
            }
        }
    }

    #[test]
    fn few_pictures_make_small_grids() {
        let sizes = [0, 1, 3].map(|n| {
            let grid = Grid::new(&vec![0.5; n * PIXELS], 12);
            (grid.width, grid.height, grid.columns, grid.rows)
        });
        assert_eq!(sizes, [(32, 2, 1, 0), (32, 32, 1, 1), (92, 32, 3, 1)]);
    }

    #[test]
    #[should_panic(expected = "not whole pictures")]
    fn parts_of_pictures_are_refused() {
        Grid::new(&[0.0; PIXELS + 1], 4);
    }
}
