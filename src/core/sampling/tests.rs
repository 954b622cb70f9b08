//! The walk with stand-ins for a network.

use super::*;
use crate::core::choice::Choice;
use crate::core::prediction::Prediction;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{Course, SamplerConfig, SamplerKind, steps};
use crate::core::schedule::{Schedule, ScheduleConfig};
use std::convert::Infallible;

fn schedule() -> Schedule {
    Schedule::new(ScheduleConfig::default()).unwrap()
}

/// Knows the image, and so the noise in any x_t, and v, exactly.
struct Perfect {
    schedule: Schedule,
    x0: Vec<f32>,
}

impl Denoiser for Perfect {
    type Error = Infallible;
    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Infallible> {
        let (signal, noise) = self.schedule.q_sample(Some(t));
        let (of_x0, of_eps) = self.schedule.target(t);
        let output = |(x_t, x0): (&f32, &f32)| {
            let (x_t, x0) = (f64::from(*x_t), f64::from(*x0));
            (of_x0 * x0 + of_eps * (x_t - signal * x0) / noise) as f32
        };
        let output = x_t.iter().zip(&self.x0).map(output).collect();
        Box::pin(async { Ok(output) })
    }
}

fn run(prediction: Prediction, config: SamplerConfig, x0: &[f32]) -> Vec<f32> {
    let schedule = Schedule::new(ScheduleConfig { prediction, ..Default::default() }).unwrap();
    let steps = steps(&schedule, &config).unwrap();
    let mut walk = Walk::new(steps, 5, 0, 2, &Start::pure(x0.len() / 2));
    let mut denoiser = Perfect { schedule, x0: x0.to_vec() };
    while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
    assert_eq!(walk.done(), walk.total());
    assert!(walk.x0().iter().zip(x0).all(|(found, x0)| (found - x0).abs() < 1e-4));
    walk.x().to_vec()
}

#[test]
fn a_perfect_denoiser_recovers_x0() {
    let x0: Vec<f32> = (0..100).map(|i| (i as f32 / 50.0) - 1.0).collect();
    for (kind, prediction) in
        SamplerKind::all().into_iter().flat_map(|kind| Prediction::all().into_iter().map(move |p| (kind, p)))
    {
        for (steps, spacing) in [None, Some(1), Some(7), Some(50), Some(199)]
            .into_iter()
            .flat_map(|steps| Spacing::all().into_iter().map(move |spacing| (steps, spacing)))
        {
            if spacing == Spacing::Distilled && steps != Some(1) && steps != Some(7) {
                continue;
            }
            let eta = if kind.takes_eta() { 0.5 } else { 0.0 };
            let config = SamplerConfig { kind, steps, spacing, eta };
            for (x, x0) in run(prediction, config, &x0).iter().zip(&x0) {
                assert!((x - x0).abs() < 1e-4, "{config:?} {prediction:?}: {x} for {x0}");
            }
        }
    }
}

#[test]
fn a_resumed_walk_ends_like_one_that_was_not_stopped() {
    for kind in SamplerKind::all() {
        let x0 = vec![0.25; 8];
        let steps = steps(&schedule(), &SamplerConfig { kind, ..Default::default() }).unwrap();
        let mut denoiser = Perfect { schedule: schedule(), x0: x0.clone() };
        let mut whole = Walk::new(steps.clone(), 5, 3, 2, &Start::pure(4));
        for _ in 0..87 {
            pollster::block_on(whole.advance(&mut denoiser)).unwrap();
        }
        let mut rest = Walk::resume(steps.clone(), 5, 3, 4, whole.state().clone());
        let mut other = Walk::new(steps, 5, 3, 2, &Start::pure(4));
        other.set_state(whole.state().clone());
        for walk in [&mut whole, &mut rest, &mut other] {
            while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
        }
        assert_eq!(whole.x(), rest.x());
        assert_eq!(whole.x(), other.x());
        assert_eq!(rest.done(), 200);
    }
}

#[test]
fn a_matched_start_has_the_mean_and_variance_of_noised_images() {
    let schedule = schedule();
    let len = 10_000;
    let [mean, variance] = [-0.5, 0.04].map(|value| vec![value; len]);
    let start = Start::matched(&schedule, 199, &mean, &variance);
    let x = Walk::new(vec![], 3, 0, 1, &start).x().to_vec();
    let found = x.iter().sum::<f32>() / len as f32;
    let spread = x.iter().map(|x| (x - found).powi(2)).sum::<f32>() / len as f32;
    let alpha_bar = schedule.alpha_bar(Some(199)) as f32;
    assert!((found + 0.5 * alpha_bar.sqrt()).abs() < 0.03, "{found}");
    assert!((spread - (0.04 * alpha_bar + 1.0 - alpha_bar)).abs() < 0.03, "{spread}");
}

#[test]
fn image_k_of_a_seed_is_the_same_in_every_batch() {
    let steps = steps(&schedule(), &SamplerConfig::default()).unwrap();
    let both = Walk::new(steps.clone(), 1, 0, 2, &Start::pure(8));
    let second = Walk::new(steps, 1, 1, 1, &Start::pure(8));
    assert_eq!(both.x()[8..], *second.x());
}

/// A walk of 2 images from a picture, of which the first two pixels of four are kept, and the steps it takes.
fn masked(kind: SamplerKind, visits: u32) -> (Walk, Vec<f32>) {
    let schedule = schedule();
    let config = SamplerConfig { kind, steps: Some(6), ..Default::default() };
    let walk = Course { from: Some(120), visits }.steps(&schedule, &config).unwrap();
    let picture: Vec<f32> = (0..12).map(|i| i as f32 / 6.0 - 1.0).collect();
    let known = Known::new(&schedule, &walk, picture.clone(), &[255, 255, 0, 0]);
    let start = Start::picture(&schedule, 120, &picture);
    (Walk::new(walk, 9, 4, 2, &start).keeping(known), picture)
}

#[test]
fn a_picture_with_noise_starts_a_walk() {
    let (walk, picture) = masked(SamplerKind::DDPM, 1);
    let schedule = schedule();
    let mut eps = vec![0.0; 24];
    noise::gaussian_batch(9, Use::Start, 4, 0, 12, &mut eps);
    let expected = schedule.noised(Some(120), &[picture.clone(), picture].concat(), &eps);
    assert!(walk.x().iter().zip(&expected).all(|(found, expected)| (found - expected).abs() < 1e-6));
    assert_ne!(walk.x()[..12], walk.x()[12..], "each image has noise of its own");
}

#[test]
fn what_is_known_of_a_picture_stays_and_the_rest_is_filled_in() {
    for (kind, visits) in SamplerKind::all().into_iter().flat_map(|kind| [(kind, 1), (kind, 3)]) {
        let (mut walk, picture) = masked(kind, visits);
        // It knows another picture.
        let mut denoiser = Perfect { schedule: schedule(), x0: vec![0.5; 24] };
        assert!(!walk.is_linear());
        assert_eq!(walk.total(), 5 * visits as usize + 1);
        while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
        for (i, x) in walk.x().iter().enumerate() {
            let expected = if i % 4 < 2 { picture[i % 12] } else { 0.5 };
            assert!((x - expected).abs() < 1e-4, "{kind:?}, {visits} visits, {i}: {x} for {expected}");
        }
    }
}

#[test]
fn a_masked_walk_goes_on_elsewhere_in_the_midst_of_its_visits_and_each_visit_draws_anew() {
    let kind = SamplerKind::DDPM;
    let mut denoiser = Perfect { schedule: schedule(), x0: vec![0.5; 24] };
    let (mut whole, _) = masked(kind, 3);
    let mut seen = vec![];
    for _ in 0..4 {
        pollster::block_on(whole.advance(&mut denoiser)).unwrap();
        seen.push(whole.z().to_vec());
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    let (mut rest, _) = masked(kind, 3);
    rest.set_state(whole.state().clone());
    for walk in [&mut whole, &mut rest] {
        while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
    }
    assert_eq!(whole.x(), rest.x());
}

#[test]
fn a_step_taken_once_is_its_mean_and_its_noise() {
    let walk_steps = steps(&schedule(), &SamplerConfig::default()).unwrap();
    let mut walk = Walk::new(walk_steps, 5, 0, 1, &Start::pure(8));
    let mut denoiser = Perfect { schedule: schedule(), x0: vec![0.25; 8] };
    let before = walk.state().clone();
    let step = pollster::block_on(walk.advance(&mut denoiser)).unwrap().unwrap();
    let mean = step.mean(&before.x, walk.net(), &before.memory);
    for ((x, mean), z) in walk.x().iter().zip(mean).zip(walk.z()) {
        assert!((x - (mean + step.z * z)).abs() < 1e-6);
    }
}
