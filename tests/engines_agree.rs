//! All engines over whole runs: at every one of the 200 steps within 1e-4 of the reference, Burn's own
//! forward on the CPU; with random and trained weights, every sampler, batches of 1, 3, 16 and 128.
//!
//! A run of everything takes hours on a software GPU. The default has each value of each dimension at
//! least once with each engine, and takes fewer steps where they are slow;
//! `DDPM_AGREE=all cargo test --test engines_agree` is the rest.

mod common;

use common::{cpu, difference, software_gpu_engine, trained, tutorials, unet_random};
use ddpm_web::core::samplers::spacing::Spacing;
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind, Step};
use ddpm_web::core::sampling::{Start, Walk};
use ddpm_web::core::schedule::{Schedule, ScheduleConfig};
use ddpm_web::engine::burn::BurnEngine;
use ddpm_web::engine::cpu::CpuEngine;
use ddpm_web::engine::{Conditions, Engine};
use ddpm_web::model::file::Weights;
use pollster::block_on;

/// Numbers of one image.
const NUMBERS: usize = 28 * 28;
const SEED: u64 = 11;
/// Images differ in what a rounding grows to in 200 steps: usually to 2e-6, in the page's own model's run to
/// 3e-5 where an image stands between two ways to go on, as much in PyTorch's f32 beside its f64.
const LIMIT: f32 = 1e-4;
/// Images that the reference makes: an image is the same in every batch, so the last ones will do.
const REFERENCE: usize = 3;
const SAMPLERS: [(SamplerKind, f64); 5] = [
    (SamplerKind::DDPM, 0.0),
    (SamplerKind::DDPM_POSTERIOR, 0.0),
    (SamplerKind::DDIM, 0.0),
    (SamplerKind::DDIM, 0.5),
    (SamplerKind::DPM_SOLVER_PP, 0.0),
];
const BATCHES: [usize; 4] = [1, 3, 16, 128];

/// Whose weights.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Model {
    Random,
    /// Trained by the tutorial's recipe
    Tutorial,
    /// The page's own, which predicts v along a cosine schedule
    Page,
}

const MODELS: [Model; 3] = [Model::Random, Model::Tutorial, Model::Page];

impl Model {
    fn weights(self) -> Weights {
        match self {
            Self::Random => {
                Weights { parameters: unet_random(), metadata: None, schedule: ScheduleConfig::default() }
            }
            Self::Tutorial => tutorials(),
            Self::Page => trained(),
        }
    }
}

/// A model, and a sampler and a batch by their places in the lists.
#[derive(Clone, Copy, Debug)]
struct Case {
    model: Model,
    sampler: usize,
    batch: usize,
    /// Reverse steps; all 200 for `None`.
    steps: Option<usize>,
}

impl Case {
    fn steps(&self, weights: &Weights) -> Vec<Step> {
        let (kind, eta) = SAMPLERS[self.sampler];
        let config = SamplerConfig { kind, steps: self.steps, spacing: Spacing::Even, eta };
        samplers::steps(&Schedule::new(weights.schedule).unwrap(), &config).unwrap()
    }

    /// The run of images `first` and on, after every step.
    fn walk(
        &self,
        weights: &Weights,
        engine: &mut dyn Engine,
        images: std::ops::Range<usize>,
    ) -> Vec<Vec<f32>> {
        let (first, count) = (images.start as u32, images.len());
        let walk = Walk::new(self.steps(weights), SEED, first, count, &Start::pure(NUMBERS));
        let mut run = block_on(engine.begin(walk, Conditions::none(count))).unwrap();
        let mut states = vec![];
        while run.walk().done() < run.walk().total() {
            states.push(block_on(run.advance(1)).unwrap().state.x);
        }
        states
    }

    /// Each of the engines beside the reference.
    fn check(&self, engines: impl IntoIterator<Item = Box<dyn Engine>>) {
        let weights = self.model.weights();
        let batch = BATCHES[self.batch];
        let last = batch.saturating_sub(REFERENCE)..batch;
        let mut reference = BurnEngine::new(&weights.parameters, cpu(), "the CPU".into());
        let expected = self.walk(&weights, &mut reference, last.clone());
        for mut engine in engines {
            let found = self.walk(&weights, &mut *engine, 0..batch);
            let apart = found
                .iter()
                .zip(&expected)
                .map(|(x, expected)| difference(&x[last.start * NUMBERS..], expected));
            let apart = apart.fold(0.0, f32::max);
            println!("{self:?}, {}: {apart}", engine.describe());
            assert_eq!(found.len(), self.steps.unwrap_or(200));
            assert!(apart < LIMIT, "{self:?}, {}: {apart}", engine.describe());
        }
    }
}

fn all() -> bool {
    std::env::var("DDPM_AGREE").is_ok_and(|value| value == "all")
}

/// Every combination, or a few in which each sampler and each batch meets each model.
fn cases(few: impl Iterator<Item = Case>) -> Vec<Case> {
    let every = (0..MODELS.len() * SAMPLERS.len() * BATCHES.len()).map(|n| Case {
        model: MODELS[n % MODELS.len()],
        sampler: n / MODELS.len() % SAMPLERS.len(),
        batch: n / MODELS.len() / SAMPLERS.len(),
        steps: None,
    });
    if all() { every.collect() } else { few.collect() }
}

#[test]
fn the_cpu_engine_with_all_its_vectors() {
    let few = (0..15).map(|n| {
        let batch = (n + n / 5) % 4;
        // Small batches take all 200 steps; the large ones' would take most of the time.
        let steps = (BATCHES[batch] >= 16).then_some(40);
        Case { model: MODELS[n / 5], sampler: n % 5, batch, steps }
    });
    for case in cases(few) {
        let mut engines = CpuEngine::all(&case.model.weights().parameters);
        if BATCHES[case.batch] == 128 && !all() {
            // The narrower vectors would take most of the time.
            engines.truncate(1);
        }
        case.check(engines.into_iter().map(|engine| Box::new(engine) as Box<dyn Engine>));
    }
}

#[test]
fn the_gpu_engine() {
    let case = |model, sampler, batch, steps| Case { model, sampler, batch, steps };
    let few = [
        case(Model::Page, 0, 0, None),
        case(Model::Random, 1, 0, None),
        case(Model::Tutorial, 2, 1, Some(20)),
        case(Model::Page, 3, 2, Some(4)),
        case(Model::Tutorial, 1, 3, Some(1)),
        case(Model::Page, 4, 1, Some(10)),
    ];
    for case in cases(few.into_iter()) {
        let engine: Box<dyn Engine> = Box::new(software_gpu_engine(&case.model.weights().parameters));
        case.check([engine]);
    }
}
