//! Titles in a bitmap font, at whatever size a figure needs.

use std::cmp::Reverse;
use std::convert::Infallible;

use embedded_graphics::mono_font::{MonoFont, MonoTextStyle, iso_8859_1 as fonts};
use embedded_graphics::pixelcolor::BinaryColor;
use embedded_graphics::prelude::*;
use embedded_graphics::text::{Baseline, Text};
use image::{GrayImage, Luma};

use super::enlarge::{WHITE, enlarged};

/// Small to large; larger letters are these enlarged.
const FONTS: [&MonoFont; 5] =
    [&fonts::FONT_6X10, &fonts::FONT_7X13, &fonts::FONT_9X15, &fonts::FONT_9X18, &fonts::FONT_10X20];

/// A bitmap font, each of its dots enlarged to `dot` x `dot` pixels.
#[derive(Clone, Copy)]
pub struct Face {
    font: &'static MonoFont<'static>,
    dot: u32,
}

impl Face {
    /// The largest at most `height` high in which `letters` are at most `width` wide; the smallest
    /// where none is.
    pub fn fitting(letters: u32, width: u32, height: u32) -> Self {
        (1..=height)
            .flat_map(|dot| FONTS.map(|font| Self { font, dot }))
            .filter(|face| face.height() <= height && face.width(letters) <= width)
            // Of two equally high ones, that with the finer dots.
            .max_by_key(|face| (face.height(), Reverse(face.dot)))
            .unwrap_or(Self { font: FONTS[0], dot: 1 })
    }

    /// In pixels, from the top of the highest letter to the bottom of the lowest.
    pub fn height(self) -> u32 {
        self.font.character_size.height * self.dot
    }

    /// In pixels, of a line of so many letters.
    pub fn width(self, letters: u32) -> u32 {
        (self.font.character_size.width + self.font.character_spacing) * self.dot * letters
    }

    /// One line of black text on white, as high as [`height`](Self::height) says, as wide as its
    /// letters.
    pub fn write(self, text: &str) -> GrayImage {
        let dots = Self { dot: 1, ..self };
        let (width, height) = (dots.width(text.chars().count() as u32), dots.height());
        let mut line = Line(GrayImage::from_pixel(width, height, Luma([WHITE])));
        let style = MonoTextStyle::new(self.font, BinaryColor::On);
        let Ok(_) = Text::with_baseline(text, Point::zero(), style, Baseline::Top).draw(&mut line);
        enlarged(&line.0.into(), self.dot).into_luma8()
    }
}

/// What letters are drawn to.
struct Line(GrayImage);

impl OriginDimensions for Line {
    fn size(&self) -> Size {
        Size::new(self.0.width(), self.0.height())
    }
}

impl DrawTarget for Line {
    type Color = BinaryColor;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<BinaryColor>>>(&mut self, dots: I) -> Result<(), Infallible> {
        for Pixel(at, color) in dots {
            // Negative coordinates wrap to ones that are outside, too.
            if let Some(pixel) = self.0.get_pixel_mut_checked(at.x as u32, at.y as u32) {
                *pixel = Luma([if color.is_on() { 0 } else { WHITE }]);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops;

    #[test]
    fn the_largest_fitting_face_is_taken() {
        let size = |letters, width, height| {
            let face = Face::fitting(letters, width, height);
            (face.width(1), face.height())
        };
        assert_eq!(size(8, 1000, 13), (7, 13));
        assert_eq!(size(8, 1000, 20), (10, 20));
        assert_eq!(size(8, 1000, 31), (18, 30));
        assert_eq!(size(20, 122, 40), (6, 10));
        assert_eq!(size(99, 10, 5), (6, 10));
    }

    #[test]
    fn every_letter_is_written_whole() {
        let face = Face::fitting(4, 1000, 26);
        let line = face.write("Äg\u{3b5}");
        assert_eq!(line.dimensions(), (face.width(3), face.height()));
        // Alone or in a line, a letter has the same dots; one the font lacks is a question mark.
        for (letter, alone) in (0..).zip(["Ä", "g", "?"]) {
            let (x, width) = (letter * face.width(1), face.width(1));
            let part = imageops::crop_imm(&line, x, 0, width, line.height()).to_image();
            assert_eq!(part, face.write(alone));
            assert!(part.pixels().any(|pixel| pixel.0 == [0]));
        }
        assert_eq!(face.write("").width(), 0);
    }
}
