//! Samples of a training under way.

use super::super::{error, seed};
use crate::core::image::unit_to_bytes;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{self, SamplerConfig, SamplerKind};
use crate::core::sampling::Walk;
use crate::core::schedule::Schedule;
use crate::engine::cpu::CpuEngine;
use crate::engine::{self, Conditions, Engine, Guidance};
use crate::model::file::Weights;
use serde::Deserialize;
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
            engine.begin(walk, Conditions { classes, guidance: Guidance::None }).await.map_err(error)?;
        let image = weights.config().image;
        Ok(Self { run, side: image.side, channels: image.channels })
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
