//! What JavaScript sees: a model, a run, noised pictures; in the programs that train, a training. Thin; every
//! number is made elsewhere.

#[cfg(all(not(feature = "burn"), not(feature = "train")))]
#[path = "web/fast.rs"]
mod engines;
#[cfg(all(feature = "burn", not(feature = "train")))]
#[path = "web/reference.rs"]
mod engines;

#[cfg(any(not(feature = "burn"), feature = "train"))]
mod device;
#[cfg(not(feature = "train"))]
mod info;
#[cfg(not(feature = "train"))]
mod model;
#[cfg(not(feature = "train"))]
mod opened;
#[cfg(not(feature = "train"))]
mod run;
#[cfg(not(feature = "train"))]
mod study;
#[cfg(not(feature = "train"))]
mod toy;
#[cfg(not(feature = "train"))]
mod trace;

#[cfg(feature = "train")]
mod gif;
#[cfg(feature = "train")]
mod likeness;
#[cfg(feature = "train")]
mod pictures;
#[cfg(feature = "train")]
mod trainer;

use crate::core::noise::MAX_SEED;
use wasm_bindgen::prelude::*;

fn error(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

/// What does not fit, in words: as text, this error would begin with JavaScript's "Error: ".
fn misfit(error: serde_wasm_bindgen::Error) -> JsError {
    JsError::new(&String::from(JsValue::from(error).unchecked_into::<js_sys::Error>().message()))
}

/// A seed from a JavaScript number: a whole one from 0 to [`MAX_SEED`].
fn seed(number: f64) -> Result<u64, JsError> {
    let whole = (0.0..=MAX_SEED as f64).contains(&number) && number.fract() == 0.0;
    if whole {
        Ok(number as u64)
    } else {
        Err(error(format!("seed {number}: give a whole number from 0 to {MAX_SEED}")))
    }
}

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}
