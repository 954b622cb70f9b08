//! The toy in two dimensions, as JavaScript asks it.

use super::{error, misfit, seed};
use crate::core::choice::{self, Choice};
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{self, SamplerConfig, SamplerKind};
use crate::core::toy::{self, Shape, Toy};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// The most points of one call, and places along an edge of a field.
const MAX_POINTS: usize = 1024;
const MAX_GRID: usize = 64;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the toy offers. */
export interface ToyInfo {
  sets: Choice[];
  timesteps: number;
  /** By timestep, from 0. */
  alpha_bar: number[];
}
/** Which paths to take. */
export interface PathOptions {
  set: string;
  sampler: string;
  steps: number | null;
  spacing: string;
  eta: number;
  seed: number;
  /** 1 to 1024. */
  count: number;
}
"#;

#[derive(Serialize)]
struct Info {
    sets: Vec<Named>,
    timesteps: usize,
    alpha_bar: Vec<f64>,
}

#[derive(Serialize)]
struct Named {
    name: &'static str,
    about: &'static str,
}

/// As the interface of this name in TypeScript.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PathOptions {
    set: Shape,
    sampler: SamplerKind,
    steps: Option<usize>,
    spacing: Spacing,
    eta: f64,
    seed: f64,
    count: usize,
}

fn named(set: &str) -> Result<Toy, JsError> {
    Shape::named(set).map(Toy::new).ok_or_else(|| error(choice::unknown::<Shape>(set)))
}

#[wasm_bindgen(unchecked_return_type = "ToyInfo")]
pub fn toy_info() -> Result<JsValue, JsError> {
    let sets = Shape::all().into_iter().map(|set| Named { name: set.name(), about: set.about() });
    let info =
        Info { sets: sets.collect(), timesteps: toy::TIMESTEPS, alpha_bar: toy::schedule().alpha_bars };
    info.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
}

/// The points of a set, x and y of one after the other.
#[wasm_bindgen]
pub fn toy_points(set: &str) -> Result<Vec<f32>, JsError> {
    Ok(named(set)?.points())
}

/// Places on a grid, and then the arrow at each.
#[wasm_bindgen]
pub fn toy_field(set: &str, t: usize, grid: usize) -> Result<Vec<f32>, JsError> {
    if t >= toy::TIMESTEPS {
        return Err(error(format!("t = {t}: give a timestep from 0 to {}", toy::TIMESTEPS - 1)));
    }
    if !(1..=MAX_GRID).contains(&grid) {
        return Err(error(format!("a grid of {grid}: give a number from 1 to {MAX_GRID}")));
    }
    Ok(named(set)?.field(t, grid).concat())
}

/// Points on their way from noise to the data.
#[wasm_bindgen]
pub struct Paths {
    times: Vec<Option<usize>>,
    places: Vec<Vec<f32>>,
}

#[wasm_bindgen]
impl Paths {
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(unchecked_param_type = "PathOptions")] options: JsValue,
    ) -> Result<Paths, JsError> {
        let options: PathOptions = serde_wasm_bindgen::from_value(options).map_err(misfit)?;
        let PathOptions { steps, spacing, eta, count, .. } = options;
        if !(1..=MAX_POINTS).contains(&count) {
            return Err(error(format!("{count} points: give a number from 1 to {MAX_POINTS}")));
        }
        let config = SamplerConfig { kind: options.sampler, steps, spacing, eta };
        let steps = samplers::steps(&toy::schedule(), &config).map_err(error)?;
        let first = steps.first().map(|step| step.t);
        let times = [first].into_iter().chain(steps.iter().map(|step| step.t_prev)).collect();
        let places = Toy::new(options.set).paths(steps, seed(options.seed)?, count);
        Ok(Self { times, places })
    }

    /// Steps in all.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.places.len() - 1
    }

    /// The timestep of the points after `done` steps; none when they are finished.
    pub fn t(&self, done: usize) -> Option<usize> {
        self.times[done]
    }

    /// Where the points are after `done` steps, x and y of one after the other.
    pub fn places(&self, done: usize) -> Vec<f32> {
        self.places[done].clone()
    }
}
