//! The test images on their way into noise, and two networks' one look at them.

use super::run::picture;
use super::{engines, error, seed};
use crate::core::image::{ImageSpec, bytes_to_unit, unit_to_bytes};
use crate::core::noise::{self, Use};
use crate::core::sampling::{Start, Walk};
use crate::core::schedule::{self, Schedule};
use crate::data::{idx, scale};
use crate::engine::{Engine, Place};
use crate::model::Parameters;
use crate::model::file::Weights;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// Real images, the noise that goes with them, and two networks to show them to.
#[wasm_bindgen]
pub struct Study {
    schedule: Schedule,
    image: ImageSpec,
    x_0: Vec<f32>,
    eps: Vec<f32>,
    trained: Cell<Option<Box<dyn Engine>>>,
    untrained: Cell<Option<Box<dyn Engine>>>,
}

#[wasm_bindgen]
impl Study {
    /// `idx` is an IDX file of images, which become as large and as colourful as the weights' network takes
    /// them. Everything here runs on the CPU.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: Vec<u8>, idx: Vec<u8>, noise_seed: f64) -> Result<Study, JsError> {
        let weights = Weights::parse(&weights).map_err(error)?;
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let config = weights.config();
        let images = scale::fitted(&idx::parse_images(&idx).map_err(error)?.squares(), config.image);
        let x_0 = bytes_to_unit(&images.bytes);
        let mut eps = vec![0.0; x_0.len()];
        noise::gaussian_batch(seed(noise_seed)?, Use::Forward, 0, 0, config.image.numbers(), &mut eps);
        let [trained, untrained] = [&weights.parameters, &Parameters::init(config, 0)]
            .map(|parameters| Cell::new(Some(engines::cpu(parameters))));
        Ok(Self { schedule, image: config.image, x_0, eps, trained, untrained })
    }

    /// The images with `percent` of noise, 0 (none) to 100. An image's noise is fixed.
    pub fn at(&self, percent: f64) -> Result<Noised, JsError> {
        let t = self.schedule.t_at_percent(percent).map_err(error)?;
        let bytes = unit_to_bytes(&self.schedule.noised(t, &self.x_0, &self.eps));
        Ok(Noised { bytes, t, alpha_bar: self.schedule.alpha_bar(t), snr: self.schedule.snr(t) })
    }

    /// Other images from an IDX file, as large and as colourful as the network takes them: a byte for each number.
    pub fn fitted(&self, idx: Vec<u8>) -> Result<Vec<u8>, JsError> {
        let images = idx::parse_images(&idx).map_err(error)?.squares();
        Ok(scale::fitted(&images, self.image).bytes)
    }

    /// One picture with the noise of timestep `t`, none of it where that is not given: the seed's noise, as the first image
    /// of a run that begins with this picture has it.
    pub fn noised(
        &self,
        picture_bytes: Vec<u8>,
        t: Option<usize>,
        noise_seed: f64,
    ) -> Result<Noised, JsError> {
        let x_0 = picture(&picture_bytes, self.image)?;
        let (last, noise_seed) = (self.schedule.timesteps() - 1, seed(noise_seed)?);
        let bytes = match t {
            Some(t) if t > last => {
                return Err(error(format!(
                    "t = {t}: give a timestep from 0 to {last}, or null for the picture itself"
                )));
            }
            Some(t) => {
                let start = Start::picture(&self.schedule, t, &x_0);
                unit_to_bytes(Walk::new(vec![], noise_seed, 0, 1, &start).x())
            }
            None => picture_bytes,
        };
        Ok(Noised { bytes, t, alpha_bar: self.schedule.alpha_bar(t), snr: self.schedule.snr(t) })
    }

    /// What a network gives for the clean images in one look at `t`, a byte for each number (the tutorial's
    /// reconstruction). `t` may lie past the schedule, up to the last row of the time embedding.
    pub async fn look(&self, trained: bool, t: usize) -> Result<Vec<u8>, JsError> {
        let last = schedule::MAX_TIMESTEPS - 1;
        if t > last {
            return Err(error(format!("t = {t}: give a number from 0 to {last}")));
        }
        let network = if trained { &self.trained } else { &self.untrained };
        let mut engine = network.take().ok_or_else(|| error("the network is at another look"))?;
        let count = self.x_0.len() / engine.config().image.numbers();
        let output = engine.predict(&self.x_0, &vec![Place { t, class: None }; count]).await;
        network.set(Some(engine));
        Ok(unit_to_bytes(&output.map_err(error)?))
    }
}

/// Images with some noise.
#[wasm_bindgen]
pub struct Noised {
    bytes: Vec<u8>,
    /// The timestep; none for the clean images.
    pub t: Option<usize>,
    /// Share of the images' power that is left.
    pub alpha_bar: f64,
    /// alpha_bar / (1 - alpha_bar).
    pub snr: f64,
}

#[wasm_bindgen]
impl Noised {
    /// A byte for each number: image after image, each [C, H, W].
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }
}
