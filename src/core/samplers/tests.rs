use super::*;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};

fn schedule() -> Schedule {
    Schedule::new(ScheduleConfig::default()).unwrap()
}

fn config(kind: SamplerKind, steps: Option<usize>, eta: f64) -> SamplerConfig {
    SamplerConfig { kind, steps, eta, ..Default::default() }
}

/// The spacings that take any number of steps: all but the distilled one.
fn of_all_numbers_of_steps() -> impl Iterator<Item = Spacing> {
    Spacing::all().into_iter().filter(|spacing| *spacing != Spacing::Distilled)
}

#[test]
fn ddim_with_eta_1_is_ddpm_with_the_posteriors_variance() {
    let schedule = schedule();
    for count in [Some(10), None] {
        let walk = |kind, eta| steps(&schedule, &config(kind, count, eta)).unwrap();
        let pairs = walk(SamplerKind::DDIM, 1.0).into_iter().zip(walk(SamplerKind::DDPM_POSTERIOR, 0.0));
        for (ddim, ddpm) in pairs {
            assert_eq!((ddim.t, ddim.t_prev), (ddpm.t, ddpm.t_prev));
            for (a, b) in [(ddim.x, ddpm.x), (ddim.net, ddpm.net), (ddim.z, ddpm.z)] {
                assert!((a - b).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn a_full_walk_visits_every_timestep_and_ends_without_noise() {
    let schedule = schedule();
    for kind in SamplerKind::all() {
        for spacing in of_all_numbers_of_steps() {
            let walk = steps(&schedule, &SamplerConfig { kind, spacing, ..Default::default() }).unwrap();
            assert!(walk.iter().map(|step| step.t).eq((0..200).rev()), "{kind:?} {spacing:?}");
            assert!(walk.iter().all(|step| step.t_prev == step.t.checked_sub(1)));
            assert_eq!((walk[199].z, walk[199].memory, walk[0].memory), (0.0, 0.0, 0.0));
        }
    }
    let ddpm = steps(&schedule, &SamplerConfig::default()).unwrap();
    assert!((f64::from(ddpm[0].z) - schedule.betas[199].sqrt()).abs() < 1e-7);
    let strided = config(SamplerKind::DDPM, Some(10), 0.0);
    let times: Vec<usize> = steps(&schedule, &strided).unwrap().iter().map(|step| step.t).collect();
    assert_eq!(times, [199, 179, 159, 139, 119, 99, 79, 59, 39, 19]);
}

#[test]
fn every_spacing_starts_at_the_noisiest_and_visits_as_many_timesteps_as_steps() {
    for kind in [ScheduleKind::Linear, ScheduleKind::Cosine] {
        for timesteps in [1, 7, 200, 1000] {
            let schedule = Schedule::new(ScheduleConfig::new(kind, timesteps)).unwrap();
            for spacing in of_all_numbers_of_steps() {
                for count in [1, 2, 5, 20, 199, 200].into_iter().filter(|count| *count <= timesteps) {
                    let times = spacing.times(&schedule, count).unwrap();
                    assert_eq!((times.len(), times[0]), (count, timesteps - 1), "{spacing:?}");
                    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{spacing:?} {times:?}");
                }
            }
        }
    }
}

#[test]
fn log_snr_spacing_gains_equal_parts() {
    let schedule = schedule();
    let times = Spacing::LogSnr.times(&schedule, 5).unwrap();
    let gains: Vec<f64> =
        times.windows(2).map(|t| schedule.half_log_snr(t[1]) - schedule.half_log_snr(t[0])).collect();
    assert!(gains.iter().all(|gain| (gain / gains[0] - 1.0).abs() < 0.1), "{gains:?}");
}

#[test]
fn distilled_walks_of_different_lengths_share_no_timestep() {
    let schedule = schedule();
    let times = |count| Spacing::Distilled.times(&schedule, count);
    assert_eq!(times(1).unwrap(), [199]);
    assert_eq!(times(2).unwrap(), [198, 98]);
    assert_eq!(times(4).unwrap(), [196, 146, 96, 46]);
    let mut all: Vec<usize> = [1, 2, 4, 8].into_iter().flat_map(|count| times(count).unwrap()).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 15);
    assert_eq!(times(14).unwrap().last(), Some(&0));
    assert_eq!(times(15), Err(SamplerError::Distilled { found: 15, timesteps: 200, most: 14 }));
}

#[test]
fn a_walk_through_given_timesteps_visits_them_and_spreads_its_steps() {
    let schedule = schedule();
    let kind = SamplerKind::DPM_SOLVER_PP;
    let through = [196, 146, 96, 46];
    let walk = steps_through(&schedule, kind, &through, 12).unwrap();
    let times: Vec<usize> = walk.iter().map(|step| step.t).collect();
    assert!(times.windows(2).all(|pair| pair[0] > pair[1]), "{times:?}");
    assert_eq!(times.iter().step_by(3).copied().collect::<Vec<_>>(), through);
    assert!(walk.windows(2).all(|pair| pair[0].t_prev == Some(pair[1].t)));
    assert!(walk[0].memory == 0.0 && walk[6].memory != 0.0 && walk[11].t_prev.is_none());
    // From T - 1 to the image it is the walk that the spacing `halfway` gives.
    let halfway = SamplerConfig { kind, steps: Some(12), spacing: Spacing::Halfway, eta: 0.0 };
    assert_eq!(steps_through(&schedule, kind, &[199], 12), steps(&schedule, &halfway));
    for count in [3, 190] {
        let refused = steps_through(&schedule, kind, &through, count).unwrap_err();
        assert_eq!(refused, SamplerError::Through { found: count, segments: 4, timesteps: 200 });
    }
}

#[test]
fn a_walk_that_starts_in_the_middle_has_no_memory_yet() {
    let config = config(SamplerKind::DPM_SOLVER_PP, Some(20), 0.0);
    let [whole, rest] = [0, 7].map(|first| steps_from(&schedule(), &config, first).unwrap());
    assert_eq!((rest.len(), rest[0].t), (13, whole[7].t));
    assert!(whole[7].memory != 0.0 && rest[0].memory == 0.0);
    assert_eq!(whole[8..], rest[1..]);
}

#[test]
fn refuses_bad_settings() {
    let refused = |kind, count, eta| steps(&schedule(), &config(kind, count, eta)).unwrap_err();
    assert!(matches!(refused(SamplerKind::DDPM, Some(0), 0.0), SamplerError::Steps { .. }));
    assert!(matches!(refused(SamplerKind::DDPM, Some(201), 0.0), SamplerError::Steps { .. }));
    assert_eq!(refused(SamplerKind::DDIM, None, 1.5), SamplerError::Eta(1.5));
    assert_eq!(refused(SamplerKind::DPM_SOLVER_PP, None, 0.5), SamplerError::EtaWithoutDdim);
}

/// A plain implementation of the paper's Algorithm 2 in f64, with the noise of a Gaussian's exact denoiser.
#[test]
fn dpm_solver_pp_is_its_definition() {
    let schedule = schedule();
    let config = SamplerConfig {
        kind: SamplerKind::DPM_SOLVER_PP,
        steps: Some(12),
        spacing: Spacing::Halfway,
        eta: 0.0,
    };
    // x_0 of N(0.3, 0.2^2), so E[x_0 | x_t] is linear in x_t.
    let x0_of = |x: f64, alpha: f64, sigma: f64| {
        let gain = 0.04 * alpha / (0.04 * alpha * alpha + sigma * sigma);
        0.3 + gain * (x - alpha * 0.3)
    };
    let walk = steps(&schedule, &config).unwrap();
    let factors = |t: usize| schedule.q_sample(Some(t));
    let (mut x, mut memory) = (vec![1.1f32], vec![0.0f32]);
    let (mut exact, mut before) = (1.1f64, None);
    for step in &walk {
        let (alpha, sigma) = factors(step.t);
        let eps = (f64::from(x[0]) - alpha * x0_of(f64::from(x[0]), alpha, sigma)) / sigma;
        step.apply(&mut x, &[eps as f32], &[0.0], &mut memory);

        let x0 = x0_of(exact, alpha, sigma);
        let lambda = (alpha / sigma).ln();
        exact = match step.t_prev {
            None => x0,
            Some(t_prev) => {
                let (alpha_prev, sigma_prev) = factors(t_prev);
                let h = (alpha_prev / sigma_prev).ln() - lambda;
                let d = match before {
                    None => x0,
                    Some((x0_before, lambda_before)) => {
                        let r = (lambda - lambda_before) / h;
                        (1.0 + 1.0 / (2.0 * r)) * x0 - 1.0 / (2.0 * r) * x0_before
                    }
                };
                sigma_prev / sigma * exact - alpha_prev * ((-h).exp() - 1.0) * d
            }
        };
        before = Some((x0, lambda));
        assert!((f64::from(x[0]) - exact).abs() < 1e-5, "at {}: {} for {exact}", step.t, x[0]);
    }
}
