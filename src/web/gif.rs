//! An animation of pictures that JavaScript has drawn.

use super::error;
use crate::figures::Animation;
use image::{DynamicImage, RgbaImage};
use wasm_bindgen::prelude::*;

/// A GIF file that repeats for ever.
#[wasm_bindgen]
pub struct Gif(Animation);

#[wasm_bindgen]
impl Gif {
    /// With `delay_ms` a frame, in tens and at least 20, and 2 s for the last.
    #[wasm_bindgen(constructor)]
    pub fn new(delay_ms: u32) -> Self {
        Self(Animation::new(delay_ms))
    }

    /// Adds a frame: red, green, blue and how opaque, a byte each. All have the same size.
    pub fn push(&mut self, width: u32, height: u32, rgba: Vec<u8>) -> Result<(), JsError> {
        let misfit = || error(format!("these are not the bytes of {width} x {height} pixels"));
        let frame = RgbaImage::from_raw(width, height, rgba).ok_or_else(misfit)?;
        self.0.push(DynamicImage::from(frame)).map_err(error)
    }

    /// The bytes of the file; an error where there are no frames.
    pub fn encoded(self) -> Result<Vec<u8>, JsError> {
        self.0.encoded().map_err(error)
    }
}
