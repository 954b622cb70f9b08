//! The teacher: walks whose states a student learns.

use super::distillation;
use crate::core::noise::{self, Use};
use crate::core::samplers::Step;
use crate::core::sampling::{Start, Walk};
use crate::core::schedule::Schedule;
use crate::engine::{Condition, Conditions, Engine, EngineError, Guidance};
use crate::train::TrainError;
use crate::train::batch::CLASS_DROP;
use crate::train::distillation::Distillation;
use crate::train::recipe::TrainConfig;
use half::f16;
use rand_chacha::rand_core::Rng;

/// Paths on their way at once: some megabytes, and no engine gains from more.
const BATCH: usize = 256;
/// Added to a run's seed. Seeds that people give end far below, so that nobody samples from a path's noise by chance,
/// and finds a student better than it is.
const BEYOND_SEEDS: u64 = 1 << 60;

/// The class of a path, as the seed has it: each as often as the others, and for one path in ten none.
pub(super) fn class(config: &TrainConfig, path: usize) -> Condition {
    let mut rng = noise::stream(config.seed, Use::PathClass, path as u32, 0);
    let classes = config.network.classes?;
    let dropped = f64::from(rng.next_u32()) < CLASS_DROP * 2f64.powi(32);
    (!dropped).then(|| noise::below(&mut rng, classes))
}

/// The making of the paths of one of the student's walks, some hundred at a time: a function of the seed.
pub struct Teaching<'a> {
    config: &'a TrainConfig,
    told: &'a Distillation,
    start: &'a Start,
    /// The teacher's steps.
    steps: Vec<Step>,
    /// After how many of them the path is at the walk's next timestep, or at the image.
    kept: Vec<usize>,
    /// The number of the first path, over all walks.
    first: usize,
    total: usize,
    done: usize,
    states: Vec<u8>,
}

impl<'a> Teaching<'a> {
    /// The paths of the walk with index `walk` in the recipe's list; `start` is where the teacher's walks start.
    ///
    /// # Errors
    /// When the recipe is no distillation, or makes no sense.
    pub fn new(config: &'a TrainConfig, walk: usize, start: &'a Start) -> Result<Self, TrainError> {
        let (told, schedule) = (distillation(config)?, Schedule::new(config.schedule)?);
        let count = told.steps[walk];
        let steps = told.path(&schedule, count)?;
        let visited = Distillation::walk(&schedule, count)?;
        let kept = (0..steps.len()).filter(|i| *i > 0 && visited.iter().any(|step| step.t == steps[*i].t));
        let kept = kept.chain([steps.len()]).collect();
        let (first, total) = (told.first_path(walk), told.paths_of(count));
        Ok(Self { config, told, start, steps, kept, first, total, done: 0, states: vec![] })
    }

    /// Paths that are made, and paths in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.total)
    }

    /// Makes some more paths, with an engine that holds the teacher.
    ///
    /// # Errors
    /// When the engine failed, or the teacher's numbers are none.
    pub async fn advance(&mut self, engine: &mut dyn Engine) -> Result<(), TrainError> {
        let Self { config, steps, first, total, done, .. } = self;
        // 1. The next paths start.
        let some = BATCH.min(*total - *done);
        let number = *first + *done;
        let classes: Vec<Condition> = (number..number + some).map(|path| class(config, path)).collect();
        let guidance =
            Guidance { from: self.told.guidance_from, ..Guidance::classifier_free(self.told.guidance) };
        let seed = config.seed.wrapping_add(BEYOND_SEEDS);
        let walk = Walk::new(steps.clone(), seed, number as u32, some, self.start);
        let mut run = engine.begin(walk, Conditions { classes, guidance }).await.map_err(failed)?;
        // 2. They walk, and each is kept where the student's walk visits it.
        let mut kept = vec![run.walk().x().to_vec()];
        for &at in &self.kept {
            while run.walk().done() < at {
                let left = at - run.walk().done();
                run.advance(left).await.map_err(failed)?;
            }
            kept.push(run.walk().x().to_vec());
        }
        // 3. Path after path.
        let numbers = run.walk().image_len();
        for image in 0..some {
            for x in &kept {
                let state = x[image * numbers..][..numbers].iter().map(|x| f16::from_f32(*x));
                for number in state {
                    if !number.is_finite() {
                        return Err(TrainError::Data(
                            "the teacher's images hold numbers that are none: distill an earlier epoch's weights".into(),
                        ));
                    }
                    self.states.extend(number.to_le_bytes());
                }
            }
        }
        self.done += some;
        Ok(())
    }

    /// The states of all paths, for [`Paths::new`](super::paths::Paths::new).
    pub fn states(self) -> Vec<u8> {
        self.states
    }
}

fn failed(error: EngineError) -> TrainError {
    TrainError::Device(error.to_string())
}
