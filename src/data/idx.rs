//! IDX, the file format of MNIST and its relatives: a big-endian header, then one byte per number
//! or label.
//!
//! ```text
//! grey images:   00 00 08 03 | count u32 | height u32 | width u32 | count * height * width bytes
//! colour images: 00 00 08 04 | count u32 | height u32 | width u32 | 3 u32 | count * height * width * 3 bytes
//! labels:        00 00 08 01 | count u32 | count bytes
//! ```

use super::raw::RawImages;
use crate::core::image::Images;
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
         the file is cut short or damaged: get it again"
    )]
    Length { shape: String, promised: u128, found: usize },

    #[error("holds {shape}: there is nothing to use in it; pass a file that has some")]
    Empty { shape: String },

    #[error(
        "holds {0} numbers for each pixel: only grey images (1) and red, green and blue ones (3) are read"
    )]
    Channels(u32),
}

/// Reads an (uncompressed) IDX file of images: grey with three dimensions, colour with four.
///
/// Allocates no more than `bytes.len()`, whatever the header says. At least one image of at
/// least one pixel comes back.
///
/// # Errors
/// If `bytes` is cut short, of another kind, longer than its header says, or holds no pixels.
pub fn parse_images(bytes: &[u8]) -> Result<RawImages, IdxError> {
    let ([count, height, width], channels, body) = if bytes.starts_with(&COLOUR_MAGIC) {
        let ([count, height, width, channels], body) = split_header("images", COLOUR_MAGIC, bytes)?;
        ([count, height, width], channels, body)
    } else {
        let (sizes, body) = split_header("images", GREY_MAGIC, bytes)?;
        (sizes, 1, body)
    };
    let shape = || match channels {
        1 => format!("{count} images of {width}x{height} pixels"),
        _ => format!("{count} images of {width}x{height} pixels, {channels} numbers each"),
    };
    // Four u32s multiply without overflow in a u128, and a usize may be 32 bits (wasm).
    let promised = [count, height, width, channels].map(u128::from).iter().product();
    check_length(shape, promised, body)?;
    if channels != 1 && channels != 3 {
        return Err(IdxError::Channels(channels));
    }
    let [width, height, channels] = [width, height, channels].map(|size| size as usize);
    Ok(RawImages { width, height, channels, bytes: body.to_vec() })
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

/// Reads an (uncompressed) IDX file of labels: one byte, the class, per image.
///
/// # Errors
/// As for [`parse_images`].
pub fn parse_labels(bytes: &[u8]) -> Result<Vec<u8>, IdxError> {
    let ([count], body) = split_header("labels", LABELS_MAGIC, bytes)?;
    check_length(|| format!("{count} labels"), u128::from(count), body)?;
    Ok(body.to_vec())
}

/// Checks the magic number and reads the `N` sizes after it; returns them and what follows.
fn split_header<'a, const N: usize>(
    what: &'static str,
    expected: [u8; 4],
    bytes: &'a [u8],
) -> Result<([u32; N], &'a [u8]), IdxError> {
    let (words, _) = bytes.as_chunks::<4>();
    match words.first() {
        // Told before a short header is: eight bytes of something else are still something else.
        Some(&found) if found != expected => {
            Err(IdxError::Magic { what, expected, found, hint: hint(found, what) })
        }
        Some(_) if words.len() > N => {
            let sizes = std::array::from_fn(|i| u32::from_be_bytes(words[1 + i]));
            Ok((sizes, &bytes[4 * (1 + N)..]))
        }
        _ => Err(IdxError::Header { what, needs: 4 * (1 + N), found: bytes.len() }),
    }
}

fn check_length(shape: impl Fn() -> String, promised: u128, body: &[u8]) -> Result<(), IdxError> {
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
        (GREY_MAGIC | COLOUR_MAGIC, _) => "it holds images: pass the file of labels here",
        (LABELS_MAGIC, _) => "it holds labels: pass the file of images here",
        ([0x1f, 0x8b, ..], _) => "it is gzip-compressed: decompress it first",
        ([0x89, b'P', b'N', b'G'] | [0xff, 0xd8, 0xff, _], _) => {
            "it is a single picture: pass the folder that it is in"
        }
        ([0, 0, ..], _) => "it is IDX of another data type or shape: only bytes are read",
        (_, "labels") => "pass a file like train-labels-idx1-ubyte",
        _ => {
            "pass a file like train-images-idx3-ubyte, a .npy or .npz file, or a folder of PNG or JPEG files"
        }
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
