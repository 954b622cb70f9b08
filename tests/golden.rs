//! PyTorch's numbers (tests/fixtures) against ours, on the CPU and on a software GPU.

mod common;

use burn::prelude::*;
use common::{Golden, cpu, difference, images, numbers, software_gpu, unet_random};
use ddpm_web::core::samplers::{self, SamplerConfig, SamplerKind};
use ddpm_web::core::schedule::{Prediction, Schedule, ScheduleConfig};
use ddpm_web::model::burn::UNet;
use ddpm_web::train::burn::loss;
use ddpm_web::train::learner::{Examples, Learner, Pace};
use ddpm_web::train::optimizer::{Adam, AdamState, Layout};

fn schedule() -> Schedule {
    Schedule::new(ScheduleConfig::default()).unwrap()
}

fn times(t: &[usize], device: &Device) -> Tensor<1, Int> {
    let t: Vec<i32> = t.iter().map(|&t| t as i32).collect();
    Tensor::from_data(TensorData::new(t.clone(), [t.len()]), device)
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
    let t = golden.integers("t");
    let mut seen = vec![];
    unet.forward_with(images(golden.get("x"), device), times(&t, device), &mut |name, x| {
        seen.push((name, numbers(x)));
    });
    assert_eq!(seen.len(), golden.names().len() - 2, "every stage but x and t");
    for (name, found) in seen {
        let difference = difference(&found, &golden.get(name));
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
    for (name, kind) in [("x_beta", SamplerKind::Ddpm), ("x_posterior", SamplerKind::DdpmPosterior)] {
        let recorded = golden.get(name);
        let mut recorded = recorded.chunks(2 * 784);
        let mut x = golden.get("x_T");
        let config = SamplerConfig { kind, ..Default::default() };
        for step in samplers::steps(&schedule(), &config).unwrap() {
            let t = times(&[step.t; 2], &device);
            let eps = numbers(&unet.forward(images(x.clone(), &device), t));
            step.apply(&mut x, &eps, z[step.t]);
            if step.t % 20 == 0 {
                let difference = difference(&x, recorded.next().unwrap());
                assert!(difference < 2e-4, "{name} at t = {} differs by {difference}", step.t);
            }
        }
        assert!(recorded.next().is_none());
    }
}

/// One training step's loss, and the gradients by parameter.
fn first_step(device: &Device) -> (f32, Vec<(String, Vec<f32>)>) {
    let golden = Golden::open("training");
    let device = device.clone().autodiff();
    let unet = UNet::new(&unet_random(), &device);
    let x_0 = images(golden.get("x0"), &device);
    let eps = images(golden.get("eta_0"), &device);
    let loss = loss::loss(&unet, &schedule(), x_0, &golden.integers("t_0"), eps, vec![1.0; 16]);
    let layout = Layout::default();
    let flat = numbers(&layout.gradients(&unet, &loss.backward()));
    let gradients = layout.unflatten(&flat).into_iter().filter(|(name, _)| name != "time_embed.weight");
    (numbers(&loss.inner())[0], gradients.map(|(name, array)| (name, array.data)).collect())
}

/// Each parameter's gradient within `relative` of the tensor's largest entry.
fn check_first_step(device: &Device, relative: f32) {
    let golden = Golden::open("training");
    let (loss, gradients) = first_step(device);
    let expected = golden.get("losses")[0];
    assert!((loss / expected - 1.0).abs() < relative, "loss {loss}, PyTorch's {expected}");
    assert_eq!(gradients.len(), 172);
    for (name, found) in gradients {
        if name.starts_with("layer_6_block.2.layer_norm") {
            assert!(found.iter().all(|x| *x == 0.0), "{name} is not used");
            continue;
        }
        let expected = golden.get(&format!("grad.{name}"));
        let largest = expected.iter().fold(0.0f32, |largest, x| largest.max(x.abs()));
        let difference = difference(&found, &expected);
        assert!(difference < relative * largest + 1e-6, "{name} differs by {difference} of {largest}");
    }
}

#[test]
fn gradients_are_pytorchs() {
    check_first_step(&cpu(), 1e-3);
}

#[test]
fn gradients_are_pytorchs_on_the_gpu() {
    check_first_step(&software_gpu(), 1e-2);
}

#[test]
fn adam_is_pytorchs() {
    let golden = Golden::open("training");
    let device = cpu();
    let state = unet_random();
    let mut adam = Adam::new(AdamState::new(Layout::default().flatten(&state)), &device);
    let mut unet = UNet::new(&state, &device.clone().autodiff());
    for (k, expected) in golden.get("losses").into_iter().enumerate() {
        let device = device.clone().autodiff();
        let x_0 = images(golden.get("x0"), &device);
        let eps = images(golden.get(&format!("eta_{k}")), &device);
        let t = golden.integers(&format!("t_{k}"));
        let loss = loss::loss(&unet, &schedule(), x_0, &t, eps, vec![1.0; t.len()]);
        let gradients = loss.backward();
        let loss = numbers(&loss.inner())[0];
        assert!((loss - expected).abs() < 1e-4, "loss {k} is {loss}, PyTorch's {expected}");
        unet = adam.step(unet, &gradients, 1e-3, 0.0);
    }
    assert_eq!(adam.state().unwrap().weights, Layout::default().flatten(&unet.state().unwrap()));
}

/// Three steps with each learner: PyTorch's losses, and nearly the same weights.
#[test]
fn both_learners_are_pytorchs() {
    let golden = Golden::open("training");
    let start = || AdamState::new(Layout::default().flatten(&unet_random()));
    let ends = [Learner::cpu(start()), Learner::burn(start(), cpu())].map(|mut learner| {
        for (k, expected) in golden.get("losses").into_iter().enumerate() {
            let (x_0, eps) = (golden.get("x0"), golden.get(&format!("eta_{k}")));
            let t = golden.integers(&format!("t_{k}"));
            let pace = Pace { learning_rate: 1e-3, ema: 0.9 };
            let importance = vec![1.0; t.len()];
            learner.step(&schedule(), Examples { x_0, eps, t, importance }, pace);
            let loss = learner.losses(true).unwrap()[0];
            assert!((loss - f64::from(expected)).abs() < 1e-4, "loss {k} is {loss}, PyTorch's {expected}");
        }
        assert_eq!(learner.steps(), 3);
        learner.state().unwrap()
    });
    let [fast, burn] = &ends;
    // Adam divides by the gradient's size: where that is next to nothing, rounding decides the step.
    let apart = |a: &[f32], b: &[f32]| {
        let far = a.iter().zip(b).filter(|(a, b)| (*a - *b).abs() > 1e-5).count();
        assert!(far < a.len() / 1000, "{far} of {} differ", a.len());
    };
    apart(&fast.weights, &burn.weights);
    apart(&fast.ema, &burn.ema);
    assert!(difference(&fast.m, &burn.m) < 1e-5);
}

/// What PyTorch's numbers know nothing of: an image's importance scales its part of the loss and of the
/// gradient (which `m` is a tenth of), and v may be predicted.
#[test]
fn both_learners_know_importance_and_v() {
    let predicting = |prediction| ScheduleConfig { prediction, ..ScheduleConfig::default() };
    let schedules =
        [Prediction::Eps, Prediction::V].map(|prediction| Schedule::new(predicting(prediction)).unwrap());

    let golden = Golden::open("training");
    let start = || AdamState::new(Layout::default().flatten(&unet_random()));
    for schedule in &schedules {
        let ends = [Learner::cpu(start()), Learner::burn(start(), cpu())].map(|mut learner| {
            let (x_0, eps, t) = (golden.get("x0"), golden.get("eta_0"), golden.integers("t_0"));
            let importance = (0..t.len()).map(|i| i as f32 / 8.0).collect();
            let pace = Pace { learning_rate: 1e-3, ema: 0.0 };
            learner.step(schedule, Examples { x_0, eps, t, importance }, pace);
            (learner.losses(true).unwrap()[0], learner.state().unwrap().m)
        });
        let [(fast, fast_m), (burn, burn_m)] = &ends;
        assert!((fast - burn).abs() < 1e-5, "{fast} and {burn}");
        assert!((fast - f64::from(golden.get("losses")[0])).abs() > 1e-3, "they change the loss");
        assert!(difference(fast_m, burn_m) < 1e-5);
    }
}
