//! The fused GPU engine on a software GPU, against PyTorch's numbers and the CPU engine's walk.

mod common;

use common::{Golden, difference, unet_random};
use ddpm_web::core::image::{PIXELS, unit_to_greys};
use ddpm_web::core::noise::{self, Use};
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind, Step};
use ddpm_web::core::sampling::{Denoiser, Sampling, Start};
use ddpm_web::core::schedule::{Prediction, Schedule, ScheduleConfig};
use ddpm_web::engine::cpu::CpuEngine;
use ddpm_web::engine::gpu::{Batch, GpuEngine};
use ddpm_web::engine::{Engine, EngineError};
use pollster::block_on;

/// The software GPU that `make test` installs, within WebGPU's default limits.
fn device() -> (wgpu::Device, wgpu::Queue, wgpu::AdapterInfo) {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions { force_fallback_adapter: true, ..Default::default() };
    let adapter = block_on(instance.request_adapter(&options)).expect("apt install mesa-vulkan-drivers");
    let (device, queue) = block_on(adapter.request_device(&Default::default())).unwrap();
    (device, queue, adapter.get_info())
}

fn engine() -> GpuEngine {
    let (device, queue, adapter) = device();
    block_on(GpuEngine::new(device, queue, &adapter, &unet_random())).unwrap()
}

fn steps(prediction: Prediction, config: SamplerConfig) -> Vec<Step> {
    let schedule = ScheduleConfig { prediction, ..Default::default() };
    samplers::steps(&Schedule::new(schedule).unwrap(), &config).unwrap()
}

#[test]
fn eps_is_pytorchs() {
    let golden = Golden::open("forward_random");
    let mut engine = engine();
    let [x, expected] = ["x", "eps"].map(|name| golden.get(name));
    for ((t, x), expected) in
        golden.integers("t").into_iter().zip(x.chunks(PIXELS)).zip(expected.chunks(PIXELS))
    {
        let eps = block_on(engine.predict(x, t)).unwrap();
        assert!(difference(&eps, expected) < 1e-5, "{}", difference(&eps, expected));
    }
    assert!(engine.describe().starts_with("gpu on "));
}

/// A step that keeps nothing but z shows the noise itself.
#[test]
fn noise_is_the_cpus() {
    let engine = engine();
    let z_alone = |t| Step { t, z: 1.0, x0_x: 1.0, ..Step::default() };
    let ts = [0, 1, 199, 731];
    for (seed, first) in [(0, 0), (0xfedc_ba98_7654_3210, 4_000_000_000)] {
        let batch = Batch { seed, first, x: &[0.0; 2 * PIXELS] };
        let mut walk = block_on(engine.begin(&ts.map(z_alone), batch)).unwrap();
        for t in ts {
            let found = block_on(walk.advance(1)).unwrap().x;
            let mut expected = vec![0.0; 2 * PIXELS];
            noise::gaussian_batch(seed, Use::Reverse, first, t as u32, PIXELS, &mut expected);
            assert!(difference(&found, &expected) < 1e-5, "{}", difference(&found, &expected));
        }
    }
}

/// Greys may fall to either side of a rounding.
fn check_greys(found: &[u8], expected: &[f32]) {
    let pairs = || found.iter().zip(unit_to_greys(expected));
    assert!(found.len() == expected.len() && pairs().all(|(a, b)| a.abs_diff(b) <= 1));
    assert!(pairs().filter(|(a, b)| **a != *b).count() < found.len() / 100 + 2);
}

/// A walk in stretches of `chunk` steps, beside the CPU's.
fn check_walk(engine: &GpuEngine, prediction: Prediction, config: SamplerConfig, count: usize, chunk: usize) {
    let steps = steps(prediction, config);
    let mut cpu = CpuEngine::new(&unet_random());
    let mut expected = Sampling::new(steps.clone(), 42, 3, count, &Start::pure(PIXELS));
    let start = expected.x().to_vec();
    let mut walk = block_on(engine.begin(&steps, Batch { seed: 42, first: 3, x: &start })).unwrap();
    while walk.done() < walk.total() {
        let recorded = block_on(walk.advance(chunk)).unwrap();
        for k in recorded.steps.clone() {
            block_on(expected.advance(&mut cpu)).unwrap();
            check_greys(recorded.x_t(k), expected.x());
            check_greys(recorded.x_0(k), expected.x0());
            check_greys(recorded.eps(k), expected.eps());
        }
        assert_eq!(recorded.steps.end, expected.done());
        let apart = difference(&recorded.x, expected.x());
        assert!(apart < 1e-4, "{prediction:?} {config:?}: {apart}");
        if prediction == Prediction::Eps {
            assert!(difference(&recorded.net, expected.eps()) < 1e-4);
        }
    }
    assert_eq!(expected.done(), expected.total());
    assert!(block_on(walk.advance(chunk)).unwrap().steps.is_empty());
}

#[test]
fn the_walk_is_the_cpus() {
    let engine = engine();
    let config = |kind, steps, eta| SamplerConfig { kind, steps, eta };
    check_walk(&engine, Prediction::Eps, config(SamplerKind::Ddpm, None, 0.0), 1, 1);
    check_walk(&engine, Prediction::V, config(SamplerKind::DdpmPosterior, None, 0.0), 2, 48);
    check_walk(&engine, Prediction::Eps, config(SamplerKind::Ddim, Some(30), 0.5), 3, 7);
}

#[test]
fn other_weights_take_over() {
    let state = ddpm_web::model::tensors::init(5);
    let [mut gpu, mut before] = [engine(), engine()];
    gpu.load(&state);
    let x = [0.5; PIXELS];
    let mut expected = vec![0.0; PIXELS];
    CpuEngine::new(&state).eps(&x, 3, &mut expected);
    let found = block_on(gpu.predict(&x, 3)).unwrap();
    assert!(difference(&found, &expected) < 1e-5);
    assert!(difference(&block_on(before.predict(&x, 3)).unwrap(), &expected) > 1e-3, "other weights");
}

#[test]
fn a_large_batch_takes_its_step_in_parts() {
    let mut engine = engine();
    let mut x = vec![0.0; 258 * PIXELS];
    noise::gaussian_batch(9, Use::Start, 0, 0, PIXELS, &mut x);
    let found = block_on(engine.predict(&x, 50)).unwrap();
    let mut expected = vec![0.0; x.len()];
    CpuEngine::new(&unet_random()).eps(&x, 50, &mut expected);
    assert!(difference(&found, &expected) < 1e-4);
}

#[test]
fn a_lost_device_is_an_error() {
    let (device, queue, adapter) = device();
    let mut engine = block_on(GpuEngine::new(device.clone(), queue, &adapter, &unet_random())).unwrap();
    device.destroy();
    let error = block_on(engine.predict(&[0.0; PIXELS], 0)).unwrap_err();
    assert!(matches!(error, EngineError::Run { .. }), "{error}");
}
