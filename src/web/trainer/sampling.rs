//! Samples of a training under way.

use super::super::{error, seed};
use super::to_js;
use crate::core::copies::{Copies, Likeness};
use crate::core::image::{Images, unit_to_bytes};
use crate::core::moves::Moves;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{self, SamplerConfig, SamplerKind};
use crate::core::sampling::Walk;
use crate::core::schedule::Schedule;
use crate::engine::cpu::CpuEngine;
use crate::engine::{self, Conditions, Engine, Guidance};
use crate::model::file::Weights;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Which samples of a training are drawn. */
export interface SamplingOptions {
  count: number;
  /** Of DDIM; all of the schedule's where that has fewer. */
  steps: number;
  /** A whole number from 0 to 2^53 - 1. */
  seed: number;
}
"#;

/// As the interface of this name in TypeScript.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SamplingOptions {
    count: usize,
    steps: usize,
    seed: f64,
}

/// Samples on their way out of noise. A network with classes draws each of them in turn.
#[wasm_bindgen]
pub struct Sampling {
    run: Box<dyn engine::Run>,
    side: usize,
    channels: usize,
    /// The training picture nearest to each of the first samples.
    found: Vec<Likeness>,
}

#[derive(Serialize)]
struct Nearest {
    index: usize,
    distance: f64,
}

impl Sampling {
    pub(super) async fn begin(weights: &Weights, options: &SamplingOptions) -> Result<Self, JsError> {
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let steps = Some(options.steps.min(schedule.timesteps()));
        let config = SamplerConfig { kind: SamplerKind::DDIM, steps, spacing: Spacing::Even, eta: 0.0 };
        let steps = samplers::steps(&schedule, &config).map_err(error)?;
        let start = weights.start(None).map_err(error)?;
        let walk = Walk::new(steps, seed(options.seed)?, 0, options.count, &start);
        let classes = (0..options.count).map(|i| weights.config().classes.map(|n| i % n)).collect();
        let mut engine = CpuEngine::new(&weights.parameters);
        let run =
            engine.begin(walk, Conditions { classes, guidance: Guidance::NONE }).await.map_err(error)?;
        let image = weights.config().image;
        Ok(Self { run, side: image.side, channels: image.channels, found: vec![] })
    }

    pub(super) fn compare(&mut self, training: &Images, moves: Moves) -> bool {
        let bytes = self.bytes();
        let mut samples = bytes.chunks_exact(training.spec.numbers());
        let next = samples.nth(self.found.len()).and_then(|sample| Likeness::of(sample, training, moves));
        self.found.extend(next);
        next.is_none() || samples.next().is_none()
    }
}

#[wasm_bindgen]
impl Sampling {
    /// Takes one step; true when the samples are finished.
    pub async fn advance(&mut self) -> Result<bool, JsError> {
        self.run.advance(1).await.map_err(error)?;
        Ok(self.run.walk().done() == self.run.walk().total())
    }

    /// A byte for each number: image after image, each [C, H, W].
    pub fn bytes(&self) -> Vec<u8> {
        unit_to_bytes(self.run.walk().x())
    }

    /// The training picture nearest to each sample that was compared: its number, and its distance, 0 to 2.
    #[wasm_bindgen(unchecked_return_type = "{ index: number; distance: number }[]")]
    pub fn nearest(&self) -> Result<JsValue, JsError> {
        let nearest = |likeness: &Likeness| {
            let Likeness { nearest, .. } = likeness;
            Nearest { index: nearest.image, distance: nearest.distance }
        };
        to_js(&self.found.iter().map(nearest).collect::<Vec<_>>())
    }

    /// A sentence, where most samples that were compared are copies of training pictures.
    pub fn copying(&self) -> Option<String> {
        let copies = Copies::among(&self.found);
        copies.has_memorised().then(|| copies.to_string())
    }

    /// Pixels along one edge.
    #[wasm_bindgen(getter)]
    pub fn side(&self) -> usize {
        self.side
    }

    #[wasm_bindgen(getter)]
    pub fn channels(&self) -> usize {
        self.channels
    }
}
