//! IDX, the file format of MNIST and its relatives: a big-endian header, then one byte per pixel
//! or label.
//!
//! ```text
//! images: 00 00 08 03 | count u32 | height u32 | width u32 | count * height * width bytes
//! labels: 00 00 08 01 | count u32 | count bytes
//! ```

use crate::core::image::SIDE;
use thiserror::Error;

const IMAGES_MAGIC: [u8; 4] = [0, 0, 8, 3];
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
        "the images are {width}x{height} pixels, but the model takes {SIDE}x{SIDE}; scale them, or \
         pass a folder of PNG or JPEG files, which are scaled for you"
    )]
    Size { width: usize, height: usize },
}

/// Grey images of one size, one byte per pixel: 0 is black, 255 white.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    pub width: usize,
    pub height: usize,
    /// `[len, height, width]`: row after row, image after image.
    pub pixels: Vec<u8>,
}

impl Images {
    /// Reads an (uncompressed) IDX file of images.
    ///
    /// Allocates no more than `bytes.len()`, whatever the header says. At least one image of at
    /// least one pixel comes back.
    ///
    /// # Errors
    /// If `bytes` is cut short, of another kind, longer than its header says, or holds no pixels.
    pub fn parse(bytes: &[u8]) -> Result<Images, IdxError> {
        let ([count, height, width], body) = split_header("images", IMAGES_MAGIC, bytes)?;
        let shape = || format!("{count} images of {width}x{height} pixels");
        // Three u32s multiply without overflow in a u128, and a usize may be 32 bits (wasm).
        check_length(shape, u128::from(count) * u128::from(height) * u128::from(width), body)?;
        Ok(Images { width: width as usize, height: height as usize, pixels: body.to_vec() })
    }

    /// The inverse of [`Images::parse`]. Width, height and count must fit the format's `u32`s.
    pub fn to_idx(&self) -> Vec<u8> {
        let mut bytes = IMAGES_MAGIC.to_vec();
        for size in [self.len(), self.height, self.width] {
            bytes.extend((size as u32).to_be_bytes());
        }
        bytes.extend(&self.pixels);
        bytes
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.pixels.len().checked_div(self.width * self.height).unwrap_or(0)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pixels of image `i`, `[height, width]`.
    ///
    /// # Panics
    /// If `i >= self.len()`, as indexing a slice does.
    pub fn image(&self, i: usize) -> &[u8] {
        let size = self.width * self.height;
        &self.pixels[i * size..(i + 1) * size]
    }

    /// # Errors
    /// [`IdxError::Size`] unless the images are 28x28, the one size the model takes.
    pub fn require_28x28(&self) -> Result<(), IdxError> {
        let (width, height) = (self.width, self.height);
        if (width, height) == (SIDE, SIDE) { Ok(()) } else { Err(IdxError::Size { width, height }) }
    }
}

/// Reads an (uncompressed) IDX file of labels: one byte, the class, per image.
///
/// # Errors
/// As for [`Images::parse`].
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
        (IMAGES_MAGIC, _) => "it holds images: pass the file of labels here",
        (LABELS_MAGIC, _) => "it holds labels: pass the file of images here",
        ([0x1f, 0x8b, ..], _) => "it is gzip-compressed: decompress it first",
        ([0x89, b'P', b'N', b'G'] | [0xff, 0xd8, 0xff, _], _) => {
            "it is a single picture: pass the folder that it is in"
        }
        ([0, 0, ..], _) => "it is IDX of another data type or shape: only bytes are read",
        (_, "labels") => "pass a file like train-labels-idx1-ubyte",
        _ => "pass a file like train-images-idx3-ubyte, or a folder of PNG or JPEG files",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn two_images_come_back_row_by_row() {
        let mut bytes = header(&[0x803, 2, 1, 3]);
        bytes.extend([1, 2, 3, 4, 5, 6]);
        let images = Images::parse(&bytes).unwrap();
        assert_eq!((images.len(), images.width, images.height), (2, 3, 1));
        assert_eq!(images.image(1), [4, 5, 6]);
        assert_eq!(images.to_idx(), bytes);
        assert_eq!(images.require_28x28(), Err(IdxError::Size { width: 3, height: 1 }));
    }

    #[test]
    fn lying_headers_are_told_apart() {
        let huge = header(&[0x803, u32::MAX, u32::MAX, u32::MAX]);
        assert!(matches!(Images::parse(&huge), Err(IdxError::Length { found: 0, .. })));
        let trailing = header(&[0x803, 1, 1, 1, 0]);
        assert!(matches!(Images::parse(&trailing), Err(IdxError::Length { promised: 1, .. })));
        assert!(matches!(Images::parse(&header(&[0x803, 0, 28, 28])), Err(IdxError::Empty { .. })));
        assert!(matches!(Images::parse(&header(&[0x803, 1])), Err(IdxError::Header { .. })));
        assert!(matches!(parse_labels(&header(&[0x801, 0])), Err(IdxError::Empty { .. })));
        assert!(matches!(parse_labels(b"\0\0"), Err(IdxError::Header { found: 2, .. })));
    }

    #[test]
    fn another_kind_of_file_is_named() {
        let told = |bytes: &[u8]| Images::parse(bytes).unwrap_err().to_string();
        assert!(told(&header(&[0x801, 1])).contains("it holds labels"));
        assert!(told(b"\x1f\x8b\x08\x08....").contains("gzip"));
        assert!(told(b"\x89PNG....").contains("single picture"));
        assert!(told(b"<html>").contains("[3c, 68, 74, 6d], not [00, 00, 08, 03]"));
    }
}
