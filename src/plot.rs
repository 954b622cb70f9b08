//! Pictures of what the model does: figures as PNG, animations as GIF, the loss curve as SVG.
//!
//! Figures are drawn in whole pixels, letters too, so that no font file, no system library and no
//! resampling stands between the model's numbers and the page.

mod curve;
mod figure;
mod title;

use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, GrayImage, ImageFormat};

pub use self::curve::loss_curve;
pub use self::figure::{Panel, enlarged, figure, picture};
use crate::files::atomic_write;

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
    let bytes = gif(frames, delay).with_context(|| format!("cannot make the animation {}", path.display()))?;
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
