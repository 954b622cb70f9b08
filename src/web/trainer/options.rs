//! What a training is told, and what it becomes.

use super::super::{error, seed};
use super::failed;
use crate::core::image::{ImageSpec, Images};
use crate::core::prediction::Prediction;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};
use crate::model::UNetConfig;
use crate::model::file::Found;
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::recipe::{Decay, TrainConfig, Weighting};
use crate::train::set::TrainingSet;
use crate::train::trainer::{start, start_from};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a training is told beside its pictures. What is left out suits the number of pictures. */
export interface PlanOptions {
  data: { side: number; channels: number; classes: string[]; name: string };
  config: { widths?: [number, number, number]; classes?: boolean };
  recipe: Recipe;
}

/** How to train. */
export interface Recipe {
  /** Pictures of a batch. */
  batch_size?: number;
  /** Adam's; for a run that goes on, a new one from here on. */
  learning_rate?: number;
  /** In all; for a run that goes on, a new end. */
  epochs?: number;
  /** Batches in all, or a few more: epochs are whole. */
  steps?: number;
  schedule?: "linear" | "cosine";
  /** Diffusion steps T, 1 to 1000. */
  timesteps?: number;
  predict?: "eps" | "v";
  /** Decay of the exponential average of the weights; 0 keeps none. */
  ema?: number;
  /** A whole number from 0 to 2^53 - 1. */
  seed?: number;
  /** Whether every second picture is mirrored, as chance has it. */
  mirror?: boolean;
  /** Every picture is shifted by up to so many pixels each way, as chance has it. */
  shift?: number;
  /** Steps in which the learning rate rises; 0 for none. */
  warmup?: number;
  /** The largest L2 norm of a step's gradient; 0 lets it have any. */
  clip?: number;
  /** What becomes of the learning rate. */
  decay?: "none" | "cosine" | "tail";
  /** What the loss counts at which t. */
  weighting?: "uniform" | "min-snr" | "x0";
}
"#;

/// As the interface of this name in TypeScript.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlanOptions {
    data: Data,
    config: Config,
    recipe: Recipe,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    side: usize,
    channels: usize,
    classes: Vec<String>,
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    widths: Option<[usize; 3]>,
    #[serde(default)]
    classes: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Recipe {
    batch_size: Option<usize>,
    learning_rate: Option<f64>,
    epochs: Option<usize>,
    steps: Option<usize>,
    schedule: Option<ScheduleKind>,
    timesteps: Option<usize>,
    predict: Option<Prediction>,
    ema: Option<f64>,
    seed: Option<f64>,
    mirror: Option<bool>,
    shift: Option<usize>,
    warmup: Option<usize>,
    clip: Option<f64>,
    decay: Option<Decay>,
    weighting: Option<Weighting>,
}

/// A run that may begin or go on, and what it learns from.
pub(super) struct Planned {
    pub(super) from: Checkpoint,
    pub(super) set: TrainingSet,
}

impl PlanOptions {
    /// The recipe of a new training on so many images, at least one.
    pub(super) fn preview(self, images: usize) -> Result<TrainConfig, JsError> {
        let Data { side, channels, classes, .. } = self.data;
        let Config { widths, classes: told } = self.config;
        let image = ImageSpec { side, channels };
        let widths = widths.unwrap_or(UNetConfig::tutorial().widths);
        let network = UNetConfig { image, widths, classes: told.then_some(classes.len()) };
        self.recipe.config(network, None, images.max(1))
    }

    pub(super) fn plan(
        self,
        bytes: Vec<u8>,
        labels: Option<Vec<u8>>,
        weights: Option<Vec<u8>>,
        checkpoint: Option<Vec<u8>>,
    ) -> Result<Planned, JsError> {
        let Self { data: Data { side, channels, classes, name }, config, recipe } = self;
        let images = Images { spec: ImageSpec { side, channels }, bytes };
        let numbers = images.spec.numbers();
        if numbers == 0 || !images.bytes.len().is_multiple_of(numbers) {
            return Err(error(format!(
                "{} bytes are not whole images of {}",
                images.bytes.len(),
                images.spec
            )));
        }
        if images.is_empty() {
            return Err(error("there are no images to train on"));
        }
        let from = match (checkpoint, weights) {
            (Some(bytes), _) => recipe.resumed(Checkpoint::parse(&bytes).map_err(failed)?, images.len()),
            (None, Some(bytes)) => {
                let found = Found::parse(&bytes, None).map_err(error)?.weights;
                // Where the images have no classes, or others, the network goes on without its own.
                let own = found.config().classes.filter(|own| labels.is_some() && *own == classes.len());
                let parameters =
                    found.parameters.with_classes(own).ok_or_else(|| error("the classes do not fit"))?;
                let network = parameters.config.clone();
                let config = recipe.config(network, Some(found.schedule), images.len())?;
                let told = labels.as_deref().filter(|_| config.network.classes.is_some());
                let info = DataInfo::new(name.clone(), classes.clone(), &images, told);
                start_from(config, info, parameters)
            }
            (None, None) => {
                let Config { widths, classes: told } = config;
                if told && (labels.is_none() || classes.is_empty()) {
                    return Err(error(
                        "the images have no classes: leave config.classes away, or give labels",
                    ));
                }
                let widths = widths.unwrap_or(UNetConfig::tutorial().widths);
                let network =
                    UNetConfig { image: images.spec, widths, classes: told.then_some(classes.len()) };
                network.check().map_err(error)?;
                let config = recipe.config(network, None, images.len())?;
                let of_network = labels.as_deref().filter(|_| told);
                let info = DataInfo::new(name.clone(), classes.clone(), &images, of_network);
                start(config, info)
            }
        };
        let told = labels.as_deref().filter(|_| from.config.network.classes.is_some());
        from.check_data(&DataInfo::new(name, classes, &images, told)).map_err(other_data)?;
        Ok(Planned { from, set: TrainingSet { images, labels } })
    }
}

/// The command line's remedy is none here.
fn other_data(cause: crate::train::TrainError) -> JsError {
    let told = cause.to_string();
    error(told.split(": name the same data").next().unwrap_or(&told))
}

impl Recipe {
    fn config(
        &self,
        network: UNetConfig,
        schedule: Option<ScheduleConfig>,
        images: usize,
    ) -> Result<TrainConfig, JsError> {
        let usual = TrainConfig::suited(images, network.image);
        // As many steps as suit, whatever the batches.
        let steps = usual.epochs * usual.batches(images);
        let ScheduleConfig { kind, timesteps, prediction, .. } = usual.schedule;
        let own = ScheduleConfig {
            prediction: self.predict.unwrap_or(prediction),
            ..ScheduleConfig::new(self.schedule.unwrap_or(kind), self.timesteps.unwrap_or(timesteps))
        };
        let some = |number: f64| (number != 0.0).then_some(number);
        let config = TrainConfig {
            network,
            batch_size: self.batch_size.unwrap_or(usual.batch_size),
            warmup: self.warmup.unwrap_or(usual.warmup),
            clip: self.clip.map_or(usual.clip, some),
            shift: self.shift.unwrap_or(usual.shift),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            decay: self.decay.unwrap_or(usual.decay),
            weighting: self.weighting.unwrap_or(usual.weighting),
            mirror: self.mirror.unwrap_or(usual.mirror),
            seed: self.seed.map_or(Ok(usual.seed), seed)?,
            ema: self.ema.map_or(usual.ema, some),
            schedule: schedule.unwrap_or(own),
            ..usual
        };
        let epochs = steps.div_ceil(images.div_ceil(config.batch_size.max(1)));
        let epochs = self.length(&config, images).unwrap_or(epochs);
        Ok(TrainConfig { epochs, ..config })
    }

    /// Epochs, where it says how many or how many steps.
    fn length(&self, config: &TrainConfig, images: usize) -> Option<usize> {
        let batches = images.div_ceil(config.batch_size.max(1));
        self.epochs.or_else(|| self.steps.map(|steps| steps.div_ceil(batches.max(1))))
    }

    /// A run that goes on keeps its recipe but for the learning rate and the end.
    fn resumed(&self, mut from: Checkpoint, images: usize) -> Checkpoint {
        from.config.epochs = self.length(&from.config, images).unwrap_or(from.config.epochs);
        from.config.learning_rate = self.learning_rate.unwrap_or(from.config.learning_rate);
        from
    }
}
