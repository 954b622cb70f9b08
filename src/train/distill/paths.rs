//! A teacher's paths, and the examples that a student learns from them.

use super::distillation;
use crate::core::samplers::Step;
use crate::core::schedule::Schedule;
use crate::engine::{Condition, Place};
use crate::train::TrainError;
use crate::train::distillation::Distillation;
use crate::train::learner::Examples;
use crate::train::recipe::TrainConfig;
use half::f16;
use std::ops::Range;

/// Bytes of a number of a state.
const F16: usize = 2;

/// The paths of all walks that a student learns.
#[derive(Clone, Debug)]
pub struct Paths {
    walks: Vec<Walked>,
    /// Numbers of one image.
    numbers: usize,
}

/// The paths of one walk.
#[derive(Clone, Debug)]
struct Walked {
    /// The student's steps.
    steps: Vec<Step>,
    /// One for each path.
    classes: Vec<Condition>,
    /// Path after path, each the states x_t before the walk's first step, its second, ..., and the image, as
    /// little-endian f16.
    states: Vec<u8>,
}

/// Bytes of the states of a walk with index `walk`.
///
/// # Errors
/// When the recipe is no distillation.
pub fn states_len(config: &TrainConfig, walk: usize) -> Result<usize, TrainError> {
    let told = distillation(config)?;
    let count = told.steps[walk];
    Ok(told.paths_of(count) * (count + 1) * config.network.image.numbers() * F16)
}

impl Paths {
    /// Of the states of each walk, as [`Teaching`](super::teacher::Teaching) makes them.
    ///
    /// # Errors
    /// When they are not as many as the recipe says.
    pub fn new(config: &TrainConfig, states: Vec<Vec<u8>>) -> Result<Self, TrainError> {
        let (told, schedule) = (distillation(config)?, Schedule::new(config.schedule)?);
        if states.len() != told.steps.len() {
            return Err(TrainError::Data(format!(
                "paths of {} walks for {}",
                states.len(),
                told.steps.len()
            )));
        }
        let walked = |(walk, states): (usize, Vec<u8>)| {
            let expected = states_len(config, walk)?;
            if states.len() != expected {
                let found = states.len();
                return Err(TrainError::Data(format!("{found} bytes of paths where {expected} are needed")));
            }
            let count = told.steps[walk];
            let first = told.first_path(walk);
            let class = |path| super::teacher::class(config, first + path);
            let classes = (0..told.paths_of(count)).map(class).collect();
            Ok(Walked { steps: Distillation::walk(&schedule, count)?, classes, states })
        };
        let walks = states.into_iter().enumerate().map(walked).collect::<Result<_, _>>()?;
        Ok(Self { walks, numbers: config.network.image.numbers() })
    }

    /// Examples in all: every step of every path.
    pub fn examples(&self) -> usize {
        self.walks.iter().map(Walked::examples).sum()
    }

    /// Numbers of one image.
    pub(in crate::train) fn numbers(&self) -> usize {
        self.numbers
    }

    /// The examples of some places in a training step that learns from `chosen`.
    pub(in crate::train) fn batch(&self, chosen: &[usize], part: Range<usize>) -> Examples {
        let mut batch = Examples {
            x_0: Vec::with_capacity(part.len() * self.numbers),
            eps: Vec::with_capacity(part.len() * self.numbers),
            places: vec![],
            importance: vec![],
            whole: chosen.len(),
        };
        for &example in &chosen[part] {
            let (walked, example) = self.find(example);
            let (path, k) = (example / walked.steps.len(), example % walked.steps.len());
            let state = |k| walked.state(path * (walked.steps.len() + 1) + k, self.numbers);
            let step = &walked.steps[k];
            for (x_t, x_s) in state(k).zip(state(k + 1)) {
                let (x_0, eps) = landing(step, x_t, x_s);
                batch.x_0.push(x_0);
                batch.eps.push(eps);
            }
            batch.places.push(Place { t: step.t, class: walked.classes[path] });
            batch.importance.push(importance(step));
        }
        batch
    }

    /// The walk of an example, and the example's number there.
    fn find(&self, mut example: usize) -> (&Walked, usize) {
        for walked in &self.walks {
            match example.checked_sub(walked.examples()) {
                None => return (walked, example),
                Some(beyond) => example = beyond,
            }
        }
        panic!("an example beyond the last")
    }
}

impl Walked {
    fn examples(&self) -> usize {
        self.classes.len() * self.steps.len()
    }

    fn state(&self, state: usize, numbers: usize) -> impl Iterator<Item = f32> {
        let bytes = &self.states[state * numbers * F16..][..numbers * F16];
        bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32())
    }
}

/// The x_0 and eps from which x_t follows as it is, and for which a network that predicts them exactly lands on x_s
/// by the step. With alpha^2 = alpha_bar and sigma^2 = 1 - alpha_bar, DDIM's step is
/// x_s = alpha_s x_0 + sigma_s eps, so that x_0 = (x_s - sigma_s / sigma_t x_t) / (alpha_s - alpha_t sigma_s / sigma_t).
/// In terms of the step's factors: its network's output is the one that makes the sum x_s.
pub(super) fn landing(step: &Step, x_t: f32, x_s: f32) -> (f32, f32) {
    let [x, net, x0_x, x0_net, eps_x, eps_net] =
        [step.x, step.net, step.x0_x, step.x0_net, step.eps_x, step.eps_net].map(f64::from);
    let (x_t, x_s) = (f64::from(x_t), f64::from(x_s));
    let output = (x_s - x * x_t) / net;
    ((x0_x * x_t + x0_net * output) as f32, (eps_x * x_t + eps_net * output) as f32)
}

/// What makes a squared error of the network's output the squared error of the state that the step lands on.
pub(super) fn importance(step: &Step) -> f32 {
    step.net * step.net
}
