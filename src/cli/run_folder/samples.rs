//! Samples of a run's weights.

use crate::cli::progress;
use crate::cli::stop::Stop;
use crate::core::copies::{Copies, Likeness};
use crate::core::image::{self, Images};
use crate::core::moves::Moves;
use crate::core::samplers::{self, SamplerConfig};
use crate::core::sampling::Walk;
use crate::core::schedule::Schedule;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Conditions, Engine, Guidance};
use crate::model::file::{Distilled, Weights};
use anyhow::Result;

/// Steps of the walk that are taken together.
const STRETCH: usize = 8;

/// The walks that are shown of these weights, each with what its figure's title says of it: of a distilled model all
/// that it was taught.
pub fn walks(weights: &Weights) -> Vec<(String, SamplerConfig)> {
    let Some(distilled) = weights.distilled() else { return vec![(String::new(), weights.sampler())] };
    let title = |steps| match steps {
        1 => " : 1 step".into(),
        _ => format!(" : {steps} steps"),
    };
    distilled.steps.iter().map(|steps| (title(*steps), Distilled::sampler(*steps))).collect()
}

/// Samples in [-1, 1], [N, C, H, W], always from the same noise; where the network knows classes, one class after the other.
/// None if it was asked to stop first.
pub fn samples(
    weights: &Weights,
    sampler: &SamplerConfig,
    count: usize,
    stop: &Stop,
) -> Result<Option<Vec<f32>>> {
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, sampler)?;
    let config = weights.config();
    let classes = (0..count).map(|image| config.classes.map(|classes| image % classes)).collect();
    let walk = Walk::new(steps, 0, 0, count, &weights.start(None)?);
    let mut engine = CpuEngine::new(&weights.parameters);
    let bar = progress::steps_bar("Sampling", walk.total());
    let conditions = Conditions { classes, guidance: Guidance::NONE };
    let mut run = pollster::block_on(engine.begin(walk, conditions))?;
    while run.walk().done() < run.walk().total() {
        if stop.is_requested() {
            bar.finish_and_clear();
            return Ok(None);
        }
        let recorded = pollster::block_on(run.advance(STRETCH))?;
        bar.inc(recorded.steps.len() as u64);
    }
    bar.finish_and_clear();
    Ok(Some(run.walk().x().to_vec()))
}

/// How many samples are copies of training images, which training moved so.
pub fn copies(x: &[f32], training: &Images, moves: Moves) -> Copies {
    let bytes = image::unit_to_bytes(x);
    let samples = bytes.chunks_exact(training.spec.numbers());
    let found: Vec<_> = samples.filter_map(|sample| Likeness::of(sample, training, moves)).collect();
    Copies::among(&found)
}
