//! Single pictures: from a file's bytes to pixels, upright and whole. Nothing here reads files.

use super::foreign::{Foreign, foreign};
use image::codecs::{gif::GifDecoder, png::PngDecoder, webp::WebPDecoder};
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use std::path::Path;
use thiserror::Error;

/// The formats that are read.
const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Gif,
    ImageFormat::WebP,
    ImageFormat::Bmp,
    ImageFormat::Tiff,
];
/// Their names, for people.
pub(super) const FORMAT_NAMES: &str = "PNG, JPEG, GIF, WebP, BMP or TIFF";

/// How people call files with pictures.
const EXTENSIONS: [&str; 11] =
    ["png", "apng", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "bmp", "tif", "tiff"];

/// So many of a file's first bytes tell what it is.
pub(super) const START: usize = 512;

/// What a file is, judged by its first bytes and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a format that is read; or damaged, where its name says that it is a picture.
    Picture,
    /// A kind that is known and not read.
    Foreign(Foreign),
    Unknown,
}

/// A decoded picture.
#[derive(Debug)]
pub(super) struct Decoded {
    /// Upright: cameras note how they were held.
    pub(super) image: DynamicImage,
    /// Whether the file has more pictures than this, its first one.
    pub(super) animated: bool,
}

/// Why a file's picture cannot be had.
#[derive(Debug, Error)]
pub enum PictureError {
    #[error("the file is empty: a placeholder of a cloud folder, or a download that failed")]
    Empty,
    #[error("it is {}: {}", .0.what, .0.remedy)]
    Foreign(Foreign),
    #[error("it is in no format that is read ({FORMAT_NAMES})")]
    Unknown,
    #[error("it is cut short")]
    Cut,
    #[error("its pixels take more than the limit of 512 MiB: make it smaller")]
    TooLarge,
    #[error("its numbers go from {0} to {1}, not from 0 to 1: save it with 8 or 16 bits")]
    Range(f32, f32),
    #[error("it is a variant of its format that is not read ({0}): save it as PNG with 8 or 16 bits")]
    Variant(ImageError),
    #[error("it is damaged: {0}")]
    Damaged(ImageError),
    #[error("{0}")]
    Read(std::io::Error),
    #[error("the link leads nowhere")]
    Link,
}

/// What a file with this start (its first [`START`] bytes, or all) and name is.
pub(super) fn kind(start: &[u8], name: &Path) -> Kind {
    let called_picture = name
        .extension()
        .is_some_and(|extension| EXTENSIONS.contains(&&*extension.to_string_lossy().to_lowercase()));
    match (foreign(start, name), image::guess_format(start)) {
        // A raw picture would be read as its thumbnail.
        (Some(foreign), _) if foreign.picture => Kind::Foreign(foreign),
        (_, Ok(format)) if FORMATS.contains(&format) => Kind::Picture,
        _ if called_picture => Kind::Picture,
        (Some(foreign), _) => Kind::Foreign(foreign),
        _ => Kind::Unknown,
    }
}

/// Decodes a file's picture, the first one of several.
///
/// # Errors
/// If it is none that is read, damaged, cut short or far too large.
pub(super) fn decode(bytes: &[u8], name: &Path) -> Result<Decoded, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Empty);
    }
    let start = &bytes[..bytes.len().min(START)];
    let format = match (image::guess_format(start), foreign(start, name)) {
        (_, Some(foreign)) if foreign.picture => return Err(PictureError::Foreign(foreign)),
        (Ok(format), _) if FORMATS.contains(&format) => format,
        (_, Some(foreign)) => return Err(PictureError::Foreign(foreign)),
        _ => return Err(PictureError::Unknown),
    };
    // The decoders of these make grey of what is missing.
    if !is_whole(format, bytes) {
        return Err(PictureError::Cut);
    }
    let image = pixels(format, bytes).map_err(|error| match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        error @ ImageError::Unsupported(_) => PictureError::Variant(error),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => PictureError::Cut,
        error => PictureError::Damaged(error),
    })?;
    check_range(&image)?;
    Ok(Decoded { image, animated: is_animated(format, bytes) })
}

fn pixels(format: ImageFormat, bytes: &[u8]) -> Result<DynamicImage, ImageError> {
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder()?;
    // Files of a few bytes can decode to gigabytes; no decoder looks at the whole before it starts.
    Limits::default().reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// Whether nothing is missing at the end, where that can be told without decoding.
fn is_whole(format: ImageFormat, bytes: &[u8]) -> bool {
    match format {
        ImageFormat::Jpeg => jpeg_ends(bytes).unwrap_or(false),
        ImageFormat::Bmp => bmp_ends(bytes).unwrap_or(true),
        ImageFormat::WebP => bytes.get(4..8).is_some_and(|size| {
            let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
            bytes.len() as u64 >= 8 + u64::from(size)
        }),
        _ => true,
    }
}

/// Whether a JPEG file has its end marker; `None` if it ends within a segment.
///
/// Segments tell their lengths, so that thumbnails within them are passed by; in the data after a scan's header,
/// FF is followed by 0 or a restart marker (D0 to D7), else it is the next marker.
fn jpeg_ends(bytes: &[u8]) -> Option<bool> {
    let mut at = 2;
    loop {
        while *bytes.get(at)? != 0xff || matches!(*bytes.get(at + 1)?, 0 | 0xd0..=0xd7 | 0xff) {
            at += 1;
        }
        match bytes[at + 1] {
            0xd9 => return Some(true),
            0xd8 | 0x01 => at += 2,
            _ => at += 2 + usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?])),
        }
    }
}

/// Whether an uncompressed BMP file has all its rows; `None` where its header does not tell.
fn bmp_ends(bytes: &[u8]) -> Option<bool> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let (start, header) = (number(10)?, number(14)?);
    if header < 40 || !matches!(number(30)?, 0 | 3) {
        return None;
    }
    let bits = u64::from(u16::from_le_bytes([*bytes.get(28)?, *bytes.get(29)?]));
    let row = (u64::from(number(18)?.unsigned_abs()) * bits).div_ceil(32) * 4;
    let end = u64::from(start as u32) + row * u64::from(number(22)?.unsigned_abs());
    Some(bytes.len() as u64 >= end)
}

/// Whether a file has more than one frame.
fn is_animated(format: ImageFormat, bytes: &[u8]) -> bool {
    let reader = Cursor::new(bytes);
    match format {
        ImageFormat::Png => PngDecoder::new(reader).is_ok_and(|decoder| decoder.is_apng().unwrap_or(false)),
        ImageFormat::WebP => WebPDecoder::new(reader).is_ok_and(|decoder| decoder.has_animation()),
        ImageFormat::Gif => GifDecoder::new(reader).is_ok_and(|gif| gif.into_frames().take(2).count() > 1),
        _ => false,
    }
}

/// Pictures of floating-point numbers have no range that all agree on.
fn check_range(image: &DynamicImage) -> Result<(), PictureError> {
    let numbers = match image {
        DynamicImage::ImageRgb32F(image) => image.as_raw(),
        DynamicImage::ImageRgba32F(image) => image.as_raw(),
        _ => return Ok(()),
    };
    let (least, most) = numbers.iter().fold((0f32, 0f32), |(least, most), x| (least.min(*x), most.max(*x)));
    let fits = numbers.iter().all(|x| x.is_finite()) && least >= 0.0 && most <= 1.0;
    if fits { Ok(()) } else { Err(PictureError::Range(least, most)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two scans, as progressive files have them, after a segment that holds a thumbnail with an end of its own.
    #[rustfmt::skip]
    const JPEG: [u8; 40] = [
        // A segment with a thumbnail.
        0xff, 0xd8, 0xff, 0xe1, 0, 8, 0xff, 0xd8, 0xff, 0xd9, 1, 2,
        // A scan with FF and a restart in its data.
        0xff, 0xda, 0, 3, 1, 7, 7, 0xff, 0, 7, 0xff, 0xd3, 7, 7,
        // A byte to fill up, another scan, the end, and padding.
        0xff, 0xff, 0xda, 0, 3, 1, 7, 7, 7, 7, 0xff, 0xd9, 0, 0,
    ];

    #[test]
    fn a_jpeg_ends_after_its_last_scan_alone() {
        assert_eq!(jpeg_ends(&JPEG), Some(true));
        for cut in 2..38 {
            assert_ne!(jpeg_ends(&JPEG[..cut]), Some(true), "{cut}");
        }
    }

    #[test]
    fn raw_pictures_are_not_taken_for_their_thumbnails() {
        assert!(matches!(kind(b"II*\0\x08\0\0\0", Path::new("a.NEF")), Kind::Foreign(_)));
        assert_eq!(kind(b"II*\0\x08\0\0\0", Path::new("a.tif")), Kind::Picture);
        // What is called a picture and is none is an error, not left out.
        assert_eq!(kind(b"<html>", Path::new("a.JPG")), Kind::Picture);
        assert_eq!(kind(b"", Path::new("a.png")), Kind::Picture);
        assert_eq!(kind(b"", Path::new("a")), Kind::Unknown);
    }
}
