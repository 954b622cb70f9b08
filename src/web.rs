//! What JavaScript sees: a model, a run, noised pictures. Thin; every number is made elsewhere.

use crate::arch;
use crate::engine::burn::BurnEngine;
use crate::idx::Images;
use crate::noise::{self, Use};
use crate::pixels::{self, Grid, PIXELS};
use crate::sampler::{self, SamplerConfig, SamplerKind};
use crate::sampling;
use crate::schedule::{self, Schedule};
use crate::weights::{Metadata, Weights};
use burn::prelude::Device;
use serde::{Deserialize, Serialize};
use std::cell::Cell;
use wasm_bindgen::prelude::*;

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
    engine: Cell<Option<BurnEngine>>,
    info: Info,
    schedule: Schedule,
}

#[derive(Serialize)]
struct Info {
    engine: String,
    adapter: String,
    timesteps: usize,
    parameters: usize,
    notes: Vec<String>,
    metadata: Option<Metadata>,
}

#[wasm_bindgen]
impl Model {
    /// Loads a weights file onto `engine`: `burn-cpu` or `burn-webgpu`.
    pub async fn load(engine: String, weights: Vec<u8>) -> Result<Model, JsError> {
        let weights = Weights::parse(&weights).map_err(error)?;
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let (device, adapter) = match engine.as_str() {
            "burn-cpu" => (Device::flex(), "CPU, 1 thread".to_string()),
            "burn-webgpu" => webgpu().await?,
            other => {
                return Err(error(format!("no engine is called {other}: choose burn-cpu or burn-webgpu")));
            }
        };
        let burn = BurnEngine::new(&weights.state, device, adapter.clone());
        let assumed = "The file does not say how it was trained; the tutorial's schedule is assumed.";
        let info = Info {
            engine,
            adapter,
            timesteps: schedule.timesteps(),
            parameters: arch::tensors()
                .iter()
                .filter(|spec| spec.trainable())
                .map(|spec| spec.elements())
                .sum(),
            notes: weights.metadata.is_none().then(|| assumed.to_string()).into_iter().collect(),
            metadata: weights.metadata,
        };
        Ok(Self { engine: Cell::new(Some(burn)), info, schedule })
    }

    /// `{ engine, adapter, timesteps, parameters, notes, metadata }`.
    pub fn info(&self) -> Result<JsValue, JsError> {
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        self.info.serialize(&serializer).map_err(error)
    }
}

/// The browser's GPU. The page has made sure that there is one with what Burn needs.
async fn webgpu() -> Result<(Device, String), JsError> {
    let (device, setup) = Device::wgpu_options().init_with_setup_async().await.map_err(error)?;
    let info = setup.adapter.get_info();
    // Browsers say more or less of the adapter, some nothing at all.
    let name = [info.name, info.driver].into_iter().find(|name| !name.is_empty());
    Ok((device, name.unwrap_or("WebGPU".into())))
}

/// What the page asks of a run.
#[derive(Deserialize)]
struct Options {
    seed: f64,
    /// Number of the first image: workers that share a batch each take a stretch of it.
    #[serde(default)]
    first: u32,
    count: usize,
    sampler: SamplerKind,
    steps: Option<usize>,
    eta: f64,
}

/// A batch on its way from noise to images.
#[wasm_bindgen]
pub struct Sampling {
    run: sampling::Sampling,
    last: Option<sampler::Step>,
}

#[wasm_bindgen]
impl Sampling {
    /// `options`: `{ seed, count, sampler: "ddpm" | "ddpm-posterior" | "ddim", steps, eta }`.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &Model, options: JsValue) -> Result<Sampling, JsError> {
        let options: Options = serde_wasm_bindgen::from_value(options).map_err(error)?;
        if !(1..=MAX_IMAGES).contains(&options.count) {
            return Err(error(format!("{} images: give a number from 1 to {MAX_IMAGES}", options.count)));
        }
        let config = SamplerConfig { kind: options.sampler, steps: options.steps, eta: options.eta };
        let steps = sampler::steps(&model.schedule, &config).map_err(error)?;
        let run = sampling::Sampling::new(steps, seed(options.seed)?, options.first, options.count, PIXELS);
        Ok(Self { run, last: None })
    }

    /// Takes one reverse step; false when the images were finished already.
    pub async fn advance(&mut self, model: &Model) -> Result<bool, JsError> {
        let mut engine = model.engine.take().ok_or_else(|| error("the model is at another step"))?;
        let step = self.run.advance(&mut engine).await;
        model.engine.set(Some(engine));
        let step = step.map_err(error)?;
        self.last = step.or(self.last);
        Ok(step.is_some())
    }

    /// Reverse steps taken.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.run.done()
    }

    /// Reverse steps in the whole run.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.run.total()
    }

    /// The timestep of the last step taken.
    #[wasm_bindgen(getter)]
    pub fn t(&self) -> Option<usize> {
        self.last.map(|step| step.t)
    }

    /// Which of the 16 frames the last step fills.
    pub fn frames(&self) -> Vec<u32> {
        let Some(index) = self.run.done().checked_sub(1) else { return vec![] };
        schedule::frames_at(index, self.run.total()).map(|frame| frame as u32).collect()
    }

    /// The batch as it is now.
    pub fn grid(&self) -> Picture {
        Picture::new(self.run.x())
    }

    /// The batch's numbers, 784 for each image; [-1, 1] is black to white.
    pub fn values(&self) -> Vec<f32> {
        self.run.x().to_vec()
    }
}

/// A grid of images, ready for a canvas.
#[wasm_bindgen]
pub struct Picture(Grid);

impl Picture {
    fn new(images: &[f32]) -> Self {
        Self(Grid::new(images, pixels::columns_for(images.len() / PIXELS)))
    }
}

#[wasm_bindgen]
impl Picture {
    #[wasm_bindgen(getter)]
    pub fn width(&self) -> usize {
        self.0.width
    }

    #[wasm_bindgen(getter)]
    pub fn height(&self) -> usize {
        self.0.height
    }

    /// Four bytes for each pixel, as `ImageData` takes them.
    pub fn rgba(&self) -> wasm_bindgen::Clamped<Vec<u8>> {
        wasm_bindgen::Clamped(self.0.rgba())
    }
}

/// Real images and the noise that goes with them.
#[wasm_bindgen]
pub struct ForwardNoise {
    schedule: Schedule,
    x_0: Vec<f32>,
    eps: Vec<f32>,
}

#[wasm_bindgen]
impl ForwardNoise {
    /// `idx` is an IDX file of 28x28 images.
    #[wasm_bindgen(constructor)]
    pub fn new(model: &Model, idx: Vec<u8>, seed: f64) -> Result<ForwardNoise, JsError> {
        let images = Images::parse(&idx).map_err(error)?;
        images.require_28x28().map_err(error)?;
        let x_0 = pixels::images_to_unit(&images.pixels);
        let mut eps = vec![0.0; x_0.len()];
        noise::gaussian_batch(self::seed(seed)?, Use::Forward, 0, 0, PIXELS, &mut eps);
        Ok(Self { schedule: model.schedule.clone(), x_0, eps })
    }

    /// The images as they are.
    pub fn original(&self) -> Picture {
        Picture::new(&self.x_0)
    }

    /// The images with `percent` of noise, 0 to 100.
    pub fn at(&self, percent: f64) -> Result<Noised, JsError> {
        let t = self.schedule.t_at_percent(percent).map_err(error)?;
        let x_t = self.schedule.noised(t, &self.x_0, &self.eps);
        Ok(Noised { x_t, t, alpha_bar: self.schedule.alpha_bar(t), snr: self.schedule.snr(t) })
    }
}

/// Images with some noise.
#[wasm_bindgen]
pub struct Noised {
    x_t: Vec<f32>,
    /// The timestep; none for the clean images.
    pub t: Option<usize>,
    /// Share of the images' power that is left.
    pub alpha_bar: f64,
    /// alpha_bar / (1 - alpha_bar).
    pub snr: f64,
}

#[wasm_bindgen]
impl Noised {
    pub fn picture(&self) -> Picture {
        Picture::new(&self.x_t)
    }

    /// The numbers, 784 for each image.
    pub fn values(&self) -> Vec<f32> {
        self.x_t.clone()
    }
}
