//! Pictures of what the model does: figures as PNG, animations as GIF, the loss curve as SVG.
//!
//! Figures are drawn in whole pixels, letters too, so that no font file, no system library and no
//! resampling stands between the model's numbers and the page.

mod curve;
mod figure;
mod places;
mod title;

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, GrayImage, ImageFormat};

pub use self::curve::loss_curve;
pub use self::figure::{Panel, enlarged, figure, picture};
pub use self::places::{Place, places};
use crate::data::atomic::atomic_write;

/// How long an animation rests on its last frame before it starts again.
const LAST_FRAME: Duration = Duration::from_secs(2);

/// Browsers slow anything faster than this down to a tenth of a second a frame.
const SHORTEST_FRAME: Duration = Duration::from_millis(20);

/// Writes a picture as PNG, whatever the extension, whole or not at all.
///
/// # Errors
///
/// Those of [`atomic_write`].
pub fn save_png(picture: &GrayImage, path: impl AsRef<Path>) -> Result<()> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).context("cannot encode a picture as PNG")?;
    atomic_write(path, bytes.get_ref())
}

/// Writes an animation that repeats for ever, whole or not at all: `delay_ms` a frame, in tens and
/// at least 20, and 2 s for the last.
///
/// # Errors
///
/// No frames, frames of different sizes or with a side over 65,535 pixels, and those of
/// [`atomic_write`].
pub fn save_gif(frames: &[GrayImage], delay_ms: u32, path: impl AsRef<Path>) -> Result<()> {
    let delay = Duration::from_millis(delay_ms.into()).max(SHORTEST_FRAME);
    let path = path.as_ref();
    let bytes =
        gif(frames, delay).with_context(|| format!("cannot make the animation {}", path.display()))?;
    atomic_write(path, &bytes)
}

fn gif(frames: &[GrayImage], delay: Duration) -> Result<Vec<u8>> {
    let (last, others) = frames.split_last().context("it has no frames: ask for at least one")?;
    let (width, height) = last.dimensions();
    ensure!(
        others.iter().all(|frame| frame.dimensions() == (width, height)),
        "its frames differ in size: give each a grid of the same size and a title of the same length"
    );
    ensure!(
        width.max(height) <= u16::MAX.into(),
        "{width} x {height} pixels are too many for a GIF, whose sides are 65535 at most: lower the scale"
    );
    let mut bytes = Vec::new();
    // The encoder borrows `bytes` and, when dropped, writes the end of the file.
    {
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.set_repeat(Repeat::Infinite)?;
        for frame in others {
            encoder.encode_frame(timed(frame, delay))?;
        }
        encoder.encode_frame(timed(last, LAST_FRAME.max(delay)))?;
    }
    Ok(bytes)
}

/// A frame as the encoder takes it. Its 256 greys at most fit a GIF's palette, so none is lost.
fn timed(frame: &GrayImage, delay: Duration) -> Frame {
    let pixels = DynamicImage::from(frame.clone()).into_rgba8();
    Frame::from_parts(pixels, 0, 0, Delay::from_saturating_duration(delay))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::{Grid, PIXELS, to_unit};
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;
    use std::fs;
    use tempfile::tempdir;

    /// A figure of one picture that has every grey, from `first` on.
    fn greys(first: u8) -> GrayImage {
        let picture: Vec<f32> = (0..PIXELS).map(|k| to_unit(first.wrapping_add(k as u8))).collect();
        figure(&[Panel::new("Step : 7", Grid::new(&picture, 1))], 1, 2)
    }

    #[test]
    fn a_png_is_read_back_pixel_by_pixel_whatever_its_name() {
        let folder = tempdir().unwrap();
        for name in ["figure.png", "figure", "figure.jpg"] {
            let path = folder.path().join(name);
            save_png(&greys(0), &path).unwrap();
            let read = image::load_from_memory_with_format(&fs::read(&path).unwrap(), ImageFormat::Png);
            assert_eq!(read.unwrap(), DynamicImage::ImageLuma8(greys(0)));
        }
    }

    #[test]
    fn a_gif_keeps_frames_greys_and_times_and_repeats() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("run.gif");
        let frames: Vec<_> = [0, 50, 100].map(greys).to_vec();
        save_gif(&frames, 60, &path).unwrap();
        let bytes = fs::read(&path).unwrap();
        // The extension that makes viewers repeat; 0 means for ever.
        assert!(bytes.windows(16).any(|window| window == b"NETSCAPE2.0\x03\x01\0\0\0"));
        let read = GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames().collect_frames().unwrap();
        let delays: Vec<_> = read.iter().map(|frame| frame.delay().numer_denom_ms()).collect();
        assert_eq!(delays, [(60, 1), (60, 1), (2000, 1)]);
        for (read, frame) in read.into_iter().zip(&frames) {
            assert_eq!(DynamicImage::from(read.into_buffer()).into_luma8(), *frame);
        }
    }

    #[test]
    fn delays_that_browsers_would_not_keep_are_lengthened() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("run.gif");
        save_gif(&[greys(0), greys(1)], 0, &path).unwrap();
        let decoder = GifDecoder::new(Cursor::new(fs::read(&path).unwrap())).unwrap();
        let first = decoder.into_frames().next().unwrap().unwrap();
        assert_eq!(first.delay().numer_denom_ms(), (20, 1));
    }

    #[test]
    fn frames_that_make_no_animation_are_refused_and_nothing_is_written() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("run.gif");
        let (small, wide) = (GrayImage::new(3, 3), GrayImage::new(70_000, 1));
        for (frames, remedy) in [
            (vec![], "ask for at least one"),
            (vec![greys(0), small], "same size"),
            (vec![wide], "lower the scale"),
        ] {
            let error = format!("{:#}", save_gif(&frames, 60, &path).unwrap_err());
            assert!(error.contains(remedy) && error.contains("run.gif"), "{error}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_it() {
        let folder = tempdir().unwrap();
        let path = folder.path().join("nowhere").join("figure");
        let errors = [save_png(&greys(0), &path), save_gif(&[greys(0)], 60, &path)];
        for error in errors.map(|result| result.unwrap_err().to_string()) {
            assert!(error.contains(path.to_str().unwrap()) && error.contains("create the folder"), "{error}");
        }
    }
}
