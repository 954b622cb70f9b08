//! Files to train on, as JavaScript hands them over.

use super::error;
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
