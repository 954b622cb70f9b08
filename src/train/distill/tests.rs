use super::paths::{Paths, importance, landing, states_len};
use super::teacher::{Teaching, class};
use super::*;
use crate::core::image::{ImageSpec, Images};
use crate::core::moves::Moves;
use crate::core::prediction::Prediction;
use crate::core::samplers::{self, SamplerConfig, SamplerKind, Step};
use crate::core::sampling::Start;
use crate::core::schedule::{Schedule, ScheduleConfig, ScheduleKind};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Place};
use crate::model::file::{Distilled, Precision, Weights};
use crate::model::{Parameters, UNetConfig};
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::cpu::CpuLearner;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use crate::train::recipe::TrainConfig;
use crate::train::set::TrainingSet;
use crate::train::source::Source;
use crate::train::trainer::{Trainer, start_from};
use half::f16;
use pollster::block_on;

const SPEC: ImageSpec = ImageSpec { side: 12, channels: 1 };
const NUMBERS: usize = 144;

fn schedule_config(prediction: Prediction) -> ScheduleConfig {
    ScheduleConfig { prediction, ..ScheduleConfig::new(ScheduleKind::Cosine, 200) }
}

fn distillation() -> Distillation {
    Distillation {
        steps: vec![1, 2, 4],
        guidance: 1.5,
        guidance_from: Some(150),
        teacher: "no file's".into(),
        teacher_steps: 8,
        paths: 24,
        moves: Moves { mirror: true, shift: 1 },
    }
}

/// A recipe for a tiny network with two classes.
fn recipe() -> TrainConfig {
    let network = UNetConfig { image: SPEC, widths: [2, 3, 4], classes: Some(2) };
    let usual = TrainConfig::distilled(network, schedule_config(Prediction::V), distillation());
    TrainConfig { epochs: 8, batch_size: 8, warmup: 3, learning_rate: 3e-3, seed: 7, ..usual }
}

/// The student's walk of `count` steps.
fn walk(config: ScheduleConfig, count: usize) -> Vec<Step> {
    Distillation::walk(&Schedule::new(config).unwrap(), count).unwrap()
}

/// A teacher whose outputs depend on its input, as those of a network just made hardly do.
fn teacher(config: &TrainConfig) -> Parameters {
    let mut parameters = Parameters::init(&config.network, 3);
    parameters.flat.iter_mut().for_each(|weight| *weight *= 1.5);
    parameters
}

/// What the teacher makes of one walk, all its paths.
fn states(config: &TrainConfig, walk: usize) -> Vec<u8> {
    let start = Start::pure(NUMBERS);
    let mut teaching = Teaching::new(config, walk, &start).unwrap();
    let mut engine = CpuEngine::new(&teacher(config));
    while teaching.progress().0 < teaching.progress().1 {
        block_on(teaching.advance(&mut engine)).unwrap();
    }
    teaching.states()
}

fn paths(config: &TrainConfig) -> Paths {
    let walks = config.distill.as_ref().unwrap().steps.len();
    Paths::new(config, (0..walks).map(|walk| states(config, walk)).collect()).unwrap()
}

#[test]
fn a_perfect_student_lands_on_the_teachers_next_state() {
    for prediction in [Prediction::Eps, Prediction::V] {
        let schedule = Schedule::new(schedule_config(prediction)).unwrap();
        for step in [1, 2, 4].into_iter().flat_map(|count| walk(schedule.config, count)) {
            let (signal, noise) = schedule.q_sample(Some(step.t));
            let (signal_s, noise_s) = schedule.q_sample(step.t_prev);
            let gain = signal_s - signal * noise_s / noise;
            for (x_t, x_s) in [(0.7f32, -0.2f32), (-2.5, 0.9), (0.0, 1.0)] {
                let (x_0, eps) = landing(&step, x_t, x_s);
                // 1. x_0 is DDIM's step solved for it, and x_t follows from x_0 and eps.
                let expected = (f64::from(x_s) - noise_s / noise * f64::from(x_t)) / gain;
                let near = |found: f64, wanted: f64| (found - wanted).abs() < 1e-4 * (1.0 + wanted.abs());
                assert!(near(x_0.into(), expected), "{prediction:?} at {}: {x_0}, {expected}", step.t);
                assert!(near(signal * f64::from(x_0) + noise * f64::from(eps), x_t.into()));
                // 2. The network that predicts what the learner asks for lands on x_s, in the last step too.
                let target = schedule.target_of(step.t, &[x_0], &[eps]);
                let (mut x, mut memory) = ([x_t], [0.0]);
                step.apply(&mut x, &target, &[0.0], &mut memory);
                assert!(near(x[0].into(), x_s.into()), "{prediction:?} at {}: {} for {x_s}", step.t, x[0]);
            }
            // 3. An error of the output is one of x_0, by v's or eps's definition, and that one of the landing.
            let of_x_0 = match prediction {
                Prediction::Eps => noise / signal,
                Prediction::V => noise,
            };
            let expected = (gain * of_x_0).powi(2);
            assert!((f64::from(importance(&step)) / expected - 1.0).abs() < 1e-3, "at {}", step.t);
        }
    }
}

#[test]
fn paths_are_the_teachers_walks_at_the_students_timesteps() {
    let config = TrainConfig { distill: Some(Distillation { paths: 600, ..distillation() }), ..recipe() };
    let told = config.distill.as_ref().unwrap();
    let schedule = Schedule::new(config.schedule).unwrap();
    // The second walk, of two steps: 300 paths, more than a batch.
    let bytes = states(&config, 1);
    assert_eq!(bytes.len(), states_len(&config, 1).unwrap());
    let steps = samplers::steps_through(&schedule, SamplerKind::DPM_SOLVER_PP, &[198, 98], 8).unwrap();
    let mut engine = CpuEngine::new(&teacher(&config));
    for path in [0, 299] {
        let number = 600 + path;
        let start = Start::pure(NUMBERS);
        let walk = crate::core::sampling::Walk::new(steps.clone(), 7 + (1 << 60), number as u32, 1, &start);
        let conditions = crate::engine::Conditions {
            classes: vec![class(&config, number)],
            guidance: crate::engine::Guidance {
                from: told.guidance_from,
                ..crate::engine::Guidance::classifier_free(told.guidance)
            },
        };
        let mut run = block_on(engine.begin(walk, conditions)).unwrap();
        let mut expected = run.walk().x().to_vec();
        for _ in 0..2 {
            block_on(run.advance(4)).unwrap();
            expected.extend(run.walk().x());
        }
        let found = &bytes[path * 3 * NUMBERS * 2..][..3 * NUMBERS * 2];
        let expected: Vec<u8> = expected.iter().flat_map(|x| f16::from_f32(*x).to_le_bytes()).collect();
        assert!(found == expected, "path {path}");
    }
    let classes: Vec<_> = (0..2000).map(|path| class(&config, path)).collect();
    let share = |wanted| classes.iter().filter(|class| **class == wanted).count();
    assert!((150..250).contains(&share(None)), "{} without class", share(None));
    assert!((800..1000).contains(&share(Some(0))) && (800..1000).contains(&share(Some(1))));
}

#[test]
fn an_epoch_sees_every_step_of_every_path_once() {
    let config = recipe();
    let paths = paths(&config);
    assert_eq!(paths.examples(), 3 * 24);
    let chosen: Vec<usize> = (0..72).rev().collect();
    let whole = paths.batch(&chosen, 0..72);
    let mut seen = std::collections::BTreeMap::<usize, usize>::new();
    whole.places.iter().for_each(|place| *seen.entry(place.t).or_default() += 1);
    let expected = [(199, 24), (198, 12), (98, 12), (196, 6), (146, 6), (96, 6), (46, 6)];
    assert_eq!(seen, expected.into_iter().collect());
    // A part of the step is what the whole step has there.
    let part = paths.batch(&chosen, 30..40);
    assert_eq!((part.x_0.len(), part.whole), (10 * NUMBERS, 72));
    assert!(part.x_0 == whole.x_0[30 * NUMBERS..40 * NUMBERS] && part.places == whole.places[30..40]);
}

fn begin(config: &TrainConfig) -> Checkpoint {
    let images = Images { spec: SPEC, bytes: vec![0; NUMBERS] };
    let data = DataInfo::new("rectangles".into(), vec!["a".into(), "b".into()], &images, None);
    start_from(config.clone(), data, teacher(config))
}

fn trainer(from: Checkpoint, source: impl Into<Source>) -> Result<Trainer, TrainError> {
    let learner = |network: &UNetConfig, state| Box::new(CpuLearner::new(network, state)) as Box<dyn Learner>;
    Trainer::new(from, source, learner, "CPU".into(), Box::new(|| 0.0))
}

fn train(from: Checkpoint, paths: &Paths, steps: usize) -> Checkpoint {
    let mut trainer = trainer(from, paths.clone()).unwrap();
    for _ in 0..steps {
        block_on(trainer.step()).unwrap();
    }
    block_on(trainer.checkpoint()).unwrap()
}

#[test]
fn a_student_comes_closer_to_its_teacher_and_a_resumed_run_is_the_unbroken_one() {
    let config = recipe();
    let paths = paths(&config);
    let steps = 8 * 9;
    let whole = train(begin(&config), &paths, steps);
    let losses: Vec<f64> = whole.progress.epochs.iter().map(|epoch| epoch.loss).collect();
    assert_eq!(losses.len(), 8);
    assert!(losses[7] < 0.9 * losses[0] && losses.windows(2).all(|pair| pair[1] < pair[0]), "{losses:?}");
    for broken_after in [4, 40] {
        let before = train(begin(&config), &paths, broken_after);
        let read = Checkpoint::parse(&before.to_bytes().unwrap()).unwrap();
        assert_eq!(read, before);
        assert!(train(read, &paths, steps - broken_after) == whole, "broken after {broken_after} steps");
    }
    // What the file says of it, and which walk it takes by itself.
    let weights = Weights::parse(&whole.weights(false).to_bytes(Precision::F16).unwrap()).unwrap();
    let distilled = weights.distilled().unwrap();
    assert_eq!(*distilled, distillation().told());
    assert_eq!(distilled.to_string(), "walks of 1, 2 and 4 steps with guidance 1.5 built in from t = 150 on");
    assert_eq!(weights.metadata.as_ref().unwrap().moves, Moves { mirror: true, shift: 1 });
    let taught = |kind, steps, spacing| {
        distilled.was_taught(&SamplerConfig { kind, steps: Some(steps), spacing, eta: 0.0 })
    };
    use crate::core::samplers::spacing::Spacing;
    assert_eq!(weights.sampler(), Distilled::sampler(4));
    assert!(
        taught(SamplerKind::DDIM, 2, Spacing::Distilled) && !taught(SamplerKind::DDIM, 3, Spacing::Distilled)
    );
    assert!(
        !taught(SamplerKind::DDPM, 4, Spacing::Distilled) && !taught(SamplerKind::DDIM, 4, Spacing::Even)
    );
}

#[test]
fn the_loss_is_the_squared_error_of_the_landing() {
    let config = recipe();
    let paths = paths(&config);
    let student = teacher(&config);
    let mut learner = CpuLearner::new(&config.network, AdamState::new(student.flat.clone()));
    let schedule = Schedule::new(config.schedule).unwrap();
    // One example of each walk: the last one of each.
    let chosen = [23, 47, 71];
    block_on(learner.accumulate(&schedule, &paths.batch(&chosen, 0..3))).unwrap();
    let loss = block_on(learner.loss()).unwrap().unwrap();
    let mut engine = CpuEngine::new(&student);
    let mut sum = 0.0;
    for (walked, (count, path)) in [(1, 23), (2, 11), (4, 5)].into_iter().enumerate() {
        let bytes = states(&config, walked);
        let state = |k: usize| -> Vec<f32> {
            let first = (path * (count + 1) + k) * NUMBERS * 2;
            let bytes = bytes[first..][..NUMBERS * 2].as_chunks().0;
            bytes.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
        };
        let step = walk(config.schedule, count)[count - 1];
        let number = [0, 24, 36][walked] + path;
        let place = Place { t: step.t, class: class(&config, number) };
        let (mut x, landed) = (state(count - 1), state(count));
        let output = block_on(engine.predict(&x, &[place])).unwrap();
        step.apply(&mut x, &output, &[0.0; NUMBERS], &mut [0.0; NUMBERS]);
        sum += x.iter().zip(&landed).map(|(x, landed)| f64::from(x - landed).powi(2)).sum::<f64>();
    }
    let expected = sum / (3 * NUMBERS) as f64;
    assert!((loss / expected - 1.0).abs() < 1e-3, "{loss} for {expected}");
}

#[test]
fn a_run_takes_no_other_source_than_its_own() {
    let config = recipe();
    let images =
        TrainingSet { images: Images { spec: SPEC, bytes: vec![0; NUMBERS] }, labels: Some(vec![0]) };
    let refused = |from, source: Source| trainer(from, source).err().unwrap().to_string();
    assert!(refused(begin(&config), images.into()).contains("ddpm distill --resume"));
    let plain = TrainConfig { distill: None, ..config.clone() };
    assert!(refused(begin(&plain), paths(&config).into()).contains("ddpm train --resume"));
    assert!(Paths::new(&config, vec![vec![]; 3]).unwrap_err().to_string().contains("0 bytes"));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_remedy() {
    let told = |change: fn(&mut Distillation)| {
        let mut distill = distillation();
        change(&mut distill);
        TrainConfig { distill: Some(distill), ..recipe() }.check().unwrap_err().to_string()
    };
    for (said, remedy) in [
        (told(|distill| distill.steps = vec![]), "--steps 1,2,4"),
        (told(|distill| distill.steps = vec![0]), "--steps"),
        (told(|distill| distill.steps = vec![15]), "at most 14"),
        (told(|distill| distill.steps = vec![2, 2]), "leave one of them out"),
        (told(|distill| distill.teacher_steps = 3), "--teacher-steps 3"),
        (told(|distill| distill.paths = 3), "--paths 4"),
        (told(|distill| distill.guidance = -1.0), "--guidance"),
    ] {
        assert!(said.contains(remedy), "{said}");
    }
    let network = UNetConfig { classes: None, ..recipe().network };
    let said = TrainConfig { network, ..recipe() }.check().unwrap_err().to_string();
    assert!(said.contains("without classes"), "{said}");
}
