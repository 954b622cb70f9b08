//! Files to train on, and single pictures, as JavaScript hands them over.

use super::error;
use crate::core::background::Background;
use crate::core::choice::{self, Choice};
use crate::core::image::ImageSpec;
use crate::data::single::{self, Fitted, Fitting};
use crate::data::{Dropped, Taken, Wanted};
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What was made of files. */
export interface PicturesInfo {
  side: number;
  channels: 1 | 3;
  classes: string[];
  name: string;
  /** Sentences for whoever chose the files. */
  notes: string[];
  refused: { name: string; why: string }[];
}
/** How a single picture was made to fit. */
export interface FittedInfo {
  original: { width: number; height: number };
  transparent: boolean;
  background: "black" | "white";
  /** What may surprise, in sentences, and the same by name. */
  notes: string[];
  facts: string[];
}
"#;

/// Reads files, one after the other.
#[wasm_bindgen]
pub struct Reader(Dropped);

#[wasm_bindgen]
impl Reader {
    /// What is not given is as the files have it.
    #[wasm_bindgen(constructor)]
    pub fn new(side: Option<usize>, channels: Option<usize>) -> Result<Reader, JsError> {
        let wanted = Wanted { side, colour: channels.map(|channels| channels == 3), background: None };
        Ok(Self(Dropped::new(wanted).map_err(error)?))
    }

    /// Takes a file, whose name may have its folders before it. One that cannot be read is told in the end.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.add(name, bytes);
    }

    /// All pictures; an error where there are none.
    pub fn finish(self) -> Result<Pictures, JsError> {
        Ok(Pictures(self.0.finish().map_err(error)?))
    }
}

/// Pictures that were read.
#[wasm_bindgen]
pub struct Pictures(Taken);

#[derive(Serialize)]
struct Info<'a> {
    side: usize,
    channels: usize,
    classes: &'a [String],
    name: &'a str,
    notes: &'a [String],
    refused: Vec<Refused<'a>>,
}

#[derive(Serialize)]
struct Refused<'a> {
    name: &'a str,
    why: &'a str,
}

#[wasm_bindgen]
impl Pictures {
    #[wasm_bindgen(unchecked_return_type = "PicturesInfo")]
    pub fn info(&self) -> Result<JsValue, JsError> {
        let Taken { images, classes, name, notes, refused, .. } = &self.0;
        let refused = refused.iter().map(|(name, why)| Refused { name, why }).collect();
        let (side, channels) = (images.spec.side, images.spec.channels);
        let info = Info { side, channels, classes, name, notes, refused };
        info.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
    }

    /// [N, C, H, W]; moved out, so that they are there once.
    pub fn images(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0.images.bytes)
    }

    /// One for each image, where the files told them.
    pub fn labels(&self) -> Option<Vec<u8>> {
        self.0.labels.clone()
    }
}

/// A single picture that was made to fit a model.
#[wasm_bindgen]
pub struct FittedPicture(Fitted);

#[derive(Serialize)]
struct FittedInfo {
    original: Size,
    transparent: bool,
    background: &'static str,
    notes: Vec<String>,
    facts: Vec<&'static str>,
}

#[derive(Serialize)]
struct Size {
    width: u32,
    height: u32,
}

fn fitting(side: usize, channels: usize, background: Option<String>, crop: bool) -> Result<Fitting, JsError> {
    let named =
        |name: String| Background::named(&name).ok_or_else(|| error(choice::unknown::<Background>(&name)));
    let background = background.map(named).transpose()?;
    Ok(Fitting { image: ImageSpec { side, channels }, background, crop })
}

/// Reads a picture file.
#[wasm_bindgen]
pub fn read_picture(
    bytes: &[u8],
    name: &str,
    side: usize,
    channels: usize,
    background: Option<String>,
    crop: bool,
) -> Result<FittedPicture, JsError> {
    let how = fitting(side, channels, background, crop)?;
    let read = single::read(bytes, name, how);
    read.map(FittedPicture).map_err(|why| error(format!("{name} cannot be used: {why}")))
}

/// Takes pixels: red, green, blue and how opaque, a byte each.
#[wasm_bindgen]
pub fn fit_pixels(
    width: u32,
    height: u32,
    rgba: Vec<u8>,
    side: usize,
    channels: usize,
    background: Option<String>,
    crop: bool,
) -> Result<FittedPicture, JsError> {
    let fitted = single::of_pixels(width, height, rgba, fitting(side, channels, background, crop)?);
    let misfit = || error(format!("these are not the bytes of {width} x {height} pixels"));
    fitted.map(FittedPicture).ok_or_else(misfit)
}

#[wasm_bindgen]
impl FittedPicture {
    #[wasm_bindgen(unchecked_return_type = "FittedInfo")]
    pub fn info(&self) -> Result<JsValue, JsError> {
        let fitted = &self.0;
        let (width, height) = fitted.original;
        let info = FittedInfo {
            original: Size { width, height },
            transparent: fitted.transparent,
            background: fitted.background.name(),
            notes: fitted.notes(),
            facts: fitted.facts.iter().map(|fact| fact.name()).collect(),
        };
        info.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
    }

    /// A byte for each number, [C, H, W].
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes.clone()
    }
}
