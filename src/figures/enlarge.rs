//! Pixels as squares, and the page they lie on.

use image::DynamicImage;
use image::imageops::FilterType;

/// The page, in every channel.
pub const WHITE: u8 = u8::MAX;

/// The picture with its pixels as squares of `scale` x `scale`.
pub fn enlarged(picture: &DynamicImage, scale: u32) -> DynamicImage {
    picture.resize_exact(picture.width() * scale, picture.height() * scale, FilterType::Nearest)
}
