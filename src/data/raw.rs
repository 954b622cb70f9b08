//! Images as files have them, of any width and height, and what a network can take of them.

use super::scale;
use crate::core::background::Background;
use crate::core::image::{ImageSpec, Images};
use crate::model::config::SIDES;
use thiserror::Error;

/// Images of one size, a byte for each number; the colours of a pixel lie side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawImages {
    /// In pixels, at least 1.
    pub width: usize,
    /// In pixels, at least 1.
    pub height: usize,
    /// 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// [N, H, W, C].
    pub bytes: Vec<u8>,
}

/// The size and colour in which a data set is wanted; `None` for what its files have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Pixels along one edge: images of another size are cropped to their central squares and scaled.
    pub side: Option<usize>,
    /// `Some(true)` refuses grey images, `Some(false)` turns colour into grey.
    pub colour: Option<bool>,
    /// What the transparent parts of pictures become; `None` leaves it to what is drawn before them.
    pub background: Option<Background>,
}

/// Why images cannot be had as they are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    #[error(
        "--size {0}: give a side from {first} to {last} that is divisible by 4, such as {near}",
        first = SIDES.start(), last = SIDES.end(), near = nearest(*.0)
    )]
    Wanted(usize),
    #[error(
        "the images are {0}x{0} pixels, but a network's have a side from {first} to {last} that is divisible \
         by 4; scale them with `--size {near}`",
        first = SIDES.start(), last = SIDES.end(), near = nearest(*.0)
    )]
    Side(usize),
    #[error(
        "the images are {width}x{height} pixels, but a network's are square; `--size {near}` takes their \
         central squares and scales these",
        near = nearest(*.width.min(.height))
    )]
    NotSquare { width: usize, height: usize },
    #[error("the images are grey, and --colour needs images in colour; leave it out, or pass others")]
    Grey,
}

/// The side that a network can have which is nearest to this one.
pub(super) fn nearest(side: usize) -> usize {
    side.clamp(*SIDES.start(), *SIDES.end()).next_multiple_of(4)
}

fn is_possible(side: usize) -> bool {
    SIDES.contains(&side) && side.is_multiple_of(4)
}

impl Wanted {
    /// Just what a network takes.
    pub fn exactly(spec: ImageSpec) -> Self {
        Self { side: Some(spec.side), colour: Some(spec.channels > 1), background: None }
    }

    /// # Errors
    /// When no network has such a side.
    pub fn check(&self) -> Result<(), ShapeError> {
        match self.side {
            Some(side) if !is_possible(side) => Err(ShapeError::Wanted(side)),
            _ => Ok(()),
        }
    }
}

impl RawImages {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len() / (self.width * self.height * self.channels)
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The images as a network takes them.
    ///
    /// # Errors
    /// When no network has their side, or they are not square, and no side is wanted; and when colour is
    /// wanted of grey images.
    pub fn into_images(self, wanted: &Wanted) -> Result<Images, ShapeError> {
        wanted.check()?;
        let Self { width, height, channels, .. } = self;
        let side = match wanted.side {
            Some(side) => side,
            None if width != height => return Err(ShapeError::NotSquare { width, height }),
            None if !is_possible(width) => return Err(ShapeError::Side(width)),
            None => width,
        };
        let channels = match wanted.colour {
            Some(true) if channels == 1 => return Err(ShapeError::Grey),
            Some(false) => 1,
            _ => channels,
        };
        let (squares, to) = (self.squares(), ImageSpec { side, channels });
        Ok(if squares.spec == to { squares } else { scale::fitted(&squares, to) })
    }

    /// The images mirrored along their diagonals: rows become columns.
    pub fn transposed(self) -> Self {
        let Self { width, height, channels, bytes } = self;
        let image = |image: &[u8]| -> Vec<u8> {
            let pixels = (0..width).flat_map(|x| (0..height).map(move |y| y * width + x));
            pixels.flat_map(|pixel| image[pixel * channels..][..channels].to_vec()).collect()
        };
        let turned = bytes.chunks_exact(width * height * channels).flat_map(image).collect();
        Self { width: height, height: width, channels, bytes: turned }
    }

    /// Their central squares, all of square images.
    pub fn squares(self) -> Images {
        let Self { width, height, channels, .. } = self;
        let spec = ImageSpec { side: width.min(height), channels };
        if width == height && channels == 1 {
            return Images { spec, bytes: self.bytes };
        }
        let (left, top) = ((width - spec.side) / 2, (height - spec.side) / 2);
        let mut bytes = Vec::with_capacity(self.len() * spec.numbers());
        for image in self.bytes.chunks_exact(width * height * channels) {
            for channel in 0..channels {
                for row in image.chunks_exact(width * channels).skip(top).take(spec.side) {
                    let first = left * channels + channel;
                    bytes.extend(row[first..].iter().step_by(channels).take(spec.side));
                }
            }
        }
        Images { spec, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(width: usize, height: usize, channels: usize) -> RawImages {
        let bytes = (0..2 * width * height * channels).map(|i| i as u8).collect();
        RawImages { width, height, channels, bytes }
    }

    #[test]
    fn central_squares_are_cut_out_and_colours_become_planes() {
        let bytes = (0..24).collect();
        // Two rows of four pixels, the middle two of which are the square.
        let images = RawImages { width: 4, height: 2, channels: 3, bytes }.squares();
        assert_eq!(images.spec, ImageSpec { side: 2, channels: 3 });
        assert_eq!(images.bytes, [3, 6, 15, 18, 4, 7, 16, 19, 5, 8, 17, 20]);
        let tall = RawImages { width: 1, height: 3, channels: 1, bytes: (0..6).collect() };
        assert_eq!((tall.len(), tall.squares().bytes), (2, vec![1, 4]));
    }

    #[test]
    fn rows_become_columns_in_every_image() {
        let images = RawImages { width: 3, height: 2, channels: 1, bytes: (0..12).collect() }.transposed();
        assert_eq!((images.width, images.height), (2, 3));
        assert_eq!(images.bytes, [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
        let colour = raw(4, 5, 3);
        assert_eq!(colour.clone().transposed().transposed(), colour);
    }

    #[test]
    fn what_a_network_takes_is_left_as_it_is() {
        let images = raw(28, 28, 1);
        for wanted in [Wanted::default(), Wanted::exactly(ImageSpec { side: 28, channels: 1 })] {
            assert_eq!(images.clone().into_images(&wanted).unwrap().bytes, images.bytes);
        }
        let colour = raw(12, 12, 3).into_images(&Wanted::default()).unwrap();
        assert_eq!((colour.spec, colour.len()), (ImageSpec { side: 12, channels: 3 }, 2));
    }

    #[test]
    fn what_no_network_takes_is_refused_unless_a_size_is_wanted() {
        let of = |side| Wanted { side, colour: None, background: None };
        for (width, height, remedy) in [
            (30, 30, "`--size 32`"),
            (5, 5, "`--size 12`"),
            (100, 100, "`--size 64`"),
            (32, 20, "`--size 20`"),
        ] {
            let told = raw(width, height, 1).into_images(&of(None)).unwrap_err().to_string();
            assert!(told.contains(&format!("{width}x{height} pixels")) && told.contains(remedy), "{told}");
            let spec = raw(width, height, 3).into_images(&of(Some(16))).unwrap().spec;
            assert_eq!(spec, ImageSpec { side: 16, channels: 3 });
        }
        for side in [0, 8, 18, 68] {
            let told = raw(28, 28, 1).into_images(&of(Some(side))).unwrap_err().to_string();
            assert!(told.contains(&format!("--size {side}:")) && told.contains("divisible by 4"), "{told}");
        }
    }

    #[test]
    fn grey_is_not_taken_for_colour_but_colour_becomes_grey() {
        let colour = |colour| Wanted { side: None, colour: Some(colour), background: None };
        assert_eq!(raw(28, 28, 1).into_images(&colour(true)), Err(ShapeError::Grey));
        assert_eq!(raw(28, 28, 3).into_images(&colour(true)).unwrap().spec.channels, 3);
        assert_eq!(raw(28, 28, 3).into_images(&colour(false)).unwrap().spec.channels, 1);
    }
}
