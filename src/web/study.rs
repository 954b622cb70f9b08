//! The test images on their way into noise, and two networks' one look at them.

use super::engines;
use super::error;
use crate::core::image::{self, PIXELS};
use crate::core::noise::{self, Use};
use crate::core::schedule::{self, Schedule};
use crate::data::idx::Images;
use crate::engine::Engine;
use crate::model::file::Weights;
use crate::model::tensors;
use std::cell::Cell;
use wasm_bindgen::prelude::*;

/// Real images, the noise that goes with them, and two networks to show them to.
#[wasm_bindgen]
pub struct Study {
    schedule: Schedule,
    x_0: Vec<f32>,
    eps: Vec<f32>,
    trained: Cell<Option<Box<dyn Engine>>>,
    untrained: Cell<Option<Box<dyn Engine>>>,
}

#[wasm_bindgen]
impl Study {
    /// `idx` is an IDX file of 28x28 images. Everything here runs on the CPU.
    #[wasm_bindgen(constructor)]
    pub fn new(weights: Vec<u8>, idx: Vec<u8>, seed: f64) -> Result<Study, JsError> {
        let weights = Weights::parse(&weights).map_err(error)?;
        let schedule = Schedule::new(weights.schedule).map_err(error)?;
        let images = Images::parse(&idx).map_err(error)?;
        images.require_28x28().map_err(error)?;
        let x_0 = image::images_to_unit(&images.pixels);
        let mut eps = vec![0.0; x_0.len()];
        noise::gaussian_batch(super::seed(seed)?, Use::Forward, 0, 0, PIXELS, &mut eps);
        let [trained, untrained] =
            [&weights.state, &tensors::init(0)].map(|state| Cell::new(Some(engines::cpu(state))));
        Ok(Self { schedule, x_0, eps, trained, untrained })
    }

    /// The images with `percent` of noise, 0 (none) to 100. An image's noise is fixed.
    pub fn at(&self, percent: f64) -> Result<Noised, JsError> {
        let t = self.schedule.t_at_percent(percent).map_err(error)?;
        let x_t = self.schedule.noised(t, &self.x_0, &self.eps);
        let greys = image::unit_to_greys(&x_t);
        Ok(Noised { greys, t, alpha_bar: self.schedule.alpha_bar(t), snr: self.schedule.snr(t) })
    }

    /// What a network gives for the clean images in one look at `t`, in greys (the tutorial's
    /// reconstruction). `t` may lie past the schedule, up to the last row of the time embedding.
    pub async fn look(&self, trained: bool, t: usize) -> Result<Vec<u8>, JsError> {
        let last = schedule::MAX_TIMESTEPS - 1;
        if t > last {
            return Err(error(format!("t = {t}: give a number from 0 to {last}")));
        }
        let network = if trained { &self.trained } else { &self.untrained };
        let mut engine = network.take().ok_or_else(|| error("the network is at another look"))?;
        let eps = engine.predict(&self.x_0, t).await;
        network.set(Some(engine));
        Ok(image::unit_to_greys(&eps.map_err(error)?))
    }
}

/// Images with some noise.
#[wasm_bindgen]
pub struct Noised {
    greys: Vec<u8>,
    /// The timestep; none for the clean images.
    pub t: Option<usize>,
    /// Share of the images' power that is left.
    pub alpha_bar: f64,
    /// alpha_bar / (1 - alpha_bar).
    pub snr: f64,
}

#[wasm_bindgen]
impl Noised {
    /// 784 bytes for each image.
    pub fn greys(&self) -> Vec<u8> {
        self.greys.clone()
    }
}
