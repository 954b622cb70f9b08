//! The steps of a run, laid open.

use super::error;
use crate::core::image::unit_to_bytes;
use crate::core::samplers::Step;
use crate::core::sampling::{Walk, WalkState};
use crate::core::schedule::Schedule;
use crate::engine::Run;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The numbers of a step x_{t_prev} = x x_t + net n + z z + memory m, where n is the network's output, z fresh noise and m
 * what the sampler remembers. */
export interface StepNumbers {
  /** The timestep that the step starts from, and where it lands; null for the finished picture. */
  t: number;
  t_prev: number | null;
  /** alpha_bar_t / alpha_bar_{t_prev}, and 1 minus that: alpha_t and beta_t where t_prev is t - 1. */
  alpha: number;
  beta: number;
  alphaBar: number;
  alphaBarPrev: number;
  /** The standard deviation of the fresh noise; 0 where there is none. */
  sigma: number;
  coefficients: { x: number; net: number; z: number; memory: number };
  /** The least and the largest number of each picture, which its bytes may not hold: they end at -1 and 1. */
  ranges: { [name in TraceName]: { min: number; max: number } };
}
/** The pictures of a step: before it, the predicted noise and picture, the step without fresh noise, that noise (mid grey
 * where there is none), and after it. */
export type TraceName = "x_t" | "eps" | "x_0" | "mean" | "noise" | "next";
"#;

/// One step of a run of one image.
#[wasm_bindgen]
pub struct Traced {
    numbers: Numbers,
    pictures: Pictures<Vec<u8>>,
}

/// As the interface `StepNumbers` in TypeScript.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    t: usize,
    #[serde(rename = "t_prev")]
    t_prev: Option<usize>,
    alpha: f64,
    beta: f64,
    alpha_bar: f64,
    alpha_bar_prev: f64,
    sigma: f64,
    coefficients: Coefficients,
    ranges: Pictures<Span>,
}

#[derive(Serialize)]
struct Coefficients {
    x: f64,
    net: f64,
    z: f64,
    memory: f64,
}

/// Something of each of a step's pictures.
#[derive(Serialize)]
struct Pictures<T> {
    x_t: T,
    eps: T,
    x_0: T,
    mean: T,
    noise: T,
    next: T,
}

#[derive(Serialize)]
struct Span {
    min: f32,
    max: f32,
}

impl Span {
    fn of(values: &[f32]) -> Self {
        let (min, max) = values
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), x| (min.min(*x), max.max(*x)));
        Self { min, max }
    }
}

impl<T> Pictures<T> {
    fn map<U>(&self, f: impl Fn(&T) -> U) -> Pictures<U> {
        let Self { x_t, eps, x_0, mean, noise, next } = self;
        Pictures { x_t: f(x_t), eps: f(eps), x_0: f(x_0), mean: f(mean), noise: f(noise), next: f(next) }
    }
}

impl Traced {
    /// The step that `walk` took from `before`.
    fn new(schedule: &Schedule, step: &Step, before: &WalkState, walk: &Walk) -> Self {
        let (alpha_bar, alpha_bar_prev) = (schedule.alpha_bar(Some(step.t)), schedule.alpha_bar(step.t_prev));
        let pictures = Pictures {
            x_t: before.x.clone(),
            eps: walk.eps().to_vec(),
            x_0: walk.x0().to_vec(),
            mean: step.mean(&before.x, walk.net(), &before.memory),
            noise: if step.z == 0.0 { vec![0.0; before.x.len()] } else { walk.z().to_vec() },
            next: walk.x().to_vec(),
        };
        let [x, net, z, memory] = [step.x, step.net, step.z, step.memory].map(f64::from);
        let numbers = Numbers {
            t: step.t,
            t_prev: step.t_prev,
            alpha: alpha_bar / alpha_bar_prev,
            beta: 1.0 - alpha_bar / alpha_bar_prev,
            alpha_bar,
            alpha_bar_prev,
            sigma: z,
            coefficients: Coefficients { x, net, z, memory },
            ranges: pictures.map(|picture| Span::of(picture)),
        };
        Self { numbers, pictures: pictures.map(|picture| unit_to_bytes(picture)) }
    }
}

/// Takes a run to its end, one step after the other.
pub(super) async fn all(mut run: Box<dyn Run>, schedule: &Schedule) -> Result<Vec<Traced>, JsError> {
    if run.walk().count() != 1 {
        return Err(error(format!("a trace of {} images: give a count of 1", run.walk().count())));
    }
    let mut all = vec![];
    for step in run.walk().steps().to_vec() {
        let before = run.walk().state().clone();
        run.advance(1).await.map_err(error)?;
        all.push(Traced::new(schedule, &step, &before, run.walk()));
    }
    Ok(all)
}

#[wasm_bindgen]
impl Traced {
    #[wasm_bindgen(unchecked_return_type = "StepNumbers")]
    pub fn numbers(&self) -> Result<JsValue, JsError> {
        self.numbers.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
    }

    /// The picture before the step, a byte for each number, [C, H, W].
    pub fn x_t(&self) -> Vec<u8> {
        self.pictures.x_t.clone()
    }

    /// The noise that the network predicts in it, likewise: 0 is mid grey.
    pub fn eps(&self) -> Vec<u8> {
        self.pictures.eps.clone()
    }

    /// The finished picture that it predicts.
    pub fn x_0(&self) -> Vec<u8> {
        self.pictures.x_0.clone()
    }

    /// The step without its fresh noise.
    pub fn mean(&self) -> Vec<u8> {
        self.pictures.mean.clone()
    }

    /// The fresh noise.
    pub fn noise(&self) -> Vec<u8> {
        self.pictures.noise.clone()
    }

    /// The picture after the step.
    pub fn next(&self) -> Vec<u8> {
        self.pictures.next.clone()
    }
}
