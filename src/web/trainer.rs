//! A training, as JavaScript follows it.

mod helper;
mod options;
mod plan;
mod preview;
mod sampling;
mod webgpu;

use self::sampling::{Sampling, SamplingOptions};
use super::{error, misfit};
use crate::core::choice::{self, Choice};
use crate::core::image::ImageSpec;
use crate::model::file::Precision;
use crate::model::tensors::parameter_count;
use crate::train::TrainError;
use crate::train::checkpoint::ComputedBy;
use crate::train::trainer::Trainer;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a training says of itself. */
export interface TrainingInfo {
  /** Names of the classes that the network is told. */
  config: { image: { side: number; channels: number }; widths: [number, number, number]; classes: string[] };
  /** In words. */
  recipe: string;
  /** Pictures, in batches of at most `batch_size`. */
  images: number;
  batch_size: number;
  batches: number;
  epochs: number;
  /** In all, and taken. */
  steps: number;
  done: number;
  parameters: number;
  /** Of each epoch that is over. */
  losses: number[];
}

/** A step that was taken. */
export interface TrainingStep {
  /** Steps taken. */
  step: number;
  /** From 1. */
  epoch: number;
  /** Batches done of the epoch. */
  batch: number;
  /** The newest that is known; null where none is yet. */
  loss: number | null;
  images: number;
  /** The epoch that this step ended. */
  ended: { epoch: number; loss: number } | null;
  finished: boolean;
}
"#;

/// What went wrong, with what to do about it on a page.
fn failed(cause: TrainError) -> JsError {
    match cause {
        TrainError::NotANumber { epoch } => error(format!(
            "the loss is no longer a number in epoch {epoch}: the training diverged. Go on from the last saved state with a lower learning rate"
        )),
        TrainError::NoImages => error("there are no images to train on"),
        other => error(other),
    }
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsError> {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).map_err(error)
}

/// A training under way.
#[wasm_bindgen]
pub struct Training {
    trainer: Trainer,
    by: ComputedBy,
    classes: Vec<String>,
}

#[derive(Serialize)]
struct Info<'a> {
    config: Config<'a>,
    recipe: String,
    images: usize,
    batch_size: usize,
    batches: usize,
    epochs: usize,
    steps: usize,
    done: usize,
    parameters: usize,
    losses: Vec<f64>,
}

#[derive(Serialize)]
struct Config<'a> {
    image: ImageSpec,
    widths: [usize; 3],
    classes: &'a [String],
}

#[derive(Serialize)]
struct Step {
    step: usize,
    epoch: usize,
    batch: usize,
    loss: Option<f64>,
    images: usize,
    ended: Option<Ended>,
    finished: bool,
}

#[derive(Serialize)]
struct Ended {
    epoch: usize,
    loss: f64,
}

#[wasm_bindgen]
impl Training {
    #[wasm_bindgen(unchecked_return_type = "TrainingInfo")]
    pub fn info(&self) -> Result<JsValue, JsError> {
        let trainer = &self.trainer;
        let config = trainer.config();
        let network = &config.network;
        to_js(&Info {
            config: Config { image: network.image, widths: network.widths, classes: &self.classes },
            recipe: config.to_string(),
            images: trainer.images(),
            batch_size: config.batch_size,
            batches: trainer.batches(),
            epochs: config.epochs,
            steps: config.epochs * trainer.batches(),
            done: trainer.steps(),
            parameters: parameter_count(network),
            losses: trainer.progress().epochs.iter().map(|epoch| epoch.loss).collect(),
        })
    }

    /// Trains on the next batch.
    #[wasm_bindgen(unchecked_return_type = "TrainingStep")]
    pub async fn step(&mut self) -> Result<JsValue, JsError> {
        let trainer = &mut self.trainer;
        let (epoch, batch) = (trainer.progress().epochs.len() + 1, trainer.progress().batch + 1);
        let size = trainer.config().step_images();
        let images = (trainer.images() - (batch - 1) * size).min(size);
        let last = trainer.step().await.map_err(failed)?;
        let ended = trainer.progress().epochs.last().filter(|_| last);
        to_js(&Step {
            step: trainer.steps(),
            epoch,
            batch,
            loss: trainer.last_loss(),
            images,
            ended: ended.map(|ended| Ended { epoch: ended.epoch, loss: ended.loss }),
            finished: self.is_finished(),
        })
    }

    /// Whether all epochs are over.
    pub fn is_finished(&self) -> bool {
        self.trainer.progress().epochs.len() >= self.trainer.config().epochs
    }

    /// The run as it stands, for `Plan` to go on from.
    pub async fn checkpoint(&mut self) -> Result<Vec<u8>, JsError> {
        let mut checkpoint = self.trainer.checkpoint().await.map_err(failed)?;
        checkpoint.computed_by = Some(self.by.clone());
        checkpoint.to_bytes().map_err(failed)
    }

    /// A weights file: the exponential average, where the run keeps one and it is wanted.
    pub async fn weights(&mut self, average: bool, precision: &str) -> Result<Vec<u8>, JsError> {
        let precision =
            Precision::named(precision).ok_or_else(|| error(choice::unknown::<Precision>(precision)))?;
        let weights = self.trainer.weights(!average).await.map_err(failed)?;
        weights.to_bytes(precision).map_err(error)
    }

    /// Begins samples of the weights as they are now: the average, where the run keeps one.
    pub async fn sample(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "SamplingOptions")] options: JsValue,
    ) -> Result<Sampling, JsError> {
        let options: SamplingOptions = serde_wasm_bindgen::from_value(options).map_err(misfit)?;
        let weights = self.trainer.weights(false).await.map_err(failed)?;
        Sampling::begin(&weights, &options).await
    }

    /// Compares the next of some finished samples with the pictures that are trained on; true when all are.
    pub fn compare(&self, samples: &mut Sampling) -> bool {
        let moves = self.trainer.config().moves();
        self.trainer.set().is_none_or(|set| samples.compare(&set.images, moves))
    }
}
