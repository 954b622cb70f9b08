//! What a training would be, before it is begun.

use super::options::PlanOptions;
use super::{failed, misfit, to_js};
use crate::model::tensors::parameter_count;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a training would be. */
export interface Preview {
  batch_size: number;
  learning_rate: number;
  epochs: number;
  /** In all. */
  steps: number;
  mirror: boolean;
  /** Pixels. */
  shift: number;
  /** Of the network. */
  parameters: number;
}
"#;

#[derive(Serialize)]
struct Preview {
    batch_size: usize,
    learning_rate: f64,
    epochs: usize,
    steps: usize,
    mirror: bool,
    shift: usize,
    parameters: usize,
}

/// What a new training on so many pictures would be.
#[wasm_bindgen(unchecked_return_type = "Preview")]
pub fn preview(
    #[wasm_bindgen(unchecked_param_type = "PlanOptions")] options: JsValue,
    images: usize,
) -> Result<JsValue, JsError> {
    let options: PlanOptions = serde_wasm_bindgen::from_value(options).map_err(misfit)?;
    let config = options.preview(images)?;
    config.check().map_err(failed)?;
    to_js(&Preview {
        batch_size: config.batch_size,
        learning_rate: config.learning_rate,
        epochs: config.epochs,
        steps: config.epochs * config.batches(images),
        mirror: config.mirror,
        shift: config.shift,
        parameters: parameter_count(&config.network),
    })
}
