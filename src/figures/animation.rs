//! Animations, encoded as their frames come.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, ImageError};
use thiserror::Error;

/// How long an animation rests on its last frame before it starts again.
const LAST_FRAME: Duration = Duration::from_secs(2);

/// Browsers slow anything faster than this down to a tenth of a second a frame.
const SHORTEST_FRAME: Duration = Duration::from_millis(20);

/// How much less the palette of a frame with more than 256 colours is thought about, 1 to 30: ten times as fast
/// as 1, and hardly worse.
const SPEED: i32 = 10;

/// Why frames are no animation.
#[derive(Debug, Error)]
pub enum AnimationError {
    #[error("it has no frames: ask for at least one")]
    Empty,
    #[error(
        "the frames of an animation differ in size: give each a grid of the same size and a title of the same length"
    )]
    Sizes,
    #[error(
        "{width} x {height} pixels are too many for a GIF, whose sides are 65535 at most: lower the scale"
    )]
    TooLarge { width: u32, height: u32 },
    #[error("cannot encode a frame as GIF: {0}")]
    Encoder(#[from] ImageError),
}

/// An animation that repeats for ever. Frames are encoded when they are pushed, so that a long one needs little
/// memory.
pub struct Animation {
    delay: Duration,
    /// Waits to be encoded, as it may be the last one.
    newest: Option<DynamicImage>,
    encoder: GifEncoder<Shared>,
    bytes: Shared,
}

impl Animation {
    /// With `delay_ms` a frame, in tens and at least 20, and 2 s for the last.
    pub fn new(delay_ms: u32) -> Self {
        let bytes = Shared::default();
        let encoder = GifEncoder::new_with_speed(bytes.clone(), SPEED);
        let delay = Duration::from_millis(delay_ms.into()).max(SHORTEST_FRAME);
        Self { delay, newest: None, encoder, bytes }
    }

    /// Adds a frame. Its 256 colours at most fit a GIF's palette, so none is lost; of more, similar ones become
    /// one.
    ///
    /// # Errors
    /// When the frame is of another size than those before it, or has a side over 65,535 pixels.
    pub fn push(&mut self, frame: DynamicImage) -> Result<(), AnimationError> {
        let (width, height) = (frame.width(), frame.height());
        if self.newest.as_ref().is_some_and(|other| (other.width(), other.height()) != (width, height)) {
            return Err(AnimationError::Sizes);
        }
        if width.max(height) > u16::MAX.into() {
            return Err(AnimationError::TooLarge { width, height });
        }
        match self.newest.replace(frame) {
            Some(before) => self.encode(before, self.delay),
            None => Ok(self.encoder.set_repeat(Repeat::Infinite)?),
        }
    }

    /// The bytes of the file.
    ///
    /// # Errors
    /// No frames.
    pub fn encoded(mut self) -> Result<Vec<u8>, AnimationError> {
        let last = self.newest.take().ok_or(AnimationError::Empty)?;
        self.encode(last, LAST_FRAME.max(self.delay))?;
        // The encoder, when dropped, writes the end of the file.
        drop(self.encoder);
        Ok(self.bytes.0.take())
    }

    fn encode(&mut self, frame: DynamicImage, delay: Duration) -> Result<(), AnimationError> {
        let delay = Delay::from_saturating_duration(delay);
        let frame = Frame::from_parts(frame.into_rgba8(), 0, 0, delay);
        Ok(self.encoder.encode_frame(frame)?)
    }
}

/// Bytes that the encoder, which keeps them to itself, and the animation write and read.
#[derive(Clone, Default)]
struct Shared(Rc<RefCell<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::core::image::{Grid, ImageSpec};
    use crate::figures::{Panel, enlarged, figure, picture};
    use image::codecs::gif::GifDecoder;
    use image::{AnimationDecoder, GrayImage};
    use std::io::Cursor;

    /// A figure of one picture that has every grey, from `first` on.
    fn greys(first: u8) -> DynamicImage {
        let spec = ImageSpec { side: 28, channels: 1 };
        let picture: Vec<u8> = (0..spec.numbers()).map(|k| first.wrapping_add(k as u8)).collect();
        figure(&[Panel::new("Step : 7", Grid::of_bytes(&picture, spec, 1))], 1, 2)
    }

    fn encoded(frames: &[DynamicImage], delay_ms: u32) -> Vec<u8> {
        let mut animation = Animation::new(delay_ms);
        frames.iter().for_each(|frame| animation.push(frame.clone()).unwrap());
        animation.encoded().unwrap()
    }

    fn read(bytes: Vec<u8>) -> Vec<Frame> {
        GifDecoder::new(Cursor::new(bytes)).unwrap().into_frames().collect_frames().unwrap()
    }

    #[test]
    fn a_gif_keeps_frames_greys_and_times_and_repeats() {
        let frames = [0, 50, 100].map(greys);
        let bytes = encoded(&frames, 60);
        // The extension that makes viewers repeat; 0 means for ever.
        assert!(bytes.windows(16).any(|window| window == b"NETSCAPE2.0\x03\x01\0\0\0"));
        let read = read(bytes);
        let delays: Vec<_> = read.iter().map(|frame| frame.delay().numer_denom_ms()).collect();
        assert_eq!(delays, [(60, 1), (60, 1), (2000, 1)]);
        for (read, frame) in read.into_iter().zip(&frames) {
            assert_eq!(DynamicImage::from(read.into_buffer()).into_luma8(), frame.to_luma8());
        }
    }

    #[test]
    fn colours_stay_near_what_they_were() {
        let spec = ImageSpec { side: 32, channels: 3 };
        // More than 256 of them: red from the left, green from the top, and blue in stripes.
        let byte = |c: usize, i: usize| [i % 32 * 8, i / 32 * 8, i % 2 * 200][c] as u8;
        let bytes: Vec<u8> = (0..3).flat_map(|c| (0..1024).map(move |i| byte(c, i))).collect();
        let frame = enlarged(&picture(&Grid::of_bytes(&bytes, spec, 1)), 4);
        let read = read(encoded(std::slice::from_ref(&frame), 60)).remove(0).into_buffer();
        let (read, frame) = (read.into_raw(), frame.into_rgba8().into_raw());
        let apart: u64 = read.iter().zip(&frame).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(apart / (read.len() as u64) < 8, "{}", apart as f64 / read.len() as f64);
    }

    #[test]
    fn delays_that_browsers_would_not_keep_are_lengthened() {
        let first = read(encoded(&[greys(0), greys(1)], 0)).remove(0);
        assert_eq!(first.delay().numer_denom_ms(), (20, 1));
    }

    #[test]
    fn frames_that_make_no_animation_are_refused() {
        assert!(Animation::new(60).encoded().unwrap_err().to_string().contains("ask for at least one"));
        let (small, wide) = (GrayImage::new(3, 3).into(), GrayImage::new(70_000, 1).into());
        let mut animation = Animation::new(60);
        assert!(animation.push(wide).unwrap_err().to_string().contains("lower the scale"));
        animation.push(greys(0)).unwrap();
        assert!(animation.push(small).unwrap_err().to_string().contains("same size"));
    }
}
