//! IDX, the file format of MNIST and its relatives: a big-endian header, then the numbers.
//!
//! ```text
//! grey images:   00 00 08 03 | count u32 | height u32 | width u32 | count * height * width bytes
//! colour images: 00 00 08 04 | count u32 | height u32 | width u32 | 3 u32 | count * height * width * 3 bytes
//! labels:        00 00 08 01 | count u32 | count bytes
//! ```
//!
//! The third byte is the numbers' type, the fourth how many dimensions there are. Other types and dimensions
//! than these are read where they can have one meaning alone.

use super::numbers::{self, Kind, RangeError, Reading, Shape};
use super::raw::RawImages;
use crate::core::image::Images;
use std::ops::RangeInclusive;
use thiserror::Error;

const GREY_MAGIC: [u8; 4] = [0, 0, 8, 3];
const COLOUR_MAGIC: [u8; 4] = [0, 0, 8, 4];
const LABELS_MAGIC: [u8; 4] = [0, 0, 8, 1];

/// Why bytes are not the IDX file that was expected.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdxError {
    #[error(
        "cut short: an IDX file of {what} starts with {needs} bytes of header, but there are only \
         {found} bytes in all; get the file again"
    )]
    Header { what: &'static str, needs: usize, found: usize },

    #[error("not an IDX file of {what}: it starts with {found:02x?}, not {expected:02x?}; {hint}")]
    Magic { what: &'static str, expected: [u8; 4], found: [u8; 4], hint: &'static str },

    #[error(
        "the header promises {shape}, which take {promised} bytes, but {found} bytes follow it; \
         the file {}: get it again",
        if *.promised > *.found as u128 { "is cut short or damaged" } else { "has more at its end, or is damaged" }
    )]
    Length { shape: String, promised: u128, found: usize },

    #[error("holds {shape}: there is nothing to use in it; pass a file that has some")]
    Empty { shape: String },

    #[error(
        "holds {0} numbers for each pixel: only grey images (1) and red, green and blue ones (3) are read"
    )]
    Channels(u32),

    #[error(
        "holds an array of {shape}, which may be images in several ways; save it as [N, H, W] in grey or \
         [N, H, W, 3] in colour"
    )]
    Dimensions { shape: String },

    #[error("{0}")]
    Range(RangeError),

    #[error("holds {shape}, but labels are one whole number from 0 to 255 for each image; save them so")]
    Labels { shape: String },
}

/// Reads an (uncompressed) IDX file of images: grey with three dimensions, colour with four.
///
/// Allocates no more than a byte for each number of `bytes`, whatever the header says. At least one image of at
/// least one pixel comes back.
///
/// # Errors
/// If `bytes` is cut short, of another kind, longer than its header says, holds no pixels, or can be understood
/// in several ways.
pub fn parse_images(bytes: &[u8]) -> Result<RawImages, IdxError> {
    read_images(bytes).map(|reading| reading.images)
}

/// [`parse_images`], with what was assumed.
///
/// # Errors
/// As for [`parse_images`].
pub fn read_images(bytes: &[u8]) -> Result<Reading, IdxError> {
    let (kind, sizes, body) = split_header("images", GREY_MAGIC, 2..=4, bytes)?;
    let text = || match sizes[..] {
        [count, height, width] => format!("{count} images of {width}x{height} pixels"),
        [count, height, width, channels] => {
            format!("{count} images of {width}x{height} pixels, {channels} numbers each")
        }
        _ => array(&sizes),
    };
    check_length(text, kind, &sizes, body)?;
    let as_usize: Vec<usize> = sizes.iter().map(|size| *size as usize).collect();
    let shape = Shape::of(&as_usize).ok_or_else(|| match sizes[..] {
        [_, _, _, channels] => IdxError::Channels(channels),
        _ => IdxError::Dimensions { shape: array(&sizes) },
    })?;
    let (bytes, notes) = numbers::brightness(kind, true, body.to_vec()).map_err(IdxError::Range)?;
    Ok(shape.images(bytes, notes))
}

/// "200 x 784 numbers".
fn array(sizes: &[u32]) -> String {
    let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
    format!("{} numbers", sizes.join(" x "))
}

/// The inverse of [`parse_images`], of square images: grey ones with three dimensions, colour ones with four.
/// Their count must fit the format's `u32`.
pub fn write(images: &Images) -> Vec<u8> {
    let (side, pixels) = (images.spec.side, images.spec.pixels());
    let (magic, sizes) = match images.spec.channels {
        1 => (GREY_MAGIC, vec![images.len(), side, side]),
        channels => (COLOUR_MAGIC, vec![images.len(), side, side, channels]),
    };
    let mut bytes = magic.to_vec();
    bytes.extend(sizes.into_iter().flat_map(|size| (size as u32).to_be_bytes()));
    // From planes to pixels.
    for image in images.bytes.chunks_exact(images.spec.numbers()) {
        bytes.extend((0..pixels).flat_map(|pixel| image[pixel..].iter().step_by(pixels)));
    }
    bytes
}

/// The inverse of [`parse_labels`]. Their count must fit the format's `u32`.
pub fn write_labels(labels: &[u8]) -> Vec<u8> {
    [&LABELS_MAGIC[..], &(labels.len() as u32).to_be_bytes(), labels].concat()
}

/// Reads an (uncompressed) IDX file of labels: one whole number, the class, per image. QMNIST's have eight, the
/// first of which is the class.
///
/// # Errors
/// As for [`parse_images`]; and if a number is no label.
pub fn parse_labels(bytes: &[u8]) -> Result<Vec<u8>, IdxError> {
    let (kind, sizes, body) = split_header("labels", LABELS_MAGIC, 1..=2, bytes)?;
    let text = || match sizes[..] {
        [count] => format!("{count} labels"),
        _ => array(&sizes),
    };
    check_length(text, kind, &sizes, body)?;
    let columns = *sizes.get(1).unwrap_or(&1) as usize;
    match columns {
        1 | 8 => numbers::labels(kind, true, columns, body)
            .map_err(|value| IdxError::Labels { shape: format!("the number {value}") }),
        _ => Err(IdxError::Labels { shape: array(&sizes) }),
    }
}

/// Reads the header of an array with so many dimensions; returns the type of its numbers, the sizes, and what
/// follows.
fn split_header<'a>(
    what: &'static str,
    expected: [u8; 4],
    dimensions: RangeInclusive<u8>,
    bytes: &'a [u8],
) -> Result<(Kind, Vec<u32>, &'a [u8]), IdxError> {
    let (words, _) = bytes.as_chunks::<4>();
    let Some(&found) = words.first() else {
        return Err(IdxError::Header { what, needs: 4 * (1 + usize::from(expected[3])), found: bytes.len() });
    };
    // Told before a short header is: eight bytes of something else are still something else.
    let kind = kind_of(found).filter(|_| dimensions.contains(&found[3]));
    let kind = kind.ok_or_else(|| IdxError::Magic { what, expected, found, hint: hint(found, what) })?;
    let last = 1 + usize::from(found[3]);
    match words.get(1..last) {
        Some(sizes) => {
            Ok((kind, sizes.iter().map(|size| u32::from_be_bytes(*size)).collect(), &bytes[4 * last..]))
        }
        None => Err(IdxError::Header { what, needs: 4 * last, found: bytes.len() }),
    }
}

/// The type of an array's numbers, if these four bytes start one.
fn kind_of(magic: [u8; 4]) -> Option<Kind> {
    Some(match magic {
        [0, 0, 0x08, _] => Kind::Unsigned(1),
        [0, 0, 0x09, _] => Kind::Signed(1),
        [0, 0, 0x0b, _] => Kind::Signed(2),
        [0, 0, 0x0c, _] => Kind::Signed(4),
        [0, 0, 0x0d, _] => Kind::Float(4),
        [0, 0, 0x0e, _] => Kind::Float(8),
        _ => return None,
    })
}

fn check_length(shape: impl Fn() -> String, kind: Kind, sizes: &[u32], body: &[u8]) -> Result<(), IdxError> {
    // Four u32s and a type's size multiply without overflow in a u128 but for absurd sizes.
    let elements =
        sizes.iter().try_fold(kind.size() as u128, |product, size| product.checked_mul(u128::from(*size)));
    let promised = elements.unwrap_or(u128::MAX);
    if promised != body.len() as u128 {
        Err(IdxError::Length { shape: shape(), promised, found: body.len() })
    } else if promised == 0 {
        Err(IdxError::Empty { shape: shape() })
    } else {
        Ok(())
    }
}

/// What to do, judged by what a file's first bytes say it is instead.
fn hint(found: [u8; 4], what: &str) -> &'static str {
    match (found, what) {
        (GREY_MAGIC | COLOUR_MAGIC, "labels") => "it holds images: pass the file of labels here",
        (LABELS_MAGIC, "images") => "it holds labels: pass the file of images here",
        ([0x1f, 0x8b, ..], _) => "it is gzip-compressed: decompress it first",
        ([0x89, b'P', b'N', b'G'] | [0xff, 0xd8, 0xff, _], _) => {
            "it is a single picture: pass the folder that it is in"
        }
        ([b'<', ..], _) => "it is a web page, not data: the download went wrong, get the file again",
        ([0, 0, ..], _) => "it is IDX of another data type or number of dimensions",
        (_, "labels") => "pass a file like train-labels-idx1-ubyte",
        _ => "pass a file like train-images-idx3-ubyte, a .npy or .npz file, or a folder of pictures",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;

    fn header(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn two_images_come_back_row_by_row() {
        let mut bytes = header(&[0x803, 2, 1, 3]);
        bytes.extend([1, 2, 3, 4, 5, 6]);
        let images = parse_images(&bytes).unwrap();
        let expected = RawImages { width: 3, height: 1, channels: 1, bytes: vec![1, 2, 3, 4, 5, 6] };
        assert_eq!((images.len(), images), (2, expected));
    }

    #[test]
    fn colours_lie_side_by_side_in_a_file_and_in_planes_outside() {
        let mut bytes = header(&[0x804, 2, 2, 2, 3]);
        bytes.extend(0..24);
        let images = parse_images(&bytes).unwrap();
        assert_eq!((images.channels, images.len()), (3, 2));
        let planes = images.squares();
        assert_eq!(planes.image(1), [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23]);
        assert_eq!(write(&planes), bytes);
        let grey = Images { spec: ImageSpec { side: 2, channels: 1 }, bytes: (0..8).collect() };
        assert_eq!(write(&grey), [header(&[0x803, 2, 2, 2]), (0..8).collect()].concat());
        let mut four = header(&[0x804, 1, 1, 1, 4]);
        four.extend(0..4);
        assert_eq!(parse_images(&four), Err(IdxError::Channels(4)));
    }

    #[test]
    fn labels_come_back() {
        assert_eq!(parse_labels(&write_labels(&[3, 0, 255])).unwrap(), [3, 0, 255]);
    }

    #[test]
    fn lying_headers_are_told_apart() {
        let huge = header(&[0x803, u32::MAX, u32::MAX, u32::MAX]);
        assert!(matches!(parse_images(&huge), Err(IdxError::Length { found: 0, .. })));
        let huge = header(&[0x804, u32::MAX, u32::MAX, u32::MAX, u32::MAX]);
        assert!(matches!(parse_images(&huge), Err(IdxError::Length { found: 0, .. })));
        let trailing = header(&[0x803, 1, 1, 1, 0]);
        assert!(matches!(parse_images(&trailing), Err(IdxError::Length { promised: 1, .. })));
        assert!(matches!(parse_images(&header(&[0x803, 0, 28, 28])), Err(IdxError::Empty { .. })));
        assert!(matches!(parse_images(&header(&[0x804, 1, 28, 28, 0])), Err(IdxError::Empty { .. })));
        assert!(matches!(parse_images(&header(&[0x803, 1])), Err(IdxError::Header { .. })));
        assert!(matches!(parse_images(&header(&[0x804, 1, 1, 1])), Err(IdxError::Header { needs: 20, .. })));
        assert!(matches!(parse_labels(&header(&[0x801, 0])), Err(IdxError::Empty { .. })));
        assert!(matches!(parse_labels(b"\0\0"), Err(IdxError::Header { found: 2, .. })));
    }

    #[test]
    fn another_kind_of_file_is_named() {
        let told = |bytes: &[u8]| parse_images(bytes).unwrap_err().to_string();
        assert!(told(&header(&[0x801, 1])).contains("it holds labels"));
        assert!(told(b"\x1f\x8b\x08\x08....").contains("gzip"));
        assert!(told(b"\x89PNG....").contains("single picture"));
        assert!(told(b"<html>").contains("[3c, 68, 74, 6d], not [00, 00, 08, 03]"));
        assert!(parse_labels(&header(&[0x804, 1])).unwrap_err().to_string().contains("it holds images"));
    }
}
