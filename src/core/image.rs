//! Pictures: bytes to the network's [-1, 1] and back, sets of them, and grids.
//!
//! The only place that knows the normalisation. A picture is its channels' planes one after the other,
//! [C, H, W], as bytes and as numbers alike.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Pixels between pictures of a grid, and around it (torchvision's `padding`).
const PADDING: usize = 2;

/// The value between pictures (torchvision's `pad_value`): 0 in [-1, 1], so mid grey.
const PAD_VALUE: f32 = 0.0;

/// The most pictures in one row of a grid, as in the tutorial's `nrow=12`.
const MOST_COLUMNS: usize = 12;

/// The normalisation in words, for a weights file's description.
pub const NORMALISATION: &str = "(p / 255 - 0.5) * 2";

/// The size of square pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageSpec {
    /// Pixels along one edge.
    pub side: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
}

impl ImageSpec {
    /// Pixels of one picture.
    pub const fn pixels(self) -> usize {
        self.side * self.side
    }

    /// Numbers of one picture: its pixels in every channel.
    pub const fn numbers(self) -> usize {
        self.pixels() * self.channels
    }
}

/// For people to read: "28x28 grey".
impl fmt::Display for ImageSpec {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let colour = match self.channels {
            1 => "grey",
            3 => "colour",
            _ => "pixels of another number of channels",
        };
        write!(f, "{0}x{0} {colour}", self.side)
    }
}

/// Pictures of one size, a byte for each number: 0 is dark, 255 bright.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    pub spec: ImageSpec,
    /// [N, C, H, W].
    pub bytes: Vec<u8>,
}

impl Images {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / self.spec.numbers()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Picture `i`, [C, H, W].
    ///
    /// # Panics
    /// If `i >= self.len()`, as indexing a slice does.
    pub fn image(&self, i: usize) -> &[u8] {
        &self.bytes[i * self.spec.numbers()..][..self.spec.numbers()]
    }

    /// Those at these places, in their order.
    pub fn select(&self, places: impl IntoIterator<Item = usize>) -> Self {
        let bytes = places.into_iter().flat_map(|i| self.image(i)).copied().collect();
        Self { spec: self.spec, bytes }
    }

    /// The first `count`, or all if there are fewer.
    pub fn first(&self, count: usize) -> Self {
        self.select(0..count.min(self.len()))
    }
}

/// A byte as the network sees it: 0 is -1, 255 is 1 (the tutorial's `ToTensor`, `(x - 0.5) * 2`).
pub fn to_unit(byte: u8) -> f32 {
    (f32::from(byte) / 255.0 - 0.5) * 2.0
}

/// A value of the network's range as a byte: -1 is 0, 1 is 255, to the nearest.
///
/// Values outside [-1, 1], which noise has, are clamped; NaN is 0.
pub fn to_byte(value: f32) -> u8 {
    // `as` takes NaN to 0.
    ((value.clamp(-1.0, 1.0) + 1.0) * 127.5).round() as u8
}

/// [`to_byte`] of every value; shapes do not matter.
pub fn unit_to_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().copied().map(to_byte).collect()
}

/// [`to_unit`] of every byte; shapes do not matter.
pub fn bytes_to_unit(bytes: &[u8]) -> Vec<f32> {
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
    /// In pixels: `columns * (side + 2) + 2`.
    pub width: usize,
    /// In pixels: `rows * (side + 2) + 2`.
    pub height: usize,
    /// Bytes of a pixel.
    pub channels: usize,
    /// Pictures in a full row.
    pub columns: usize,
    /// Rows of pictures, the last perhaps incomplete.
    pub rows: usize,
    /// `height` rows of `width` pixels, each with its channels side by side, as image files have them.
    pub bytes: Vec<u8>,
}

impl Grid {
    /// Lays out pictures in [-1, 1], `columns` to a row; fewer than a row make a narrower grid. Places that
    /// no picture fills are as grey as the padding.
    ///
    /// # Panics
    /// When `numbers` is not whole pictures.
    pub fn new(numbers: &[f32], spec: ImageSpec, columns: usize) -> Self {
        Self::of_bytes(&unit_to_bytes(numbers), spec, columns)
    }

    /// The same from bytes.
    ///
    /// # Panics
    /// When `bytes` is not whole pictures.
    pub fn of_bytes(bytes: &[u8], spec: ImageSpec, columns: usize) -> Self {
        let len = spec.numbers();
        assert!(bytes.len().is_multiple_of(len), "{} values are not whole pictures of {len}", bytes.len());
        let pictures = bytes.len() / len;
        let columns = columns.min(pictures).max(1);
        let rows = pictures.div_ceil(columns);
        let (width, height) = Self::size(spec, pictures, columns);
        let grey = vec![to_byte(PAD_VALUE); width * height * spec.channels];
        let mut grid = Self { width, height, channels: spec.channels, columns, rows, bytes: grey };
        for (place, picture) in bytes.chunks_exact(len).enumerate() {
            grid.draw(place, picture, spec);
        }
        grid
    }

    /// Width and height in pixels of a grid of so many pictures, `columns` to a row.
    pub fn size(spec: ImageSpec, pictures: usize, columns: usize) -> (usize, usize) {
        let columns = columns.min(pictures).max(1);
        let pixels = |cells: usize| cells * (spec.side + PADDING) + PADDING;
        (pixels(columns), pixels(pictures.div_ceil(columns)))
    }

    /// Copies one picture to its place, counted row by row.
    fn draw(&mut self, place: usize, picture: &[u8], spec: ImageSpec) {
        let ImageSpec { side, channels } = spec;
        let left = place % self.columns * (side + PADDING) + PADDING;
        let top = place / self.columns * (side + PADDING) + PADDING;
        for (c, plane) in picture.chunks_exact(spec.pixels()).enumerate() {
            for (i, byte) in plane.iter().enumerate() {
                let pixel = (top + i / side) * self.width + left + i % side;
                self.bytes[pixel * channels + c] = *byte;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };
    const PIXELS: usize = GREY.pixels();

    #[test]
    fn every_byte_survives_the_round_trip() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        let unit = bytes_to_unit(&bytes);
        assert_eq!((unit[0], unit[255]), (-1.0, 1.0));
        assert!(unit.is_sorted_by(|a, b| a < b));
        assert_eq!(unit_to_bytes(&unit), bytes);
    }

    #[test]
    fn bytes_are_rounded_clamped_and_defined() {
        assert_eq!([-1.0, 0.0, 1.0].map(to_byte), [0, 128, 255]);
        assert_eq!([-3.5, 3.5, f32::NEG_INFINITY, f32::INFINITY].map(to_byte), [0, 255, 0, 255]);
        assert_eq!([0.6 / 127.5 - 1.0, 1.4 / 127.5 - 1.0].map(to_byte), [1, 1]);
        assert_eq!(to_byte(f32::NAN), 0);
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
        let grid = Grid::new(&images, GREY, columns_for(128));
        assert_eq!((grid.width, grid.height), (12 * 30 + 2, 11 * 30 + 2));
        assert_eq!(grid.bytes.len(), grid.width * grid.height);
        for y in 0..grid.height {
            for x in 0..grid.width {
                let (column, row) = (x / 30, y / 30);
                let padding = x % 30 < 2 || y % 30 < 2 || row * 12 + column >= 128;
                let corner = x % 30 == 2 && y % 30 == 2;
                let picture = if corner { 0 } else { row * 12 + column + 1 };
                let expected = if padding { 128 } else { picture };
                assert_eq!(usize::from(grid.bytes[y * grid.width + x]), expected, "{x}, {y}");
            }
        }
    }

    #[test]
    fn colours_lie_side_by_side_in_a_grid() {
        let spec = ImageSpec { side: 12, channels: 3 };
        let picture: Vec<u8> = (0..3).flat_map(|c| (0..144).map(move |i| 50 * c + i % 50)).collect();
        let grid = Grid::of_bytes(&picture, spec, 1);
        assert_eq!((grid.width, grid.height, grid.bytes.len()), (16, 16, 768));
        let pixel = (2 + 3) * 16 + 2 + 5;
        assert_eq!(grid.bytes[3 * pixel..][..3], [41, 91, 141]);
    }

    #[test]
    fn few_pictures_make_small_grids() {
        let sizes = [0, 1, 3].map(|n| {
            let grid = Grid::new(&vec![0.5; n * PIXELS], GREY, 12);
            (grid.width, grid.height, grid.columns, grid.rows)
        });
        assert_eq!(sizes, [(32, 2, 1, 0), (32, 32, 1, 1), (92, 32, 3, 1)]);
    }

    #[test]
    #[should_panic(expected = "not whole pictures")]
    fn parts_of_pictures_are_refused() {
        Grid::new(&[0.0; PIXELS + 1], GREY, 4);
    }
}
