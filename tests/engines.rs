//! The fast CPU engine, with every kind of vectors this machine has, against PyTorch's numbers and
//! against the reference engine.

mod common;

use common::{General, Golden, at, cpu, difference, trained, unet_random};
use ddpm_web::core::noise::{Use, gaussian_batch};
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind};
use ddpm_web::core::sampling::{Start, Walk};
use ddpm_web::core::schedule::{Schedule, ScheduleConfig};
use ddpm_web::engine::burn::BurnEngine;
use ddpm_web::engine::cpu::CpuEngine;
use ddpm_web::engine::{Conditions, Engine, EngineError, Guidance, GuidedBy, Place};
use ddpm_web::model::Parameters;
use pollster::block_on;
use std::rc::Rc;

/// Numbers of one of the tutorial's images.
const NUMBERS: usize = 28 * 28;

fn noise(images: usize) -> Vec<f32> {
    let mut x = vec![0.0; images * NUMBERS];
    gaussian_batch(3, Use::Start, 0, 0, NUMBERS, &mut x);
    x
}

fn eps(engine: &mut CpuEngine, x: &[f32], t: usize) -> Vec<f32> {
    let mut eps = vec![f32::NAN; x.len()];
    engine.outputs(x, t, None, &mut eps);
    eps
}

#[test]
fn the_forward_is_pytorchs() {
    let golden = Golden::open("forward_random");
    let [x, expected] = ["x", "eps"].map(|name| golden.get(name));
    for mut engine in CpuEngine::all(&unet_random()) {
        for ((t, x), expected) in
            golden.integers("t").into_iter().zip(x.chunks(NUMBERS)).zip(expected.chunks(NUMBERS))
        {
            let difference = difference(&eps(&mut engine, x, t), expected);
            assert!(difference < 1e-6, "{} at {t}: {difference}", engine.describe());
        }
    }
}

#[test]
fn the_reverse_process_is_pytorchs() {
    let golden = Golden::open("reverse");
    let [x_start, z, expected] = ["x_T", "z", "x_beta"].map(|name| golden.get(name));
    let z: Vec<&[f32]> = z.chunks(x_start.len()).collect();
    let steps =
        samplers::steps(&Schedule::new(ScheduleConfig::default()).unwrap(), &SamplerConfig::default());
    let steps = steps.unwrap();
    for mut engine in CpuEngine::all(&unet_random()) {
        let mut recorded = expected.chunks(x_start.len());
        let (mut x, mut memory) = (x_start.clone(), vec![0.0; x_start.len()]);
        for step in &steps {
            let eps = eps(&mut engine, &x, step.t);
            step.apply(&mut x, &eps, z[step.t], &mut memory);
            if step.t % 20 == 0 {
                let difference = difference(&x, recorded.next().unwrap());
                assert!(difference < 1e-4, "{} at {}: {difference}", engine.describe(), step.t);
            }
        }
    }
}

#[test]
fn batches_of_all_sizes_are_the_reference_engines() {
    for state in [unet_random(), trained().parameters] {
        let mut reference = BurnEngine::new(&state, cpu(), "the CPU".into());
        for (images, t) in [(1, 0), (3, 57), (16, 199), (5, 999)] {
            let x = noise(images);
            let expected = block_on(reference.predict(&x, &at(t, images))).unwrap();
            for mut engine in CpuEngine::all(&state) {
                let difference = difference(&eps(&mut engine, &x, t), &expected);
                assert!(difference < 2e-5, "{}, {images} images at {t}: {difference}", engine.describe());
            }
        }
    }
}

#[test]
fn an_image_has_the_same_bits_in_every_batch() {
    let x = noise(19);
    for mut engine in CpuEngine::all(&trained().parameters) {
        let together = eps(&mut engine, &x, 100);
        for (x, together) in x.chunks(NUMBERS).zip(together.chunks(NUMBERS)) {
            let alone = eps(&mut engine, x, 100);
            assert!(
                alone.iter().zip(together).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{}",
                engine.describe()
            );
        }
    }
}

#[test]
fn an_image_of_nan_spoils_no_other() {
    for mut engine in CpuEngine::all(&trained().parameters) {
        // Enough that two threads interleave some.
        let mut x = noise(38);
        let expected = eps(&mut engine, &x[NUMBERS..], 100);
        x[..NUMBERS].fill(f32::NAN);
        for _ in 0..2 {
            assert!(eps(&mut engine, &x, 100)[NUMBERS..] == expected, "{}", engine.describe());
        }
    }
}

#[test]
fn new_weights_take_effect() {
    let x = noise(1);
    let expected = eps(&mut CpuEngine::new(&trained().parameters), &x, 5);
    let mut engine = CpuEngine::new(&unet_random());
    assert_ne!(eps(&mut engine, &x, 5), expected);
    block_on(engine.load(&trained().parameters)).unwrap();
    assert_eq!(eps(&mut engine, &x, 5), expected);
}

/// The network's first operation is a LayerNorm over the whole image: what is added to every pixel is
/// gone, and so is a common factor. It is why a start's brightness stays in a run that eps is predicted
/// in, and why the page's own model predicts v.
#[test]
fn the_network_sees_neither_brightness_nor_contrast() {
    let x = noise(1);
    let other: Vec<f32> = x.iter().map(|x| 0.5 * x + 0.3).collect();
    let mut engine = CpuEngine::new(&trained().parameters);
    let expected = eps(&mut engine, &x, 100);
    let found = eps(&mut engine, &other, 100);
    assert!(difference(&found, &expected) < 1e-3, "{}", difference(&found, &expected));
    let mirrored: Vec<f32> = x.iter().rev().copied().collect();
    assert!(difference(&eps(&mut engine, &mirrored, 100), &expected) > 1e-1, "it does see the image");
}

/// The four reference configs: other sizes, colour, classes.
#[test]
fn the_general_forward_is_pytorchs() {
    for General { golden, parameters, places } in General::all() {
        let [x, expected] = ["x_t", "eps"].map(|name| golden.get(name));
        let engines =
            CpuEngine::all(&parameters).into_iter().map(|engine| Box::new(engine) as Box<dyn Engine>);
        let burn: Box<dyn Engine> = Box::new(BurnEngine::new(&parameters, cpu(), "the CPU".into()));
        for mut engine in engines.chain([burn]) {
            let found = block_on(engine.predict(&x, &places)).unwrap();
            let difference = difference(&found, &expected);
            let most = if engine.describe().starts_with("cpu") { 1e-5 } else { 1e-4 };
            assert!(difference < most, "{}, {}: {difference}", engine.describe(), parameters.config);
        }
    }
}

/// Every image has its own t and class, and the same bits whatever is beside it.
#[test]
fn mixed_places_are_each_images_own() {
    let General { golden, parameters, .. } = General::all().swap_remove(2);
    let x = golden.get("x_t");
    let image = parameters.config.image.numbers();
    let batch: Vec<f32> = x.iter().copied().cycle().take(7 * image).collect();
    let place = |i: usize| Place { t: 142 * i, class: (i % 6 < 5).then_some(i % 6) };
    let places: Vec<Place> = (0..7).map(place).collect();
    for mut engine in CpuEngine::all(&parameters) {
        let together = block_on(engine.predict(&batch, &places)).unwrap();
        for (i, place) in places.iter().enumerate() {
            let own = i * image..(i + 1) * image;
            let alone = block_on(engine.predict(&batch[own.clone()], &[*place])).unwrap();
            assert!(alone == together[own], "{}: {place:?}", engine.describe());
        }
    }
}

#[test]
fn places_that_there_are_not_are_refused() {
    let mut engine = CpuEngine::new(&unet_random());
    let x = noise(1);
    for (place, words) in
        [(Place { t: 1000, class: None }, "0 to 999"), (Place { t: 0, class: Some(0) }, "no classes")]
    {
        let error = block_on(engine.predict(&x, &[place])).unwrap_err();
        assert!(matches!(error, EngineError::Conditions(_)) && error.to_string().contains(words), "{error}");
    }
    assert!(block_on(engine.predict(&x[1..], &at(0, 1))).is_err());
    assert!(block_on(engine.predict(&x, &at(0, 2))).is_err());
    let mut engine = CpuEngine::new(&General::all()[0].parameters);
    let error = block_on(engine.predict(&x, &[Place { t: 0, class: Some(10) }])).unwrap_err();
    assert!(error.to_string().contains("0 to 9"), "{error}");
}

/// Guidance, of either kind, against a plain computation in f64 of each step's sum.
#[test]
fn guidance_is_its_definition() {
    let General { parameters, .. } = General::all().swap_remove(0);
    let other = Rc::new(Parameters::init(&parameters.config, 9));
    let numbers = parameters.config.image.numbers();
    let classes = vec![Some(3), None, Some(9)];
    let config = SamplerConfig { kind: SamplerKind::DPM_SOLVER_PP, steps: Some(4), ..Default::default() };
    let steps = samplers::steps(&Schedule::new(ScheduleConfig::default()).unwrap(), &config).unwrap();
    for guidance in [
        Guidance::NONE,
        Guidance::classifier_free(2.5),
        Guidance { from: Some(120), ..Guidance::classifier_free(2.5) },
        Guidance { scale: 1.75, by: GuidedBy::Weights(other.clone()), from: None },
    ] {
        let walk = Walk::new(steps.clone(), 5, 0, 3, &Start::pure(numbers));
        let mut plain = CpuEngine::new(&parameters);
        let mut guide = CpuEngine::new(&other);
        // 1. By hand.
        let (mut x, mut memory) = (walk.x().to_vec(), vec![0.0f64; walk.x().len()]);
        for step in &steps {
            let places: Vec<Place> = classes.iter().map(|class| Place { t: step.t, class: *class }).collect();
            let own = block_on(plain.predict(&x, &places)).unwrap();
            let worse = match &guidance.by {
                GuidedBy::Weights(_) => block_on(guide.predict(&x, &places)).unwrap(),
                _ => block_on(plain.predict(&x, &at(step.t, 3))).unwrap(),
            };
            for i in 0..x.len() {
                let [x_t, own, worse] = [x[i], own[i], worse[i]].map(f64::from);
                let scale =
                    if guidance.from.is_some_and(|from| step.t > from) { 1.0 } else { guidance.scale };
                let n = own + (f64::from(scale) - 1.0) * (own - worse);
                let factor = |factor: f32| f64::from(factor);
                x[i] = (factor(step.x) * x_t + factor(step.net) * n + factor(step.memory) * memory[i]) as f32;
                memory[i] = factor(step.memory_x) * x_t + factor(step.memory_net) * n;
            }
        }
        // 2. By the engines.
        let cpu_engine: Box<dyn Engine> = Box::new(CpuEngine::new(&parameters));
        let burn: Box<dyn Engine> = Box::new(BurnEngine::new(&parameters, cpu(), "the CPU".into()));
        for mut engine in [cpu_engine, burn] {
            let conditions = Conditions { classes: classes.clone(), guidance: guidance.clone() };
            let mut run = block_on(engine.begin(walk.clone(), conditions)).unwrap();
            while run.walk().done() < run.walk().total() {
                block_on(run.advance(3)).unwrap();
            }
            let apart = difference(run.walk().x(), &x);
            assert!(apart < 1e-4, "{}, scale {}: {apart}", engine.describe(), guidance.scale);
        }
    }
}

/// What a run tells the network has to fit it.
#[test]
fn conditions_that_do_not_fit_are_refused() {
    let steps =
        samplers::steps(&Schedule::new(ScheduleConfig::default()).unwrap(), &SamplerConfig::default());
    let walk = Walk::new(steps.unwrap(), 5, 0, 2, &Start::pure(NUMBERS));
    let mut engine = CpuEngine::new(&unet_random());
    let other = Rc::new(Parameters::init(&General::all()[3].parameters.config, 0));
    for (classes, guidance, words) in [
        (vec![None; 3], Guidance::NONE, "3 conditions for 2 images"),
        (vec![None, Some(1)], Guidance::NONE, "no classes"),
        (vec![None; 2], Guidance::classifier_free(2.0), "no classes"),
        (vec![None; 2], Guidance::classifier_free(f32::NAN), "1 for none"),
        (
            vec![None; 2],
            Guidance { scale: 2.0, by: GuidedBy::Weights(other), from: None },
            "of the same sizes",
        ),
    ] {
        let error = block_on(engine.begin(walk.clone(), Conditions { classes, guidance })).err().unwrap();
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// A run that changes its engine in mid-walk ends as one that did not, also where the sampler remembers.
#[test]
fn a_hand_over_keeps_the_memory() {
    let parameters = trained().parameters;
    let schedule = Schedule::new(trained().schedule).unwrap();
    for kind in [SamplerKind::DPM_SOLVER_PP, SamplerKind::DDPM] {
        let config = SamplerConfig { kind, steps: Some(12), ..Default::default() };
        let walk = Walk::new(samplers::steps(&schedule, &config).unwrap(), 1, 0, 2, &Start::pure(NUMBERS));
        let mut engine = CpuEngine::new(&parameters);
        let mut whole = block_on(engine.begin(walk.clone(), Conditions::none(2))).unwrap();
        while whole.walk().done() < 12 {
            block_on(whole.advance(12)).unwrap();
        }
        let mut first = block_on(engine.begin(walk, Conditions::none(2))).unwrap();
        block_on(first.advance(5)).unwrap();
        let mut other = CpuEngine::new(&parameters);
        let mut rest = block_on(other.begin(first.walk().clone(), Conditions::none(2))).unwrap();
        block_on(rest.advance(20)).unwrap();
        assert_eq!(rest.walk().x(), whole.walk().x(), "{kind:?}");
    }
}
