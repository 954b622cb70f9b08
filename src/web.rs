//! What JavaScript sees: a model, a run, noised pictures. Thin; every number is made elsewhere.

use crate::core::image::{self, PIXELS};
use crate::core::samplers::{self, SamplerConfig, SamplerKind};
use crate::core::sampling::{self, StartKind};
use crate::core::schedule::{self, Schedule};
use crate::engine::{self, Engine, Recorded, Run};
use crate::model::file::{StateDict, Weights};
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

#[cfg(not(feature = "burn"))]
#[path = "web/fast.rs"]
mod engines;
#[cfg(feature = "burn")]
#[path = "web/reference.rs"]
mod engines;

mod info;
mod study;

use info::Info;

/// Most images in one run.
const MAX_IMAGES: usize = 1024;

fn error(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

/// A seed from a JavaScript number: a whole one from 0 to 2^53.
fn seed(number: f64) -> Result<u64, JsError> {
    let whole = (0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0;
    if whole {
        Ok(number as u64)
    } else {
        Err(error(format!("seed {number}: give a whole number from 0 on")))
    }
}

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// The steps after which the tutorial's 16 frames are taken, in a run of `steps`.
#[wasm_bindgen]
pub fn frame_indices(steps: usize) -> Vec<u32> {
    schedule::frame_indices(steps).map(|index| index as u32).to_vec()
}

/// A network on an engine, with its schedule.
#[wasm_bindgen]
pub struct Model {
    /// Away while a step is under way.
    engine: Cell<Option<Box<dyn Engine>>>,
    info: Info,
    schedule: Schedule,
    /// Everything of the file but its tensors.
    file: Weights,
}

/// An engine that has started.
struct Opened {
    engine: Box<dyn Engine>,
    /// The graphics card's name; none for the CPU.
    adapter: Option<String>,
    /// Milliseconds that its shader took.
    compile_ms: Option<f64>,
}

impl Opened {
    fn on_cpu(engine: Box<dyn Engine>) -> Self {
        Self { engine, adapter: None, compile_ms: None }
    }
}

#[wasm_bindgen]
impl Model {
    /// Loads a weights file onto `engine`, one of those that this module has. A GPU has to agree with
    /// the CPU about one image first.
    pub async fn load(engine: String, weights: Vec<u8>) -> Result<Model, JsError> {
        let weights = Weights::parse(&weights).map_err(error)?;
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let mut opened = engines::open(&engine, &weights.state).await?;
        if opened.adapter.is_some() {
            let agreed = engine::agree(&mut *opened.engine, &mut *engines::cpu(&weights.state)).await;
            agreed.map_err(error)?;
        }
        let info = Info::new(engine, &opened, &weights);
        Ok(Self { engine: Cell::new(Some(opened.engine)), info, schedule, file: without_tensors(weights) })
    }

    /// Exchanges the weights; a file that does not fit leaves those that were there.
    pub fn exchange(&mut self, weights: Vec<u8>) -> Result<(), JsError> {
        let weights = Weights::parse(&weights).map_err(error)?;
        self.schedule = Schedule::new(weights.schedule).map_err(error)?;
        let engine = self.engine.get_mut().as_mut().ok_or_else(|| error("the model is at a step"))?;
        engine.load(&weights.state);
        self.info.describe(&weights);
        self.file = without_tensors(weights);
        Ok(())
    }

    /// Multiply-adds and nothing else, on what the engine computes with; returns how many. `amount` is 1
    /// for some milliseconds or less. 0 for an engine that has no such loop.
    pub async fn exercise(&self, amount: u32) -> Result<f64, JsError> {
        let mut engine = self.engine.take().ok_or_else(|| error("the model is at a step"))?;
        let done = engine.exercise(amount).await;
        self.engine.set(Some(engine));
        Ok(done.map_err(error)? as f64)
    }

    /// An object with the fields of [`Info`].
    pub fn info(&self) -> Result<JsValue, JsError> {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        self.info.serialize(&serializer).map_err(error)
    }
}

fn without_tensors(weights: Weights) -> Weights {
    Weights { state: StateDict::new(), ..weights }
}

/// What the page asks of a run.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    seed: f64,
    /// Number of the first image: workers that share a batch each take a stretch of it.
    first: u32,
    count: usize,
    sampler: SamplerKind,
    steps: Option<usize>,
    eta: f64,
    /// None: matched, where the file knows how.
    start: Option<StartKind>,
    /// Steps that another engine has taken already.
    done: usize,
}

/// A batch on its way from noise to images.
#[wasm_bindgen]
pub struct Sampling {
    run: Run,
    steps: Vec<samplers::Step>,
    /// alpha_bar_t of the batch, by steps done.
    alpha_bars: Vec<f64>,
    /// What the last call of `advance` gave; none before the first.
    recorded: Option<Recorded>,
}

#[wasm_bindgen]
impl Sampling {
    /// `options`: `{ seed, first, count, sampler: "ddpm" | "ddpm-posterior" | "ddim", steps, eta,
    /// start: "pure" | "matched" | null, done }`. With `done` above 0, `x` is the batch after so many steps: 784 numbers an image.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &Model, options: JsValue, x: Option<Vec<f32>>) -> Result<Sampling, JsError> {
        let options: Options = serde_wasm_bindgen::from_value(options).map_err(error)?;
        let Options { first, count, done, .. } = options;
        if !(1..=MAX_IMAGES).contains(&count) {
            return Err(error(format!("{count} images: give a number from 1 to {MAX_IMAGES}")));
        }
        let config = SamplerConfig { kind: options.sampler, steps: options.steps, eta: options.eta };
        let steps = samplers::steps(&model.schedule, &config).map_err(error)?;
        let left = |step: &samplers::Step| model.schedule.alpha_bar(step.t_prev);
        let start = steps.first().map(|step| model.schedule.alpha_bar(Some(step.t)));
        let alpha_bars = start.into_iter().chain(steps.iter().map(left)).collect();
        let seed = seed(options.seed)?;
        let run = match x {
            None if done == 0 => {
                let start = model.file.start(options.start).map_err(error)?;
                sampling::Sampling::new(steps.clone(), seed, first, count, &start)
            }
            Some(x) if x.len() == count * PIXELS && done <= steps.len() => {
                sampling::Sampling::resume(steps.clone(), done, seed, first, PIXELS, x)
            }
            _ => {
                return Err(error(format!(
                    "{count} images after {done} steps, of {}: x does not fit",
                    steps.len()
                )));
            }
        };
        Ok(Self { run: Run::new(run), steps, alpha_bars, recorded: None })
    }

    /// Takes at most `n` reverse steps, on a GPU in one submission; returns how many. The engine keeps
    /// the batch where it computes: give every step of a run to the same model.
    pub async fn advance(&mut self, model: &Model, n: usize) -> Result<usize, JsError> {
        let mut engine = model.engine.take().ok_or_else(|| error("the model is at another step"))?;
        let recorded = engine.advance(&mut self.run, n).await;
        model.engine.set(Some(engine));
        let recorded = self.recorded.insert(recorded.map_err(error)?);
        Ok(recorded.steps.len())
    }

    /// Reverse steps taken.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.run.now().done()
    }

    /// Reverse steps in the whole run.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.run.now().total()
    }

    /// The timestep of the last of `done` steps; none before the first.
    pub fn t(&self, done: usize) -> Option<usize> {
        Some(self.steps[done.checked_sub(1)?].t)
    }

    /// Share of the picture in the batch after `done` steps; 1 when it is finished.
    pub fn alpha_bar(&self, done: usize) -> f64 {
        self.alpha_bars[done]
    }

    /// Which of the 16 frames the last of `done` steps fills.
    pub fn frames(&self, done: usize) -> Vec<u32> {
        let Some(index) = done.checked_sub(1) else { return vec![] };
        schedule::frames_at(index, self.total()).map(|frame| frame as u32).collect()
    }

    /// The batch after `done` steps, the last of which the last call of `advance` took, in greys: 784
    /// bytes an image. Before the first call, the batch that the run goes on from.
    pub fn x_t(&self, done: usize) -> Vec<u8> {
        self.greys(done, Recorded::x_t, self.run.now().x())
    }

    /// The finished images as the last of `done` steps predicted them, likewise.
    pub fn x_0(&self, done: usize) -> Vec<u8> {
        self.greys(done, Recorded::x_0, self.run.now().x0())
    }

    /// The noise that the last of `done` steps predicted in the batch before it, likewise: 0 is mid grey.
    pub fn eps(&self, done: usize) -> Vec<u8> {
        self.greys(done, Recorded::eps, self.run.now().eps())
    }

    /// The batch's numbers as it is now, 784 for each image; [-1, 1] is black to white.
    pub fn values(&self) -> Vec<f32> {
        self.run.now().x().to_vec()
    }
}

impl Sampling {
    fn greys(&self, done: usize, of: fn(&Recorded, usize) -> &[u8], before: &[f32]) -> Vec<u8> {
        match &self.recorded {
            Some(recorded) => of(recorded, done - 1).to_vec(),
            None => image::unit_to_greys(before),
        }
    }
}
