//! The workers that help the one that leads: what it sends them, and what they do with it.

use super::super::error;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::{Answer, Place};
use crate::model::UNetConfig;
use crate::train::TrainError;
use crate::train::cpu::{CpuLoss, Part};
use crate::train::learner::Examples;
use crate::train::recipe::TrainConfig;
use crate::train::shared::Helper;
use js_sys::{Float32Array, Int32Array, Promise};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A helper, as the leading worker has it. */
export interface HelperPort {
  /** Sends a share; the arrays are its own. `places` are t and class (-1: none) of each image. */
  begin(weights: Float32Array, x_0: Float32Array, eps: Float32Array, places: Int32Array, importance: Float32Array, whole: number): Promise<HelperPart>;
}

/** A helper's answer. */
export interface HelperPart { loss: number; gradient: Float32Array }
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "HelperPort")]
    pub type HelperPort;

    #[wasm_bindgen(method, structural, catch)]
    fn begin(
        this: &HelperPort,
        weights: Float32Array,
        x_0: Float32Array,
        eps: Float32Array,
        places: Int32Array,
        importance: Float32Array,
        whole: u32,
    ) -> Result<Promise, JsValue>;

    type HelperPart;

    #[wasm_bindgen(method, structural, getter)]
    fn loss(this: &HelperPart) -> f64;

    #[wasm_bindgen(method, structural, getter)]
    fn gradient(this: &HelperPart) -> Float32Array;
}

/// Reaches a helper through its port.
pub(super) struct ByPort(pub(super) HelperPort);

fn ended(cause: &JsValue) -> TrainError {
    let told = cause.dyn_ref::<js_sys::Error>().map(|error| String::from(error.message()));
    TrainError::Device(told.unwrap_or_else(|| "a worker that helps has ended".into()))
}

impl Helper for ByPort {
    fn begin(&mut self, weights: &[f32], share: &Examples) -> Answer<'static, Part, TrainError> {
        let floats = |numbers: &[f32]| Float32Array::from(numbers);
        let class = |place: &Place| place.class.map_or(-1, |class| class as i32);
        let places: Vec<i32> = share.places.iter().flat_map(|place| [place.t as i32, class(place)]).collect();
        let begun = self.0.begin(
            floats(weights),
            floats(&share.x_0),
            floats(&share.eps),
            Int32Array::from(&places[..]),
            floats(&share.importance),
            share.whole as u32,
        );
        Box::pin(async move {
            let answer = JsFuture::from(begun.map_err(|cause| ended(&cause))?).await;
            let answer: HelperPart = answer.map_err(|cause| ended(&cause))?.unchecked_into();
            Ok(Part { loss: answer.loss(), gradient: answer.gradient().to_vec() })
        })
    }
}

/// What a helper begins with.
#[derive(Serialize, Deserialize)]
struct Setup {
    network: UNetConfig,
    schedule: ScheduleConfig,
}

pub(super) fn setup(config: &TrainConfig) -> Result<String, JsError> {
    let setup = Setup { network: config.network.clone(), schedule: config.schedule };
    serde_json::to_string(&setup).map_err(error)
}

/// A helper's side: computes parts of batches.
#[wasm_bindgen]
pub struct Share {
    computes: CpuLoss,
    schedule: Schedule,
    gradient: Vec<f32>,
}

#[wasm_bindgen]
impl Share {
    /// `setup` is the plan's.
    #[wasm_bindgen(constructor)]
    pub fn new(setup: &str) -> Result<Share, JsError> {
        let Setup { network, schedule } = serde_json::from_str(setup).map_err(error)?;
        let schedule = Schedule::new(schedule).map_err(error)?;
        Ok(Self { computes: CpuLoss::new(&network), schedule, gradient: vec![] })
    }

    /// The loss of a share of a batch, as `HelperPort` has it.
    pub fn compute(
        &mut self,
        weights: &[f32],
        x_0: Vec<f32>,
        eps: Vec<f32>,
        places: &[i32],
        importance: Vec<f32>,
        whole: usize,
    ) -> f64 {
        let place = |&[t, class]: &[i32; 2]| Place { t: t as usize, class: usize::try_from(class).ok() };
        let places = places.as_chunks().0.iter().map(place).collect();
        let part =
            self.computes.part(weights, &self.schedule, &Examples { x_0, eps, places, importance, whole });
        self.gradient = part.gradient;
        part.loss
    }

    /// The gradient of that loss.
    pub fn gradient(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.gradient)
    }
}
