//! A run, as JavaScript begins and follows it.

use super::{error, seed};
use crate::core::image::{ImageSpec, bytes_to_unit, unit_to_bytes};
use crate::core::known::Known;
use crate::core::noise::{self, Towards};
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{Course, SamplerConfig, SamplerKind, Step};
use crate::core::sampling::{Start, StartKind, Walk, WalkState};
use crate::core::schedule::{self, Schedule};
use crate::engine::{self, Condition, Conditions, Guidance, Recorded};
use crate::model::file::Weights;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

/// Most images in one run.
pub(super) const MAX_IMAGES: usize = 1024;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What the page asks of a run. */
export interface RunOptions {
  /** A whole number from 0 to 2^53 - 1. */
  seed: number;
  /** Number of the first image: workers that share a batch each take a stretch of it. */
  first: number;
  /** Images, 1 to 1024. */
  count: number;
  /** One of `Info.samplers`. */
  sampler: string;
  /** Null for all that the model was trained with. */
  steps: number | null;
  /** One of `Info.spacings`. */
  spacing: string;
  /** The noise of DDIM, 0 to 1. */
  eta: number;
  /** Null: matched noise, where the file knows how. */
  start: "pure" | "matched" | null;
  /** A picture, [C, H, W], that every image begins with, noised to timestep t; null to begin with noise. `steps` then counts
   * the steps from t on. */
  picture: { bytes: Uint8Array; t: number } | null;
  /** A byte for each pixel: 255 where the picture stays, 0 where the model fills it in; null where nothing stays. */
  mask: Uint8Array | null;
  /** How often each step but the last is taken, 1 to 20: with a mask alone. */
  visits: number;
  /** The starting noise lies this share (0 to 1) of the way to another seed's; null for the seed's own. */
  towards: { seed: number; share: number } | null;
  /** The class that the network is told of each image, null for none. Null in place of the array: the seed draws each
   * image's class, where the network knows any. */
  classes: (number | null)[] | null;
  /** 1 for none. */
  guidance: number;
  /** Steps that another engine has taken already. */
  done: number;
}
"#;

/// As the interface of this name in TypeScript.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunOptions {
    seed: f64,
    first: u32,
    count: usize,
    sampler: SamplerKind,
    steps: Option<usize>,
    spacing: Spacing,
    eta: f64,
    start: Option<StartKind>,
    picture: Option<Pictured>,
    mask: Option<Vec<u8>>,
    visits: u32,
    towards: Option<Between>,
    classes: Option<Vec<Condition>>,
    guidance: f32,
    done: usize,
}

/// A picture to begin with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pictured {
    bytes: Vec<u8>,
    t: usize,
}

/// A picture in [-1, 1], which has to be of this size.
pub(super) fn picture(bytes: &[u8], image: ImageSpec) -> Result<Vec<f32>, JsError> {
    if bytes.len() != image.numbers() {
        let (found, expected) = (bytes.len(), image.numbers());
        return Err(error(format!("a picture of {found} bytes: one of {image} has {expected}")));
    }
    Ok(bytes_to_unit(bytes))
}

/// A place between two seeds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    seed: f64,
    share: f64,
}

impl Between {
    fn towards(&self) -> Result<Towards, JsError> {
        let towards = Towards { seed: seed(self.seed)?, share: self.share };
        towards.check().map_err(error)?;
        Ok(towards)
    }
}

/// What an engine needs to begin a run.
pub(super) struct Beginning {
    pub(super) walk: Walk,
    pub(super) conditions: Conditions,
}

impl Beginning {
    pub(super) fn new(
        schedule: &Schedule,
        file: &Weights,
        options: RunOptions,
        x: Option<Vec<f32>>,
        memory: Option<Vec<f32>>,
    ) -> Result<Self, JsError> {
        let RunOptions { first, count, done, spacing, eta, guidance, .. } = options;
        if !(1..=MAX_IMAGES).contains(&count) {
            return Err(error(format!("{count} images: give a number from 1 to {MAX_IMAGES}")));
        }
        let config = SamplerConfig { kind: options.sampler, steps: options.steps, spacing, eta };
        let course = Course { from: options.picture.as_ref().map(|given| given.t), visits: options.visits };
        let steps = course.steps(schedule, &config).map_err(error)?;
        let image = file.config().image;
        let given = options.picture.as_ref().map(|given| picture(&given.bytes, image)).transpose()?;
        let known = match (&options.mask, &given) {
            (None, _) if options.visits > 1 => return Err(error("visits are for runs with a mask")),
            (None, _) => None,
            (Some(_), None) => {
                return Err(error("a mask says what of a picture stays: give the picture too"));
            }
            (Some(mask), Some(_)) if mask.len() != image.pixels() => {
                let (found, expected) = (mask.len(), image.pixels());
                return Err(error(format!(
                    "a mask of {found} bytes: one of {image} has {expected}, one for each pixel"
                )));
            }
            (Some(mask), Some(picture)) => Some(Known::new(schedule, &steps, picture.clone(), mask)),
        };
        let (seed, numbers) = (seed(options.seed)?, image.numbers());
        let misfit =
            || error(format!("{count} images after {done} steps, of {}: x does not fit", steps.len()));
        let walk = match x {
            None if done == 0 => {
                let start = match (&given, steps.first()) {
                    (Some(picture), Some(step)) => Start::picture(schedule, step.t, picture),
                    _ => file.start(options.start).map_err(error)?,
                };
                let towards = options.towards.map(|between| between.towards()).transpose()?;
                Walk::between(steps, seed, towards, first, count, &start)
            }
            Some(x) if x.len() == count * numbers && done <= steps.len() => {
                let memory = memory.unwrap_or_else(|| vec![0.0; x.len()]);
                if memory.len() != x.len() {
                    return Err(misfit());
                }
                Walk::resume(steps, seed, first, numbers, WalkState { x, memory, done })
            }
            _ => return Err(misfit()),
        };
        let walk = match known {
            Some(known) => walk.keeping(known),
            None => walk,
        };
        let guidance = match guidance {
            1.0 => Guidance::None,
            scale => Guidance::ClassifierFree { scale },
        };
        let any = || noise::classes(seed, first, count, file.config().classes);
        let classes = options.classes.unwrap_or_else(any);
        Ok(Self { walk, conditions: Conditions { classes, guidance } })
    }
}

/// A batch on its way from noise to images.
#[wasm_bindgen]
pub struct Run {
    run: Box<dyn engine::Run>,
    /// alpha_bar_t of the batch, by steps done.
    alpha_bars: Vec<f64>,
    /// What the last call of `advance` gave; none before the first.
    recorded: Option<Recorded>,
}

impl Run {
    pub(super) fn new(run: Box<dyn engine::Run>, schedule: &Schedule) -> Self {
        let steps = run.walk().steps();
        let start = steps.first().map(|step| schedule.alpha_bar(Some(step.t)));
        let left = |step: &Step| schedule.alpha_bar(step.lands());
        let alpha_bars = start.into_iter().chain(steps.iter().map(left)).collect();
        Self { run, alpha_bars, recorded: None }
    }

    fn bytes(&self, done: usize, part: fn(&Recorded, usize) -> &[u8], before: &[f32]) -> Vec<u8> {
        match &self.recorded {
            Some(recorded) => part(recorded, done - 1).to_vec(),
            None => unit_to_bytes(before),
        }
    }
}

#[wasm_bindgen]
impl Run {
    /// Takes at most `n` reverse steps, on a GPU in one submission; returns how many.
    pub async fn advance(&mut self, n: usize) -> Result<usize, JsError> {
        let recorded = self.run.advance(n).await.map_err(error)?;
        Ok(self.recorded.insert(recorded).steps.len())
    }

    /// Reverse steps taken.
    #[wasm_bindgen(getter)]
    pub fn done(&self) -> usize {
        self.run.walk().done()
    }

    /// Reverse steps in the whole run.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> usize {
        self.run.walk().total()
    }

    /// The timestep of the last of `done` steps; none before the first.
    pub fn t(&self, done: usize) -> Option<usize> {
        Some(self.run.walk().steps()[done.checked_sub(1)?].t)
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

    /// The batch after `done` steps, the last of which the last call of `advance` took, a byte for each number:
    /// image after image, each [C, H, W]. Before the first call, the batch that the run goes on from.
    pub fn x_t(&self, done: usize) -> Vec<u8> {
        self.bytes(done, Recorded::x_t, self.run.walk().x())
    }

    /// The finished images as the last of `done` steps predicted them, likewise.
    pub fn x_0(&self, done: usize) -> Vec<u8> {
        self.bytes(done, Recorded::x_0, self.run.walk().x0())
    }

    /// The noise that the last of `done` steps predicted in the batch before it, likewise: 0 is mid grey.
    pub fn eps(&self, done: usize) -> Vec<u8> {
        self.bytes(done, Recorded::eps, self.run.walk().eps())
    }

    /// The batch's numbers as it is now; [-1, 1] is black to white.
    pub fn x(&self) -> Vec<f32> {
        self.run.walk().x().to_vec()
    }

    /// What the sampler remembers, as many numbers; zeros where it remembers nothing.
    pub fn memory(&self) -> Vec<f32> {
        self.run.walk().state().memory.clone()
    }
}
