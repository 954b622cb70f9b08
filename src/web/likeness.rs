//! Pictures of a set that are nearest to another.

use super::error;
use crate::core::image::{ImageSpec, Images};
use crate::core::moves::Moves;
use crate::core::nearest;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A picture of a set: its number there, and the root of its mean squared difference in [-1, 1] from another, 0 to 2. */
export interface NearestPicture {
  index: number;
  distance: number;
}
"#;

#[derive(Serialize)]
struct NearestPicture {
    index: usize,
    distance: f64,
}

/// The `count` pictures of a set, [N, C, H, W], that are nearest to one, the nearest first.
#[wasm_bindgen(unchecked_return_type = "NearestPicture[]")]
pub fn nearest_pictures(
    images: Vec<u8>,
    side: usize,
    channels: usize,
    picture: &[u8],
    count: usize,
) -> Result<JsValue, JsError> {
    let spec = ImageSpec { side, channels };
    let numbers = spec.numbers();
    if numbers == 0 || picture.len() != numbers || !images.len().is_multiple_of(numbers) || count == 0 {
        return Err(error(format!(
            "give a picture of {spec}, a set of such pictures, and ask for one or more"
        )));
    }
    let found = nearest::few_nearest(&Images { spec, bytes: images }, picture, Moves::default(), count);
    let told = |found: nearest::Nearest| NearestPicture { index: found.image, distance: found.distance };
    serde_wasm_bindgen::to_value(&found.into_iter().map(told).collect::<Vec<_>>()).map_err(error)
}
