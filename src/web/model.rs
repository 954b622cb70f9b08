//! A network on an engine, and the tutorial's frames.

use super::info::Info;
use super::run::{self, Run, RunOptions};
use super::trace::{self, Traced};
use super::{engines, error, misfit};
use crate::core::schedule::{self, Schedule};
use crate::engine::{self, Engine};
use crate::model::Parameters;
use crate::model::file::{Found, Weights};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// The steps after which the tutorial's 16 frames are taken, in a run of `steps`.
#[wasm_bindgen]
pub fn frame_indices(steps: usize) -> Vec<u32> {
    schedule::frame_indices(steps).map(|index| index as u32).to_vec()
}

/// A network on an engine, with its schedule.
#[wasm_bindgen]
pub struct Model {
    /// Away while it is asked for something.
    engine: Cell<Option<Box<dyn Engine>>>,
    info: Info,
    schedule: Schedule,
    /// Everything of the file but its numbers.
    file: Weights,
}

#[wasm_bindgen]
impl Model {
    /// Loads a weights file onto `engine`, one of those that this program has. A GPU has to agree with
    /// the CPU about one image first.
    pub async fn load(engine: String, weights: Vec<u8>) -> Result<Model, JsError> {
        let found = Found::parse(&weights, None).map_err(error)?;
        let weights = &found.weights;
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let mut opened = engines::open(&engine, &weights.parameters).await?;
        if opened.adapter.is_some() {
            let agreed = engine::agree(&mut *opened.engine, &mut *engines::cpu(&weights.parameters)).await;
            agreed.map_err(error)?;
        }
        let info = Info::new(engine, &mut opened, &found, &schedule);
        let file = without_numbers(found.weights);
        Ok(Self { engine: Cell::new(Some(opened.engine)), info, schedule, file })
    }

    /// Exchanges the network, for one of any sizes; a file that does not fit leaves the one that was there.
    pub async fn exchange(&mut self, weights: Vec<u8>) -> Result<(), JsError> {
        let found = Found::parse(&weights, None).map_err(error)?;
        let schedule = Schedule::new(found.weights.schedule).map_err(error)?;
        let mut engine = self.take()?;
        let loaded = engine.load(&found.weights.parameters).await;
        self.info.describe(&mut *engine, &found, &schedule);
        self.engine.set(Some(engine));
        loaded.map_err(error)?;
        self.schedule = schedule;
        self.file = without_numbers(found.weights);
        Ok(())
    }

    /// Multiply-adds and nothing else, on what the engine computes with; returns how many. `amount` is 1
    /// for some milliseconds or less. 0 for an engine that has no such loop.
    pub async fn exercise(&self, amount: u32) -> Result<f64, JsError> {
        let mut engine = self.take()?;
        let done = match engine.measured() {
            Some(measured) => measured.exercise(amount).await,
            None => Ok(0),
        };
        self.engine.set(Some(engine));
        Ok(done.map_err(error)? as f64)
    }

    /// What the model says of itself.
    #[wasm_bindgen(unchecked_return_type = "Info")]
    pub fn info(&self) -> Result<JsValue, JsError> {
        self.info.to_js()
    }

    /// Begins a run, or goes on with one: with `done` above 0, `x` is the batch after so many steps, and
    /// `memory` what its sampler remembers.
    pub async fn begin(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RunOptions")] options: JsValue,
        x: Option<Vec<f32>>,
        memory: Option<Vec<f32>>,
    ) -> Result<Run, JsError> {
        Ok(Run::new(self.run(options, x, memory).await?, &self.schedule))
    }

    /// A whole run of one image, with all that goes into each of its steps. On a graphics card these are not recorded:
    /// there a run with a mask alone is told in full.
    pub async fn trace(
        &self,
        #[wasm_bindgen(unchecked_param_type = "RunOptions")] options: JsValue,
    ) -> Result<Vec<Traced>, JsError> {
        trace::all(self.run(options, None, None).await?, &self.schedule).await
    }
}

impl Model {
    async fn run(
        &self,
        options: JsValue,
        x: Option<Vec<f32>>,
        memory: Option<Vec<f32>>,
    ) -> Result<Box<dyn engine::Run>, JsError> {
        let options: RunOptions = serde_wasm_bindgen::from_value(options).map_err(misfit)?;
        let start = run::Beginning::new(&self.schedule, &self.file, options, x, memory)?;
        let mut engine = self.take()?;
        let run = engine.begin(start.walk, start.conditions).await;
        self.engine.set(Some(engine));
        run.map_err(error)
    }

    fn take(&self) -> Result<Box<dyn Engine>, JsError> {
        self.engine.take().ok_or_else(|| error("the model is being asked for something else"))
    }
}

fn without_numbers(weights: Weights) -> Weights {
    let Parameters { config, .. } = weights.parameters;
    Weights { parameters: Parameters { config, table: vec![], flat: vec![] }, ..weights }
}
