//! PyTorch's numbers (tests/fixtures) against ours, on the CPU and on a software GPU.

mod common;

use burn::prelude::*;
use common::{
    General, Golden, at, cpu, difference, images, numbers, software_gpu, software_gpu_learner, unet_random,
};
use ddpm_web::core::prediction::Prediction;
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind};
use ddpm_web::core::schedule::{Schedule, ScheduleConfig};
use ddpm_web::engine::Place;
use ddpm_web::model::burn::UNet;
use ddpm_web::model::{Parameters, UNetConfig};
use ddpm_web::train::burn::{Adam, BurnLearner, Layout, loss};
use ddpm_web::train::cpu::CpuLearner;
use ddpm_web::train::learner::{Examples, Learner};
use ddpm_web::train::optimizer::{AdamState, Pace};
use pollster::block_on;

/// The first step's images at their places, with importance 1.
fn examples(golden: &Golden, k: usize) -> Examples {
    let places: Vec<Place> =
        golden.integers(&format!("t_{k}")).into_iter().map(|t| Place { t, class: None }).collect();
    let (x_0, eps) = (golden.get("x0"), golden.get(&format!("eta_{k}")));
    let (importance, whole) = (vec![1.0; places.len()], places.len());
    Examples { x_0, eps, places, importance, whole }
}

fn schedule() -> Schedule {
    Schedule::new(ScheduleConfig::default()).unwrap()
}

#[test]
fn the_schedule_is_the_tutorials() {
    let golden = Golden::open("schedule");
    let schedule = schedule();
    for (name, table) in
        [("betas", &schedule.betas), ("alphas", &schedule.alphas), ("alpha_bars", &schedule.alpha_bars)]
    {
        let table: Vec<f32> = table.iter().map(|x| *x as f32).collect();
        assert!(difference(&table, &golden.get(name)) < 1e-6, "{name}");
    }
}

#[test]
fn forward_noise_is_the_tutorials() {
    let golden = Golden::open("forward_noise");
    let schedule = schedule();
    for percent in [25, 50, 75, 100] {
        let t = schedule.t_at_percent(f64::from(percent)).unwrap().unwrap();
        let x_0 = images(golden.get("x0"), &cpu());
        let eps = images(golden.get(&format!("eta_{percent}")), &cpu());
        let x_t = loss::q_sample(&schedule, x_0, &[t; 16], eps);
        let expected = golden.get(&format!("x_t_{percent}"));
        assert!(difference(&numbers(&x_t), &expected) < 1e-5, "{percent} %");
    }
}

fn check_forward(device: &Device, tolerance: f32) {
    let golden = Golden::open("forward_random");
    let unet = UNet::new(&unet_random(), device);
    let (t, _) = unet.places(golden.integers("t").into_iter().map(|t| (t, None)), device);
    let mut seen = vec![];
    unet.forward_with(images(golden.get("x"), device), t, None, &mut |name, x| {
        seen.push((name.to_string(), numbers(x)));
    });
    assert_eq!(seen.len(), golden.names().len() - 2, "every stage but x and t");
    for (name, found) in seen {
        let difference = difference(&found, &golden.get(&name));
        assert!(difference < tolerance, "{name} differs by {difference}");
    }
}

#[test]
fn every_stage_of_the_unet_is_pytorchs() {
    check_forward(&cpu(), 1e-4);
}

#[test]
fn every_stage_of_the_unet_is_pytorchs_on_the_gpu() {
    check_forward(&software_gpu(), 1e-3);
}

#[test]
fn the_reverse_process_is_the_tutorials() {
    let golden = Golden::open("reverse");
    let device = cpu();
    let unet = UNet::new(&unet_random(), &device);
    let z = golden.get("z");
    let z: Vec<&[f32]> = z.chunks(2 * 784).collect();
    for (name, kind) in [("x_beta", SamplerKind::DDPM), ("x_posterior", SamplerKind::DDPM_POSTERIOR)] {
        let recorded = golden.get(name);
        let mut recorded = recorded.chunks(2 * 784);
        let mut x = golden.get("x_T");
        let config = SamplerConfig { kind, ..Default::default() };
        for step in samplers::steps(&schedule(), &config).unwrap() {
            let (t, _) = unet.places(at(step.t, 2).iter().map(|place| (place.t, None)), &device);
            let eps = numbers(&unet.forward(images(x.clone(), &device), t, None));
            step.apply(&mut x, &eps, z[step.t], &mut [0.0; 2 * 784]);
            if step.t % 20 == 0 {
                let difference = difference(&x, recorded.next().unwrap());
                assert!(difference < 2e-4, "{name} at t = {} differs by {difference}", step.t);
            }
        }
        assert!(recorded.next().is_none());
    }
}

/// The loss of some examples, and the gradients by parameter.
fn first_step(
    parameters: &Parameters,
    examples: &Examples,
    device: &Device,
) -> (f32, Vec<(String, Vec<f32>)>) {
    let device = device.clone().autodiff();
    let unet = UNet::new(parameters, &device);
    let loss = loss::loss(&unet, &schedule(), examples, &device);
    let flat = numbers(&Layout::new(&parameters.config).gradients(&unet, &loss.backward()));
    let gradients = Parameters::from_flat(&parameters.config, flat).to_state().into_iter();
    let gradients = gradients.filter(|(name, _)| name != "time_embed.weight");
    (numbers(&loss.inner())[0], gradients.map(|(name, array)| (name, array.data)).collect())
}

/// Each parameter's gradient within `relative` of the tensor's largest entry.
fn check_gradients(golden: &Golden, gradients: Vec<(String, Vec<f32>)>, relative: f32, absolute: f32) {
    for (name, found) in gradients {
        if name.starts_with("layer_6_block.2.layer_norm") {
            assert!(found.iter().all(|x| *x == 0.0), "{name} is not used");
            continue;
        }
        let expected = golden.get(&format!("grad.{name}"));
        let largest = expected.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let difference = difference(&found, &expected);
        assert!(difference < relative * largest + absolute, "{name} differs by {difference} of {largest}");
    }
}

fn check_first_step(device: &Device, relative: f32) {
    let golden = Golden::open("training");
    let (loss, gradients) = first_step(&unet_random(), &examples(&golden, 0), device);
    let expected = golden.get("losses")[0];
    assert!((loss / expected - 1.0).abs() < relative, "loss {loss}, PyTorch's {expected}");
    assert_eq!(gradients.len(), 172);
    check_gradients(&golden, gradients, relative, 1e-6);
}

#[test]
fn gradients_are_pytorchs() {
    check_first_step(&cpu(), 1e-3);
}

#[test]
fn gradients_are_pytorchs_on_the_gpu() {
    check_first_step(&software_gpu(), 1e-2);
}

/// The four reference configs: loss and gradients on Burn's CPU backend.
#[test]
fn gradients_of_other_sizes_are_pytorchs() {
    for General { golden, parameters, places } in General::all() {
        let (importance, whole) = (vec![1.0; places.len()], places.len());
        let (x_0, eps) = (golden.get("x0"), golden.get("eta"));
        let examples = Examples { x_0, eps, places, importance, whole };
        let (loss, gradients) = first_step(&parameters, &examples, &cpu());
        let expected = golden.get("loss")[0];
        assert!((loss / expected - 1.0).abs() < 1e-3, "loss {loss}, PyTorch's {expected}");
        check_gradients(&golden, gradients, 1e-3, 1e-6);
    }
}

#[test]
fn adam_is_pytorchs() {
    let golden = Golden::open("training");
    let (device, config, parameters) = (cpu(), UNetConfig::tutorial(), unet_random());
    let layout = Layout::new(&config);
    let mut adam = Adam::new(AdamState::new(parameters.flat.clone()), &device);
    let mut unet = UNet::new(&parameters, &device.clone().autodiff());
    for (k, expected) in golden.get("losses").into_iter().enumerate() {
        let loss = loss::loss(&unet, &schedule(), &examples(&golden, k), &device.clone().autodiff());
        let gradient = layout.gradients(&unet, &loss.backward());
        let loss = numbers(&loss.inner())[0];
        assert!((loss - expected).abs() < 1e-4, "loss {k} is {loss}, PyTorch's {expected}");
        adam.update(gradient, Pace { learning_rate: 1e-3, ema: 0.0, clip: None }).unwrap();
        unet = layout.assign(unet, &adam.weights);
    }
    let state = unet.state(&config).unwrap();
    assert_eq!(adam.state().unwrap().weights, Parameters::from_state(&config, &state).flat);
}

/// The three learners, from the same weights: ours on the CPU and on a software GPU, and Burn's.
fn learners() -> [Box<dyn Learner>; 3] {
    let (config, start) = (UNetConfig::tutorial(), || AdamState::new(unet_random().flat));
    let burn = BurnLearner::new(&config, start(), cpu());
    let gpu = software_gpu_learner(&config, start());
    [Box::new(CpuLearner::new(&config, start())), Box::new(gpu), Box::new(burn)]
}

/// The shader's gradients, for the tutorial's sizes and the four other ones.
#[test]
fn gradients_of_the_shader_are_pytorchs() {
    let check = |golden: &Golden, parameters: &Parameters, examples: &Examples, expected: f32| {
        let state = AdamState::new(parameters.flat.clone());
        let mut learner = software_gpu_learner(&parameters.config, state);
        block_on(learner.accumulate(&schedule(), examples)).unwrap();
        let loss = block_on(learner.loss()).unwrap().unwrap() as f32;
        assert!((loss / expected - 1.0).abs() < 1e-4, "loss {loss}, PyTorch's {expected}");
        let gradients = Parameters::from_flat(&parameters.config, block_on(learner.gradient()).unwrap());
        let gradients = gradients.to_state().into_iter().filter(|(name, _)| name != "time_embed.weight");
        let gradients = gradients.map(|(name, array)| (name, array.data)).collect();
        check_gradients(golden, gradients, 1e-3, 1e-9);
    };
    let golden = Golden::open("training");
    check(&golden, &unet_random(), &examples(&golden, 0), golden.get("losses")[0]);
    for General { golden, parameters, places } in General::all() {
        let (importance, whole) = (vec![1.0; places.len()], places.len());
        let (x_0, eps) = (golden.get("x0"), golden.get("eta"));
        let examples = Examples { x_0, eps, places, importance, whole };
        check(&golden, &parameters, &examples, golden.get("loss")[0]);
    }
}

/// Three steps with each learner: PyTorch's losses, and nearly the same weights.
#[test]
fn all_learners_are_pytorchs() {
    let golden = Golden::open("training");
    let ends = learners().map(|mut learner| {
        for (k, expected) in golden.get("losses").into_iter().enumerate() {
            block_on(learner.accumulate(&schedule(), &examples(&golden, k))).unwrap();
            block_on(learner.apply(Pace { learning_rate: 1e-3, ema: 0.9, clip: None })).unwrap();
            let loss = block_on(learner.losses(true)).unwrap()[0];
            assert!((loss - f64::from(expected)).abs() < 1e-4, "loss {k} is {loss}, PyTorch's {expected}");
        }
        assert_eq!(learner.steps(), 3);
        block_on(learner.state()).unwrap()
    });
    let [cpu, others @ ..] = &ends;
    // Adam divides by the gradient's size: where that is next to nothing, rounding decides the step.
    let apart = |a: &[f32], b: &[f32]| {
        let far = a.iter().zip(b).filter(|(a, b)| (*a - *b).abs() > 1e-5).count();
        assert!(far < a.len() / 1000, "{far} of {} differ", a.len());
    };
    for other in others {
        apart(&cpu.weights, &other.weights);
        apart(&cpu.ema, &other.ema);
        assert!(difference(&cpu.m, &other.m) < 1e-5);
    }
}

/// A norm that the gradients below exceed.
const CLIP: f64 = 0.01;

/// What PyTorch's numbers know nothing of: an image's importance scales its part of the loss and of the
/// gradient (which `m` is a tenth of), v may be predicted, and the gradient clipped.
#[test]
fn all_learners_know_importance_v_and_clipping() {
    let predicting = |prediction| ScheduleConfig { prediction, ..ScheduleConfig::default() };
    let schedules =
        [Prediction::Eps, Prediction::V].map(|prediction| Schedule::new(predicting(prediction)).unwrap());
    let golden = Golden::open("training");
    for schedule in &schedules {
        let ends = learners().map(|mut learner| {
            let mut examples = examples(&golden, 0);
            examples.importance = (0..examples.whole).map(|i| i as f32 / 8.0).collect();
            block_on(learner.accumulate(schedule, &examples)).unwrap();
            block_on(learner.apply(Pace { learning_rate: 1e-3, ema: 0.0, clip: Some(CLIP) })).unwrap();
            (block_on(learner.losses(true)).unwrap()[0], block_on(learner.state()).unwrap().m)
        });
        let [(cpu, cpu_m), others @ ..] = &ends;
        let norm = cpu_m.iter().map(|m| (10.0 * f64::from(*m)).powi(2)).sum::<f64>().sqrt();
        assert!((norm / CLIP - 1.0).abs() < 1e-4, "the gradient is clipped to {CLIP}, not {norm}");
        assert!((cpu - f64::from(golden.get("losses")[0])).abs() > 1e-3, "they change the loss");
        for (other, other_m) in others {
            assert!((cpu - other).abs() < 1e-5, "{cpu} and {other}");
            assert!(difference(cpu_m, other_m) < 1e-5);
        }
    }
}

/// A batch in two parts is the same step as the whole, and a gradient that is given out can come back.
#[test]
fn all_learners_add_up_parts_of_a_batch() {
    let golden = Golden::open("training");
    let [whole, parts] = [learners(), learners()];
    for (mut whole, mut parts) in whole.into_iter().zip(parts) {
        let all = examples(&golden, 0);
        block_on(whole.accumulate(&schedule(), &all)).unwrap();
        for part in [0..5, 5..16] {
            let numbers = part.start * 784..part.end * 784;
            let own = Examples {
                x_0: all.x_0[numbers.clone()].to_vec(),
                eps: all.eps[numbers].to_vec(),
                places: all.places[part.clone()].to_vec(),
                importance: all.importance[part].to_vec(),
                whole: all.whole,
            };
            block_on(parts.accumulate(&schedule(), &own)).unwrap();
        }
        let [a, b] = [&mut whole, &mut parts].map(|learner| block_on(learner.gradient()).unwrap());
        assert!(difference(&a, &b) < 1e-6);
        parts.set_gradient(&a);
        let ends = [whole, parts].map(|mut learner| {
            block_on(learner.apply(Pace { learning_rate: 1e-3, ema: 0.5, clip: None })).unwrap();
            let loss = block_on(learner.losses(true)).unwrap()[0];
            (loss, block_on(learner.state()).unwrap().m)
        });
        assert!((ends[0].0 - ends[1].0).abs() < 1e-6);
        assert_eq!(ends[0].1, ends[1].1, "the same gradient gives the same step");
    }
}
