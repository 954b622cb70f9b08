//! One picture of somebody's own, for a run to begin with: the same reading, cropping and scaling as of pictures to train on.

use super::decode::{self, Decoded, PictureError};
use super::picture_notes::{DARK, Traits, rendering};
use super::scale;
use crate::core::background::Background;
use crate::core::image::ImageSpec;
use image::{DynamicImage, RgbaImage};
use std::path::Path;

/// How a picture is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fitting {
    pub image: ImageSpec,
    /// What transparent parts become, and bars; `None` is black, or white behind a dark drawing.
    pub background: Option<Background>,
    /// The central square alone, or the whole picture with bars beside it.
    pub crop: bool,
}

/// What may surprise of how a picture was made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    Animated,
    Cropped,
    Barred,
    Enlarged,
    Grey,
    Transparent,
    Dark,
}

/// A picture that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fitted {
    /// [C, H, W].
    pub bytes: Vec<u8>,
    /// The width and height that it had.
    pub original: (u32, u32),
    pub transparent: bool,
    pub background: Background,
    pub facts: Vec<Fact>,
}

impl Fact {
    pub fn name(self) -> &'static str {
        match self {
            Self::Animated => "animated",
            Self::Cropped => "cropped",
            Self::Barred => "barred",
            Self::Enlarged => "enlarged",
            Self::Grey => "grey",
            Self::Transparent => "transparent",
            Self::Dark => "dark",
        }
    }
}

impl Fitted {
    /// The facts in sentences.
    pub fn notes(&self) -> Vec<String> {
        let ground = match self.background {
            Background::Black => "black",
            Background::White => "white",
        };
        let note = |fact: &Fact| match fact {
            Fact::Animated => "It has several frames: only the first is read.".into(),
            Fact::Cropped => "It is not square: only the central square is used.".into(),
            Fact::Barred => format!("It is not square: {ground} bars make it one."),
            Fact::Enlarged => {
                "It is smaller than the model's pictures: enlarged, and so without sharp detail.".into()
            }
            Fact::Grey => "Its colours are made grey: the model knows grey pictures alone.".into(),
            Fact::Transparent => format!("Its transparent parts become {ground}."),
            Fact::Dark => "It is nearly or all black.".into(),
        };
        self.facts.iter().map(note).collect()
    }
}

/// Makes a file's picture fit.
///
/// # Errors
/// If it is none that is read, damaged, cut short or far too large.
pub fn read(bytes: &[u8], name: &str, how: Fitting) -> Result<Fitted, PictureError> {
    Ok(fit(&decode::decode(bytes, Path::new(name))?, how))
}

/// Makes pixels fit: red, green, blue and how opaque, a byte each, row by row. `None` where they are not as many as the
/// width and height say, or none at all.
pub fn of_pixels(width: u32, height: u32, rgba: Vec<u8>, how: Fitting) -> Option<Fitted> {
    let image = RgbaImage::from_raw(width, height, rgba).filter(|image| !image.is_empty())?;
    let image = DynamicImage::from(image);
    Some(fit(&Decoded { image, animated: false }, how))
}

fn fit(picture: &Decoded, how: Fitting) -> Fitted {
    let Fitting { image, crop, .. } = how;
    let traits = Traits::of(picture);
    let rendering = rendering(&[traits], how.background);
    let bytes = match crop {
        true => scale::picture(&picture.image, image, rendering),
        false => scale::whole(&picture.image, image, rendering),
    };
    let oblong = traits.width != traits.height;
    let edge = if crop { traits.width.min(traits.height) } else { traits.width.max(traits.height) };
    let facts = [
        (Fact::Animated, traits.animated),
        (Fact::Cropped, oblong && crop),
        (Fact::Barred, oblong && !crop),
        (Fact::Enlarged, edge < image.side as u32),
        (Fact::Grey, image.channels == 1 && traits.is_coloured()),
        (Fact::Transparent, traits.is_transparent()),
        (Fact::Dark, bytes.iter().all(|byte| *byte < DARK)),
    ];
    Fitted {
        bytes,
        original: (traits.width, traits.height),
        transparent: traits.is_transparent(),
        background: if rendering.background == 0 { Background::Black } else { Background::White },
        facts: facts.into_iter().filter(|(_, holds)| *holds).map(|(fact, _)| fact).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    const GREY: ImageSpec = ImageSpec { side: 12, channels: 1 };

    fn pixels(width: u32, height: u32, pixel: [u8; 4], how: Fitting) -> Fitted {
        let image = RgbaImage::from_pixel(width, height, Rgba(pixel));
        of_pixels(width, height, image.into_raw(), how).unwrap()
    }

    #[test]
    fn a_dark_drawing_on_nothing_gets_a_bright_ground_unless_another_is_chosen() {
        let how = Fitting { image: GREY, background: None, crop: true };
        let found = pixels(12, 12, [0, 0, 0, 100], how);
        assert_eq!((found.transparent, found.background, found.bytes[0]), (true, Background::White, 155));
        assert_eq!(found.notes(), ["Its transparent parts become white."]);
        let black = pixels(12, 12, [0, 0, 0, 100], Fitting { background: Some(Background::Black), ..how });
        assert_eq!((black.bytes[0], &black.facts[..]), (0, &[Fact::Transparent, Fact::Dark][..]));
    }

    #[test]
    fn one_pixel_and_one_line_are_pictures_too() {
        let how = Fitting { image: GREY, background: None, crop: true };
        let one = pixels(1, 1, [200, 200, 200, 255], how);
        assert_eq!((one.bytes, one.original), (vec![200; 144], (1, 1)));
        assert_eq!(one.facts, [Fact::Enlarged]);
        let line = pixels(100, 1, [200, 0, 0, 255], Fitting { crop: false, ..how });
        assert_eq!(line.facts, [Fact::Barred, Fact::Grey]);
        assert_eq!(line.bytes.iter().filter(|byte| **byte > 0).count(), 12);
        assert_eq!(of_pixels(3, 3, vec![0; 35], how), None);
        assert_eq!(of_pixels(0, 0, vec![], how), None);
    }

    #[test]
    fn a_file_that_is_none_is_refused_with_the_reason() {
        let how = Fitting { image: GREY, background: None, crop: true };
        assert!(matches!(read(b"", "a.png", how), Err(PictureError::Empty)));
        assert!(read(b"<html>", "a.png", how).unwrap_err().to_string().contains("web page"));
    }
}
