//! Running the UNet. An [`Engine`] holds a network's numbers where it computes, and begins [`Run`]s, which
//! take a walk's steps, many at a time. `burn`, the module's own forward, is the reference that the others
//! are tested against.

#[cfg(feature = "burn")]
pub mod burn;
pub mod cpu;
pub mod gpu;
mod recorded;
pub mod stepwise;

pub use self::recorded::Recorded;
use crate::core::noise::{self, Use};
pub use crate::core::sampling::Answer;
use crate::core::sampling::Walk;
use crate::graph::Graph;
use crate::model::{Parameters, UNetConfig};
use serde::{Deserialize, Serialize};
use std::rc::Rc;

/// An image's class, or none.
pub type Condition = Option<usize>;

/// What the network is told beside an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    pub t: usize,
    pub class: Condition,
}

/// How two outputs of networks become one: n = n_c + (scale - 1) (n_c - n_g), where n_c is the network's own
/// output and n_g a worse one.
#[derive(Clone)]
pub struct Guidance {
    /// A scale of 1 is n_c alone.
    pub scale: f32,
    pub by: GuidedBy,
    /// The largest timestep whose step is guided; none: every step is. The first steps of a walk, in which there is
    /// hardly a picture yet, pull all of a class to its mean when they are guided (Kynkäänniemi et al. 2024).
    pub from: Option<usize>,
}

/// Where n_g is from.
#[derive(Clone)]
pub enum GuidedBy {
    /// The same network without the class (classifier-free guidance, Ho and Salimans 2021; their w is `scale` - 1).
    WithoutClass,
    /// Other weights with the same class (autoguidance, Karras et al. 2024).
    Weights(Rc<Parameters>),
}

impl Guidance {
    /// The network's own output.
    pub const NONE: Self = Self { scale: 1.0, by: GuidedBy::WithoutClass, from: None };

    /// By the network without the class, in every step.
    pub fn classifier_free(scale: f32) -> Self {
        Self { scale, ..Self::NONE }
    }

    /// Whether there is any.
    pub fn is_some(&self) -> bool {
        self.scale != 1.0
    }

    /// Whether the step at this timestep is guided.
    pub fn guides(&self, t: usize) -> bool {
        self.is_some() && self.from.is_none_or(|from| t <= from)
    }
}

impl Default for Guidance {
    fn default() -> Self {
        Self::NONE
    }
}

/// What a run tells the network.
#[derive(Clone, Default)]
pub struct Conditions {
    /// One for each image of the batch.
    pub classes: Vec<Condition>,
    pub guidance: Guidance,
}

impl Conditions {
    /// No class and no guidance, for `count` images.
    pub fn none(count: usize) -> Self {
        Self { classes: vec![None; count], guidance: Guidance::NONE }
    }

    /// # Errors
    /// When there is not a condition for each of `count` images, a class that the network does not have, a
    /// scale that is no number, or guidance that this network cannot have.
    pub fn check(&self, config: &UNetConfig, count: usize) -> Result<(), EngineError> {
        let Self { classes, guidance } = self;
        let refuse = |cause: String| Err(EngineError::Conditions(cause));
        if classes.len() != count {
            return refuse(format!("{} conditions for {count} images: give one for each", classes.len()));
        }
        let known = config.classes.unwrap_or(0);
        if let Some(class) = classes.iter().flatten().find(|class| **class >= known) {
            return refuse(match known {
                0 => "the network has no classes: leave the class away".into(),
                _ => format!("there is no class {class}: give one from 0 to {}", known - 1),
            });
        }
        if !guidance.scale.is_finite() {
            return refuse(format!("guidance {}: give a number, 1 for none", guidance.scale));
        }
        match &guidance.by {
            GuidedBy::WithoutClass if known == 0 && guidance.is_some() => {
                refuse("the network has no classes, and so no guidance by them: leave it at 1".into())
            }
            GuidedBy::Weights(weights) if weights.config != *config => refuse(format!(
                "the guiding weights are of {}, these of {config}: both must be of the same sizes",
                weights.config
            )),
            _ => Ok(()),
        }
    }
}

/// Something that runs the UNet.
pub trait Engine {
    fn config(&self) -> &UNetConfig;

    /// The engine and the hardware under it, for people to read.
    fn describe(&self) -> String;

    /// Exchanges the network, for one of any sizes. Runs that are under way keep theirs.
    ///
    /// # Errors
    /// When the device failed; the network that was there stays.
    fn load<'a>(&'a mut self, parameters: &'a Parameters) -> Answer<'a, (), EngineError>;

    /// The network's outputs for images, each [C, H, W] beside its place.
    ///
    /// # Errors
    /// When there is not a place for each image, a place that the network does not have, or the device failed.
    fn predict<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError>;

    /// Begins, or goes on with, a walk.
    ///
    /// # Errors
    /// When the conditions do not fit, or the device has not the memory.
    fn begin<'a>(&'a mut self, walk: Walk, conditions: Conditions) -> Answer<'a, Box<dyn Run>, EngineError>;

    /// What can be measured of it; none where nothing can.
    fn measured(&mut self) -> Option<&mut dyn Measured> {
        None
    }
}

/// A walk under way on an engine.
pub trait Run {
    /// Where it stands: the last step that came back.
    fn walk(&self) -> &Walk;

    /// Takes the next `n` steps; fewer where fewer are left or can be recorded: the result says which.
    ///
    /// # Errors
    /// When the hardware failed. [`walk`](Self::walk) is at the last step that came back, for another engine.
    fn advance<'a>(&'a mut self, n: usize) -> Answer<'a, Recorded, EngineError>;
}

/// What benchmarks ask of an engine.
pub trait Measured {
    /// What it computes.
    fn graph(&self) -> &Graph;

    /// Launches on a GPU for each step of so many images, without guidance.
    fn dispatches(&self, images: usize) -> usize;

    /// Does nothing but independent multiply-adds, on all that the engine computes with, and returns
    /// how many: with a clock beside it, the limit of its speed. `amount` is 1 for some milliseconds or less.
    fn exercise(&mut self, amount: u32) -> Answer<'_, u64, EngineError>;
}

/// # Errors
/// When `x` is not an image of `config` for each place, or a place is outside the network's tables.
pub(crate) fn check_places(config: &UNetConfig, x: &[f32], places: &[Place]) -> Result<(), EngineError> {
    let refuse = |cause: String| Err(EngineError::Conditions(cause));
    if x.len() != places.len() * config.image.numbers() {
        return refuse(format!("{} numbers are not {} images of {}", x.len(), places.len(), config.image));
    }
    let last = crate::core::schedule::MAX_TIMESTEPS - 1;
    if let Some(place) = places.iter().find(|place| place.t > last) {
        return refuse(format!("t = {}: give a number from 0 to {last}", place.t));
    }
    let classes: Vec<Condition> = places.iter().map(|place| place.class).collect();
    Conditions { classes, guidance: Guidance::NONE }.check(config, places.len())
}

/// How far a GPU's output may be from the CPU's for it to be trusted. Rounding alone makes 1e-5; a
/// shader that did not compile leaves numbers of another size.
const AGREEMENT: f32 = 1e-3;

/// Has both engines look at one image.
///
/// # Errors
/// When they do not see the same, or one of them failed.
pub async fn agree(gpu: &mut dyn Engine, cpu: &mut dyn Engine) -> Result<(), EngineError> {
    let mut x = vec![0.0; cpu.config().image.numbers()];
    noise::gaussian(0, Use::Start, 0, 0, &mut x);
    let place = [Place::default()];
    let theirs = gpu.predict(&x, &place).await?;
    let ours = cpu.predict(&x, &place).await?;
    // Written so that NaN fails too.
    let close = theirs.iter().zip(&ours).all(|(theirs, ours)| (theirs - ours).abs() <= AGREEMENT);
    let cause = "it computes other numbers than the CPU".to_string();
    if close { Ok(()) } else { Err(EngineError::Run { device: gpu.describe(), cause }) }
}

/// Why an engine could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the network could not be run on {device}: {cause}")]
    Run { device: String, cause: String },
    #[error("{0}")]
    Conditions(String),
}
