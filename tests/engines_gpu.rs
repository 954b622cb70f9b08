//! The fused GPU engine on a software GPU, against PyTorch's numbers and the CPU engine's.

mod common;

use common::{General, Golden, at, difference, software_gpu_engine as engine, unet_random};
use ddpm_web::core::image::{ImageSpec, unit_to_bytes};
use ddpm_web::core::noise::{self, Use};
use ddpm_web::core::prediction::Prediction;
use ddpm_web::core::samplers::spacing::Spacing;
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind, Step};
use ddpm_web::core::sampling::{Start, Walk, WalkState};
use ddpm_web::core::schedule::{Schedule, ScheduleConfig};
use ddpm_web::engine::cpu::CpuEngine;
use ddpm_web::engine::gpu::GpuEngine;
use ddpm_web::engine::{Conditions, Engine, EngineError, Guidance, GuidedBy, Place, Run};
use ddpm_web::model::{Parameters, UNetConfig};
use pollster::block_on;
use std::rc::Rc;

/// Numbers of one of the tutorial's images.
const NUMBERS: usize = 28 * 28;

/// A network in colour, with classes.
fn colour() -> Parameters {
    let image = ImageSpec { side: 16, channels: 3 };
    Parameters::init(&UNetConfig { image, widths: [6, 9, 12], classes: Some(3) }, 1)
}

fn noise(parameters: &Parameters, images: usize) -> Vec<f32> {
    let numbers = parameters.config.image.numbers();
    let mut x = vec![0.0; images * numbers];
    noise::gaussian_batch(9, Use::Start, 0, 0, numbers, &mut x);
    x
}

fn predict(engine: &mut dyn Engine, x: &[f32], places: &[Place]) -> Vec<f32> {
    block_on(engine.predict(x, places)).unwrap()
}

fn begin(engine: &mut dyn Engine, walk: Walk, conditions: &Conditions) -> Box<dyn Run> {
    block_on(engine.begin(walk, conditions.clone())).unwrap()
}

fn steps(prediction: Prediction, config: SamplerConfig) -> Vec<Step> {
    let schedule = ScheduleConfig { prediction, ..Default::default() };
    samplers::steps(&Schedule::new(schedule).unwrap(), &config).unwrap()
}

#[test]
fn eps_is_pytorchs() {
    let golden = Golden::open("forward_random");
    let mut engine = engine(&unet_random());
    let [x, expected] = ["x", "eps"].map(|name| golden.get(name));
    let places: Vec<Place> = golden.integers("t").into_iter().map(|t| Place { t, class: None }).collect();
    let apart = difference(&predict(&mut engine, &x, &places), &expected);
    assert!(apart < 1e-5, "{apart}");
    assert!(engine.describe().starts_with("gpu on "));
}

/// One engine takes them all, one after the other.
#[test]
fn networks_of_other_sizes_are_pytorchs() {
    let mut engine = engine(&unet_random());
    for General { golden, parameters, places } in General::all() {
        block_on(engine.load(&parameters)).unwrap();
        assert_eq!(*engine.config(), parameters.config);
        let apart = difference(&predict(&mut engine, &golden.get("x_t"), &places), &golden.get("eps"));
        assert!(apart < 1e-4, "{}: {apart}", parameters.config);
        assert_eq!(engine.measured().unwrap().dispatches(16), 1, "{}", parameters.config);
    }
}

#[test]
fn the_largest_network_is_the_cpus() {
    let config =
        UNetConfig { image: ImageSpec { side: 64, channels: 3 }, widths: [128; 3], classes: Some(256) };
    let parameters = Parameters::init(&config, 2);
    let mut gpu = engine(&parameters);
    let (x, place) = (noise(&parameters, 1), [Place { t: 999, class: Some(255) }]);
    let found = predict(&mut gpu, &x, &place);
    let expected = predict(&mut CpuEngine::new(&parameters), &x, &place);
    assert!(difference(&found, &expected) < 1e-4, "{}", difference(&found, &expected));
    // Without this many the software GPU would leave out most of it.
    assert!(gpu.measured().unwrap().dispatches(1) > 5);
}

/// A step that keeps nothing but z shows the noise itself.
#[test]
fn noise_is_the_cpus() {
    let z_alone = |t| Step { t, z: 1.0, x0_x: 1.0, ..Step::default() };
    let ts = [0, 1, 199, 731];
    for parameters in [unet_random(), colour()] {
        let mut engine = engine(&parameters);
        let numbers = parameters.config.image.numbers();
        for (seed, first) in [(0, 0), (0xfedc_ba98_7654_3210, 4_000_000_000)] {
            let zeros = vec![0.0; 2 * numbers];
            let state = WalkState { x: zeros.clone(), memory: zeros.clone(), done: 0 };
            let walk = Walk::resume(ts.map(z_alone).to_vec(), seed, first, numbers, state);
            let mut run = begin(&mut engine, walk, &Conditions::none(2));
            for t in ts {
                let found = block_on(run.advance(1)).unwrap().state.x;
                let mut expected = zeros.clone();
                noise::gaussian_batch(seed, Use::Reverse, first, t as u32, numbers, &mut expected);
                assert!(difference(&found, &expected) < 1e-5, "{}", difference(&found, &expected));
            }
        }
    }
}

/// Bytes may fall to either side of a rounding.
fn check_bytes(found: &[u8], expected: &[f32]) {
    let pairs = || found.iter().zip(unit_to_bytes(expected));
    assert!(found.len() == expected.len() && pairs().all(|(a, b)| a.abs_diff(b) <= 1));
    assert!(pairs().filter(|(a, b)| **a != *b).count() < found.len() / 100 + 2);
}

fn check_state(found: &WalkState, expected: &WalkState) {
    assert_eq!(found.done, expected.done);
    let apart = difference(&found.x, &expected.x).max(difference(&found.memory, &expected.memory));
    assert!(apart < 1e-4, "{apart} after {} steps", expected.done);
}

/// A walk in stretches of `chunk` steps, beside the CPU's.
fn check_walk(parameters: &Parameters, steps: Vec<Step>, conditions: Conditions, chunk: usize) {
    let start = Start::pure(parameters.config.image.numbers());
    let walk = Walk::new(steps, 42, 3, conditions.classes.len(), &start);
    let mut expected = begin(&mut CpuEngine::new(parameters), walk.clone(), &conditions);
    let mut run = begin(&mut engine(parameters), walk, &conditions);
    while run.walk().done() < run.walk().total() {
        let recorded = block_on(run.advance(chunk)).unwrap();
        for k in recorded.steps.clone() {
            assert_eq!(block_on(expected.advance(1)).unwrap().steps, k..k + 1);
            check_bytes(recorded.x_t(k), expected.walk().x());
            check_bytes(recorded.x_0(k), expected.walk().x0());
            check_bytes(recorded.eps(k), expected.walk().eps());
        }
        check_state(&recorded.state, expected.walk().state());
        assert_eq!(recorded.state, *run.walk().state());
    }
    assert_eq!(expected.walk().done(), expected.walk().total());
    assert!(block_on(run.advance(chunk)).unwrap().steps.is_empty());
}

#[test]
fn the_walk_is_the_cpus() {
    let config = |kind, steps, eta| SamplerConfig { kind, steps, eta, ..Default::default() };
    let walk = |steps, count, chunk| check_walk(&unet_random(), steps, Conditions::none(count), chunk);
    walk(steps(Prediction::Eps, config(SamplerKind::DDPM, None, 0.0)), 1, 1);
    walk(steps(Prediction::V, config(SamplerKind::DDPM_POSTERIOR, None, 0.0)), 2, 48);
    walk(steps(Prediction::Eps, config(SamplerKind::DDIM, Some(30), 0.5)), 3, 7);
}

#[test]
fn a_walk_with_a_memory_is_the_cpus() {
    let config = SamplerConfig {
        kind: SamplerKind::DPM_SOLVER_PP,
        steps: Some(12),
        spacing: Spacing::Halfway,
        ..Default::default()
    };
    check_walk(&unet_random(), steps(Prediction::V, config), Conditions::none(2), 5);
    let classes = vec![Some(2), None, Some(0)];
    let guidance = Guidance { from: Some(120), ..Guidance::classifier_free(2.0) };
    check_walk(&colour(), steps(Prediction::Eps, config), Conditions { classes, guidance }, 1);
}

/// A step whose result is the network's output shows that.
#[test]
fn guidance_adds_to_the_difference_of_two_outputs() {
    let parameters = colour();
    let guide = Rc::new(Parameters::init(&parameters.config, 8));
    let classes = vec![Some(1), Some(2), None];
    let x = noise(&parameters, 3);
    let place = |class| Place { t: 70, class };
    let own: Vec<Place> = classes.iter().map(|class| place(*class)).collect();
    let [mut cpu, mut other] = [&parameters, &guide].map(CpuEngine::new);
    let conditional = predict(&mut cpu, &x, &own);
    let without = predict(&mut cpu, &x, &[place(None); 3]);
    let guides = predict(&mut other, &x, &own);
    let mut engine = engine(&parameters);
    for scale in [0.0, 1.0, 3.5] {
        for (guidance, worse) in [
            (Guidance::classifier_free(scale), &without),
            (Guidance { scale, by: GuidedBy::Weights(guide.clone()), from: None }, &guides),
        ] {
            let step = Step { t: 70, net: 1.0, ..Step::default() };
            let memory = vec![0.0; x.len()];
            let state = WalkState { x: x.clone(), memory, done: 0 };
            let walk = Walk::resume(vec![step], 0, 0, x.len() / 3, state);
            let conditions = Conditions { classes: classes.clone(), guidance };
            let found = block_on(begin(&mut engine, walk, &conditions).advance(1)).unwrap().state.x;
            let expected: Vec<f32> = conditional
                .iter()
                .zip(worse)
                .map(|(own, worse)| own + (scale - 1.0) * (own - worse))
                .collect();
            assert!(difference(&found, &expected) < 1e-4, "scale {scale}: {}", difference(&found, &expected));
        }
    }
}

/// Each engine goes on where the other stands.
#[test]
fn a_walk_changes_engines_in_its_middle() {
    let parameters = colour();
    let config = SamplerConfig { kind: SamplerKind::DPM_SOLVER_PP, steps: Some(10), ..Default::default() };
    let conditions = Conditions {
        classes: vec![Some(0), Some(2)],
        guidance: Guidance {
            scale: 1.5,
            by: GuidedBy::Weights(Rc::new(Parameters::init(&parameters.config, 8))),
            from: None,
        },
    };
    let start = Start::pure(parameters.config.image.numbers());
    let walk = Walk::new(steps(Prediction::Eps, config), 4, 0, 2, &start);
    let (mut gpu, mut cpu) = (engine(&parameters), CpuEngine::new(&parameters));
    let mut whole = begin(&mut cpu, walk.clone(), &conditions);
    block_on(whole.advance(10)).unwrap();

    let mut now = walk;
    for (n, on_gpu) in [(3, true), (4, false), (3, true)] {
        let engine: &mut dyn Engine = if on_gpu { &mut gpu } else { &mut cpu };
        let mut run = begin(engine, now, &conditions);
        block_on(run.advance(n)).unwrap();
        now = run.walk().clone();
    }
    check_state(now.state(), whole.walk().state());
}

#[test]
fn other_weights_take_over_but_not_in_runs_under_way() {
    let mut gpu = engine(&unet_random());
    let x = [0.5; NUMBERS];
    let state = || WalkState { x: x.to_vec(), memory: vec![0.0; NUMBERS], done: 0 };
    let output = |t| Step { t, net: 1.0, ..Step::default() };
    let walk = Walk::resume(vec![output(3)], 0, 0, NUMBERS, state());
    let mut before = begin(&mut gpu, walk, &Conditions::none(1));
    let other = Parameters::init(&UNetConfig::tutorial(), 5);
    block_on(gpu.load(&other)).unwrap();
    let expected = predict(&mut CpuEngine::new(&other), &x, &at(3, 1));
    assert!(difference(&predict(&mut gpu, &x, &at(3, 1)), &expected) < 1e-5);

    block_on(gpu.load(&colour())).unwrap();
    let expected = predict(&mut CpuEngine::new(&unet_random()), &x, &at(3, 1));
    let found = block_on(before.advance(1)).unwrap().state.x;
    assert!(difference(&found, &expected) < 1e-5, "{}", difference(&found, &expected));
}

#[test]
fn a_large_batch_takes_its_step_in_parts() {
    let mut engine = engine(&unet_random());
    assert_eq!([1, 256, 258, 513].map(|images| engine.measured().unwrap().dispatches(images)), [1, 1, 2, 3]);
    let x = noise(&unet_random(), 258);
    let places: Vec<Place> = (0..258).map(|image| Place { t: image % 200, class: None }).collect();
    let found = predict(&mut engine, &x, &places);
    let expected = predict(&mut CpuEngine::new(&unet_random()), &x, &places);
    assert!(difference(&found, &expected) < 1e-4);
    assert!(predict(&mut engine, &[], &[]).is_empty());
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let parameters = colour();
    let mut engine = engine(&parameters);
    let numbers = parameters.config.image.numbers();
    let refused = |engine: &mut GpuEngine, count: usize, numbers: usize, classes: usize| {
        let walk = Walk::new(vec![], 0, 0, count, &Start::pure(numbers));
        block_on(engine.begin(walk, Conditions::none(classes))).err().expect("it is refused").to_string()
    };
    assert!(refused(&mut engine, 2, numbers, 1).contains("1 conditions for 2 images"));
    assert!(refused(&mut engine, 1, NUMBERS, 1).contains("no batch of 16x16 colour"));
    assert!(refused(&mut engine, 0, numbers, 0).contains("0 images"));
    // Three planes of f32: 9216 bytes an image.
    let cause = refused(&mut engine, 15_000, numbers, 15_000);
    assert!(cause.contains("a batch of 15000 images would take 132 MB"), "{cause}");
    let error = block_on(engine.predict(&vec![0.0; numbers], &[Place { t: 0, class: Some(3) }])).unwrap_err();
    assert!(error.to_string().contains("no class 3"), "{error}");
}

#[test]
fn a_lost_device_is_an_error_and_the_walk_stays_where_it_was() {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions { force_fallback_adapter: true, ..Default::default() };
    let adapter = block_on(instance.request_adapter(&options)).expect("apt install mesa-vulkan-drivers");
    let (device, queue) = block_on(adapter.request_device(&Default::default())).unwrap();
    let parameters = unet_random();
    let info = adapter.get_info();
    let mut engine = block_on(GpuEngine::new(device.clone(), queue, &info, &parameters)).unwrap();
    let steps = steps(Prediction::Eps, SamplerConfig::default());
    let walk = Walk::new(steps, 0, 0, 1, &Start::pure(NUMBERS));
    let mut run = begin(&mut engine, walk, &Conditions::none(1));
    let reached = block_on(run.advance(2)).unwrap().state;
    device.destroy();
    let error = block_on(run.advance(1)).unwrap_err();
    assert!(matches!(error, EngineError::Run { .. }), "{error}");
    assert_eq!(*run.walk().state(), reached);
    let error = block_on(engine.predict(&[0.0; NUMBERS], &at(0, 1))).unwrap_err();
    assert!(matches!(error, EngineError::Run { .. }), "{error}");
}
