//! Pictures in the size and colour that a network takes. Nothing here reads files: it is the same natively
//! and in the browser.

use crate::core::image::{ImageSpec, Images};
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, LumaA, Pixel, Rgb};

/// Averages over what it shrinks and, unlike Lanczos, rings at no edge.
const FILTER: FilterType = FilterType::Triangle;

/// The images in another size and colour: grey ones are the same in every channel, colour ones become as
/// bright as they look. Those that are right already stay as they are.
pub fn fitted(images: &Images, to: ImageSpec) -> Images {
    let from = images.spec;
    if from == to {
        return images.clone();
    }
    let mut bytes = Vec::with_capacity(images.len() * to.numbers());
    for image in images.bytes.chunks_exact(from.numbers()) {
        // Colour goes before scaling and comes after it, so that less is scaled.
        let grey = (to.channels < from.channels).then(|| luma(image, from.pixels()));
        let planes = grey.as_deref().unwrap_or(image);
        bytes.extend(scaled(planes, from.side, to.side));
        for _ in planes.len() / from.pixels()..to.channels {
            bytes.extend_from_within(bytes.len() - to.pixels()..);
        }
    }
    Images { spec: to, bytes }
}

/// How decoded pictures are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendering {
    /// What transparent parts become, in every channel. Black is the background of MNIST and its relatives.
    pub background: u8,
    /// What pictures of 16 bits have where they are white.
    pub white: u16,
}

impl Default for Rendering {
    fn default() -> Self {
        Self { background: 0, white: u16::MAX }
    }
}

/// A decoded picture of any size as a network takes it, [C, H, W]: its central square, scaled.
pub fn picture(picture: &DynamicImage, to: ImageSpec, rendering: Rendering) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    let square = picture.crop_imm((width - side) / 2, (height - side) / 2, side, side);
    let planes = planes(square, to.channels, rendering);
    scaled(&planes, side as usize, to.side)
}

/// The whole picture instead: scaled until it fits, with bars of the background beside it.
pub fn whole(picture: &DynamicImage, to: ImageSpec, rendering: Rendering) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let planes = planes(picture.clone(), to.channels, rendering);
    let longest = u64::from(width.max(height));
    let fit = |edge: u32| ((u64::from(edge) * to.side as u64 + longest / 2) / longest).max(1) as usize;
    let (wide, high) = (fit(width), fit(height));
    let (left, top) = ((to.side - wide) / 2, (to.side - high) / 2);
    let mut framed = vec![rendering.background; to.numbers()];
    let scaled = resized(&planes, (width, height), (wide as u32, high as u32));
    for (row, pixels) in scaled.chunks_exact(wide).enumerate() {
        let (channel, row) = (row / high, row % high);
        framed[channel * to.pixels() + (top + row) * to.side + left..][..wide].copy_from_slice(pixels);
    }
    framed
}

/// A picture's planes before the background.
fn planes(mut picture: DynamicImage, channels: usize, rendering: Rendering) -> Vec<u8> {
    if rendering.white < u16::MAX {
        stretch(&mut picture, rendering.white);
    }
    let over = |value: u8, alpha: u8| over(rendering.background, value, alpha);
    match channels {
        1 => picture.into_luma_alpha8().pixels().map(|LumaA([grey, alpha])| over(*grey, *alpha)).collect(),
        channels => {
            let picture = picture.into_rgba8();
            let plane = |channel| picture.pixels().map(move |pixel| over(pixel[channel], pixel[3]));
            (0..channels).flat_map(plane).collect()
        }
    }
}

/// Makes `white` the brightest number of a picture of 16 bits; leaves other pictures as they are.
fn stretch(picture: &mut DynamicImage, white: u16) {
    let scale = |x: &mut u16| *x = (u32::from(*x) * 0xffff / u32::from(white)).min(0xffff) as u16;
    match picture {
        DynamicImage::ImageLuma16(image) => image.iter_mut().for_each(scale),
        DynamicImage::ImageRgb16(image) => image.iter_mut().for_each(scale),
        DynamicImage::ImageLumaA16(image) => image.pixels_mut().for_each(|pixel| scale(&mut pixel[0])),
        DynamicImage::ImageRgba16(image) => {
            image.pixels_mut().for_each(|pixel| pixel.0[..3].iter_mut().for_each(scale));
        }
        _ => (),
    }
}

/// `value` as it is seen before the background, by so much as `alpha` says.
fn over(background: u8, value: u8, alpha: u8) -> u8 {
    let [background, value, alpha] = [background, value, alpha].map(u16::from);
    ((value * alpha + background * (255 - alpha) + 127) / 255) as u8
}

/// How bright a picture of three planes looks.
fn luma(picture: &[u8], pixels: usize) -> Vec<u8> {
    let [red, green, blue] = [0, 1, 2].map(|channel| &picture[channel * pixels..][..pixels]);
    let colours = red.iter().zip(green).zip(blue);
    colours.map(|((red, green), blue)| Rgb([*red, *green, *blue]).to_luma()[0]).collect()
}

/// Planes of `from` x `from` pixels, one after the other, each as one of `to` x `to`.
fn scaled(planes: &[u8], from: usize, to: usize) -> Vec<u8> {
    let [from, to] = [from, to].map(|side| side as u32);
    resized(planes, (from, from), (to, to))
}

/// Planes of one width and height, one after the other, each with another.
fn resized(planes: &[u8], from: (u32, u32), to: (u32, u32)) -> Vec<u8> {
    if from == to {
        return planes.to_vec();
    }
    let scale = |plane: &[u8]| {
        let plane = GrayImage::from_raw(from.0, from.1, plane.to_vec());
        let plane = plane.expect("a plane has as many bytes as pixels");
        imageops::resize(&plane, to.0, to.1, FILTER).into_raw()
    };
    planes.chunks_exact(from.0 as usize * from.1 as usize).flat_map(scale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };
    const COLOUR: ImageSpec = ImageSpec { side: 16, channels: 3 };

    /// Two pictures, all of one colour each.
    fn flat(spec: ImageSpec, colours: [[u8; 3]; 2]) -> Images {
        let planes = colours.iter().flat_map(|colour| &colour[..spec.channels]);
        Images { spec, bytes: planes.flat_map(|&byte| vec![byte; spec.pixels()]).collect() }
    }

    #[test]
    fn grey_is_repeated_and_colour_becomes_as_bright_as_it_looks() {
        let grey = flat(GREY, [[10; 3], [200; 3]]);
        assert_eq!(fitted(&grey, COLOUR), flat(COLOUR, [[10; 3], [200; 3]]));
        let colour = flat(COLOUR, [[255, 0, 0], [0, 255, 0]]);
        assert_eq!(fitted(&colour, GREY), flat(GREY, [[54; 3], [182; 3]]));
        assert_eq!(fitted(&colour, COLOUR), colour);
    }

    #[test]
    fn planes_are_scaled_alike_and_on_their_own() {
        // Dark on the left and bright on the right, the other way round in the second plane.
        let byte = |c: usize, i: usize| if (i % 32 < 16) == (c == 1) { 220 } else { 20 };
        let spec = ImageSpec { side: 32, channels: 3 };
        let bytes = (0..3).flat_map(|c| (0..spec.pixels()).map(move |i| byte(c, i))).collect();
        let small = fitted(&Images { spec, bytes }, COLOUR);
        let [red, green, blue] = [0, 1, 2].map(|c| &small.bytes[c * 256..][..256]);
        assert_eq!((red[0], red[15], green[0], green[15]), (20, 220, 220, 20));
        assert_eq!(red, blue);
        assert!(
            red.iter()
                .zip(green)
                .all(|(red, green)| (239..=241).contains(&(u16::from(*red) + u16::from(*green))))
        );
    }

    #[test]
    fn a_whole_picture_has_bars_beside_it() {
        let bright = DynamicImage::from(RgbaImage::from_pixel(48, 12, Rgba([250, 100, 50, 255])));
        let rendering = Rendering { background: 255, ..Rendering::default() };
        let found = whole(&bright, COLOUR, rendering);
        let column: Vec<u8> = (0..16).map(|y| found[y * 16 + 3]).collect();
        assert_eq!(column, [[255; 6].as_slice(), &[250; 4], &[255; 6]].concat());
        assert_eq!([found[256 + 7 * 16], found[512 + 7 * 16 + 15]], [100, 50]);
        // A line of pixels is as thin as can be, and a square is what cropping makes of it.
        assert!(whole(&bright.crop_imm(0, 0, 48, 1), COLOUR, rendering).contains(&250));
        let square = bright.crop_imm(0, 0, 12, 12);
        assert_eq!(whole(&square, COLOUR, rendering), super::picture(&square, COLOUR, rendering));
    }

    #[test]
    fn pictures_are_cropped_and_laid_over_black_in_every_channel() {
        let picture = DynamicImage::from(RgbaImage::from_fn(48, 16, |x, y| match (x, y) {
            (0..16 | 32.., _) => Rgba([9, 9, 9, 255]),
            (_, 0..8) => Rgba([250, 100, 50, 255]),
            _ => Rgba([250, 100, 50, 51]),
        }));
        let found = super::picture(&picture, COLOUR, Rendering::default());
        let at = |channel: usize, y: usize| found[channel * 256 + y * 16 + 5];
        assert_eq!([at(0, 2), at(1, 2), at(2, 2)], [250, 100, 50]);
        assert_eq!([at(0, 12), at(1, 12), at(2, 12)], [50, 20, 10]);
        let grey = super::picture(&picture, ImageSpec { side: 16, channels: 1 }, Rendering::default());
        let expected =
            fitted(&Images { spec: COLOUR, bytes: found.clone() }, ImageSpec { side: 16, channels: 1 });
        assert!(grey.iter().zip(&expected.bytes).all(|(a, b)| a.abs_diff(*b) <= 1));
    }
}
