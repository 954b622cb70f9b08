use super::*;
use crate::core::copies::{Copies, Likeness};
use crate::core::image::Images;
use crate::core::image::{ImageSpec, unit_to_bytes};
use crate::core::prediction::Prediction;
use crate::core::samplers::{SamplerConfig, steps};
use crate::core::sampling::Walk;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};
use crate::engine::Conditions;
use crate::engine::cpu::CpuEngine;
use crate::train::cpu::CpuLearner;
use crate::train::recipe::{Decay, Weighting};
use pollster::block_on;

const SPEC: ImageSpec = ImageSpec { side: 12, channels: 1 };

/// Rectangles, each at a place and of a size of its own, dark or bright.
fn pictures(count: usize) -> Images {
    let pixel = |n: usize, i: usize| {
        let (x, y) = (i % 12, i / 12);
        let inside = (n % 5..n % 5 + 3 + n % 4).contains(&x) && (n % 3..n % 3 + 4 + n % 5).contains(&y);
        if inside == n.is_multiple_of(2) { 250 } else { 10 }
    };
    Images { spec: SPEC, bytes: (0..count).flat_map(|n| (0..144).map(move |i| pixel(n, i))).collect() }
}

fn set(count: usize) -> TrainingSet {
    TrainingSet { images: pictures(count), labels: Some((0..count).map(|i| (i % 2) as u8).collect()) }
}

fn recipe(classes: Option<usize>) -> TrainConfig {
    let network = UNetConfig { image: SPEC, widths: [4, 6, 8], classes };
    TrainConfig { network, epochs: 3, batch_size: 8, seed: 5, ..TrainConfig::default() }
}

fn begin(config: &TrainConfig, set: &TrainingSet) -> Checkpoint {
    start(config.clone(), DataInfo::new("rectangles".into(), vec![], &set.images, set.labels.as_deref()))
}

fn trainer(from: Checkpoint, set: &TrainingSet) -> Trainer {
    let learner = |network: &UNetConfig, state| Box::new(CpuLearner::new(network, state)) as Box<dyn Learner>;
    Trainer::new(from, set.clone(), learner, "CPU".into(), Box::new(|| 0.0)).unwrap()
}

fn train(trainer: &mut Trainer, steps: usize) -> Checkpoint {
    for _ in 0..steps {
        block_on(trainer.step()).unwrap();
    }
    block_on(trainer.checkpoint()).unwrap()
}

#[test]
fn a_step_in_parts_is_the_step_of_a_large_batch() {
    let set = set(20);
    let whole = TrainConfig { mirror: true, shift: 1, ..recipe(Some(2)) };
    let parts = TrainConfig { batch_size: 3, accumulate: 3, ..whole.clone() };
    let [whole, parts] = [TrainConfig { batch_size: 9, ..whole }, parts]
        .map(|config| train(&mut trainer(begin(&config, &set), &set), 5));
    // An epoch of 9, 9 and 2 images either way.
    assert_eq!((whole.progress.epochs.len(), whole.progress.batch), (1, 2));
    assert_eq!((parts.progress.epochs.len(), parts.progress.batch), (1, 2));
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{a} and {b}");
    close(whole.progress.epochs[0].loss, parts.progress.epochs[0].loss);
    close(whole.progress.loss_sum / 18.0, parts.progress.loss_sum / 18.0);
    let far =
        whole.adam.weights.iter().zip(&parts.adam.weights).filter(|(a, b)| (*a - *b).abs() > 1e-4).count();
    assert!(far < whole.adam.weights.len() / 100, "{far} weights differ");
    assert_ne!(whole.adam.weights, begin(&whole.config, &set).adam.weights);
}

#[test]
fn a_resumed_run_is_the_unbroken_one_whatever_its_recipe() {
    let set = set(20);
    let config = TrainConfig {
        accumulate: 2,
        warmup: 4,
        clip: Some(0.05),
        decay: Decay::Cosine,
        mirror: true,
        shift: 2,
        ..recipe(Some(2))
    };
    let unbroken = train(&mut trainer(begin(&config, &set), &set), 6);
    for broken_after in [1, 3, 5] {
        let before = train(&mut trainer(begin(&config, &set), &set), broken_after);
        let read = Checkpoint::parse(&before.to_bytes().unwrap()).unwrap();
        assert_eq!(read, before);
        assert_eq!(train(&mut trainer(read, &set), 6 - broken_after), unbroken);
    }
    // Every one of them makes another run.
    let other = |change: fn(&mut TrainConfig)| {
        let mut config = config.clone();
        change(&mut config);
        train(&mut trainer(begin(&config, &set), &set), 2).adam.weights
    };
    let own = other(|_| ());
    assert_ne!(own, other(|config| config.accumulate = 1));
    assert_ne!(own, other(|config| config.warmup = 0));
    assert_ne!(own, other(|config| config.clip = None));
    assert_ne!(own, other(|config| config.shift = 0));
}

#[test]
fn the_newest_epoch_keeps_the_loss_on_test_images() {
    let set = set(20);
    let mut trainer = trainer(begin(&recipe(None), &set), &set);
    train(&mut trainer, 3);
    let test = TestSet::new(&pictures(25).select(20..25), None).unwrap();
    let seen = std::cell::Cell::new(0.0);
    block_on(trainer.test(&test, |weights| {
        seen.set(weights.flat[0]);
        Box::new(CpuEngine::new(weights))
    }))
    .unwrap();
    let checkpoint = block_on(trainer.checkpoint()).unwrap();
    assert_eq!(seen.get(), checkpoint.adam.ema[0], "the average is tested");
    let loss = checkpoint.progress.epochs[0].test_loss.unwrap();
    assert!((0.1..3.0).contains(&loss), "{loss}");
    let line = serde_json::to_value(&checkpoint.progress.epochs[0]).unwrap();
    assert_eq!(line["test_loss"], loss);
    assert_eq!(Checkpoint::parse(&checkpoint.to_bytes().unwrap()).unwrap(), checkpoint);
}

/// How many of 8 samples are copies after so many steps of training on these pictures.
fn copies(images: Images, taken: usize) -> Copies {
    let schedule =
        ScheduleConfig { prediction: Prediction::V, ..ScheduleConfig::new(ScheduleKind::Cosine, 50) };
    let config = TrainConfig {
        network: UNetConfig { image: SPEC, widths: [8, 12, 16], classes: None },
        batch_size: 16,
        epochs: taken.div_ceil(images.len().div_ceil(16)),
        learning_rate: 8e-3,
        decay: Decay::Cosine,
        weighting: Weighting::MinSnr,
        schedule,
        ..recipe(None)
    };
    let set = TrainingSet { images, labels: None };
    let weights = train(&mut trainer(begin(&config, &set), &set), taken).weights(false);
    let steps = steps(&Schedule::new(schedule).unwrap(), &SamplerConfig::default()).unwrap();
    let walk = Walk::new(steps, 0, 0, 8, &weights.start(None).unwrap());
    let mut engine = CpuEngine::new(&weights.parameters);
    let mut run = block_on(engine.begin(walk, Conditions::none(8))).unwrap();
    while run.walk().done() < run.walk().total() {
        block_on(run.advance(10)).unwrap();
    }
    let samples = unit_to_bytes(run.walk().x());
    let likeness = |sample| Likeness::of(sample, &set.images, config.moves()).unwrap();
    Copies::among(&samples.chunks_exact(144).map(likeness).collect::<Vec<_>>())
}

#[test]
fn a_model_of_two_pictures_memorises_them_and_one_of_many_does_not() {
    let two = pictures(60).select((0..16).map(|i| [3, 50][i % 2]));
    let memorised = copies(two.clone(), 1200);
    assert!(memorised.has_memorised(), "{memorised}");
    for (images, steps) in [(two, 5), (pictures(60), 200)] {
        let other = copies(images, steps);
        assert!(!other.has_memorised(), "{other}");
    }
}
