//! The reverse process: from noise x_T to an image, one linear step at a time.
//!
//! Every sampler here is the same sum, x_{t_prev} = a x_t + b n + c z, where n is what the network says
//! of x_t, with factors that depend on t and t_prev alone. Here are the factors;
//! [`sampling`](crate::core::sampling) takes the steps.

use crate::core::schedule::Schedule;
use serde::{Deserialize, Serialize};

/// Which reverse step to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "native", derive(clap::ValueEnum))]
pub enum SamplerKind {
    /// DDPM with sigma^2 = beta_t (Ho et al. 2020, Algorithm 2; the tutorial's option 1).
    Ddpm,
    /// DDPM with the posterior's variance (eq. 7; the tutorial's option 2).
    DdpmPosterior,
    /// DDIM (Song et al. 2021, eq. 12): eta = 0 adds no noise at all.
    Ddim,
}

/// A sampler and its settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplerConfig {
    pub kind: SamplerKind,
    /// Reverse steps, 1 to T, spread evenly over the schedule; `None` takes all T.
    pub steps: Option<usize>,
    /// DDIM's eta, 0 (deterministic) to 1 (as noisy as DDPM's posterior). DDPM has none.
    pub eta: f64,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { kind: SamplerKind::Ddpm, steps: None, eta: 0.0 }
    }
}

/// Why a sampler cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SamplerError {
    #[error("{found} sampling steps: give a number from 1 to {timesteps}, the timesteps of this model")]
    Steps { found: usize, timesteps: usize },
    #[error("eta {0}: give a number from 0 (no noise) to 1 (as much as DDPM)")]
    Eta(f64),
    #[error("eta is a setting of DDIM alone: choose the sampler 'ddim' or leave eta at 0")]
    EtaWithoutDdim,
}

/// One reverse step, from t to t_prev, as the factors of its sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// The timestep that the network is asked about.
    pub t: usize,
    /// Where the step lands; `None` is the finished image.
    pub t_prev: Option<usize>,
    /// x_{t_prev} = `x` x_t + `net` n + `z` z, where n is what the network says of x_t.
    pub x: f32,
    pub net: f32,
    /// 0 in the last step: there the mean is the sample.
    pub z: f32,
    /// The image that this implies (eq. 15): `x0_x` x_t + `x0_net` n, unclipped.
    pub x0_x: f32,
    pub x0_net: f32,
    /// The noise that this implies: `eps_x` x_t + `eps_net` n; just n where the network predicts eps.
    pub eps_x: f32,
    pub eps_net: f32,
}

impl Step {
    /// The step's factors. With alpha = alpha_bar_t / alpha_bar_{t_prev} (just alpha_t where
    /// t_prev = t - 1) and beta = 1 - alpha:
    fn new(schedule: &Schedule, kind: SamplerKind, eta: f64, t: usize, t_prev: Option<usize>) -> Self {
        let alpha_bar = schedule.alpha_bar(Some(t));
        let alpha_bar_prev = schedule.alpha_bar(t_prev);
        let alpha = alpha_bar / alpha_bar_prev;
        let beta = 1.0 - alpha;
        let posterior_variance = beta * (1.0 - alpha_bar_prev) / (1.0 - alpha_bar);
        // 1. Both DDPMs share the mean (eq. 11): (x_t - beta / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha).
        let ddpm_eps = -beta / ((1.0 - alpha_bar).sqrt() * alpha.sqrt());
        let (eps, sigma) = match kind {
            SamplerKind::Ddpm => (ddpm_eps, beta.sqrt()),
            SamplerKind::DdpmPosterior => (ddpm_eps, posterior_variance.sqrt()),
            // 2. DDIM goes to the predicted x_0 and noises it back to t_prev (eq. 12), which, for
            //    x_0 = (x_t - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t), gathers to:
            SamplerKind::Ddim => {
                let sigma = eta * posterior_variance.sqrt();
                let towards_x_t = (1.0 - alpha_bar_prev - sigma * sigma).max(0.0).sqrt();
                (towards_x_t - ((1.0 - alpha_bar) / alpha).sqrt(), sigma)
            }
        };
        let z = if t_prev.is_some() { sigma } else { 0.0 };
        // 3. eps is a sum of x_t and what the network says, too.
        let (eps_x, eps_net) = schedule.eps_from(t);
        let x0_eps = -((1.0 - alpha_bar) / alpha_bar).sqrt();
        Self {
            t,
            t_prev,
            x: (1.0 / alpha.sqrt() + eps * eps_x) as f32,
            net: (eps * eps_net) as f32,
            z: z as f32,
            x0_x: (1.0 / alpha_bar.sqrt() + x0_eps * eps_x) as f32,
            x0_net: (x0_eps * eps_net) as f32,
            eps_x: eps_x as f32,
            eps_net: eps_net as f32,
        }
    }

    /// The image predicted from x_t and what the network says of it, in [-1, 1] and a little beyond.
    pub fn predict_x0(&self, x_t: &[f32], net: &[f32]) -> Vec<f32> {
        x_t.iter().zip(net).map(|(x, net)| self.x0_x * x + self.x0_net * net).collect()
    }

    /// The noise predicted likewise.
    pub fn predict_eps(&self, x_t: &[f32], net: &[f32]) -> Vec<f32> {
        x_t.iter().zip(net).map(|(x, net)| self.eps_x * x + self.eps_net * net).collect()
    }

    /// Takes the step: `x` becomes x_{t_prev}. All slices have the batch's length.
    pub fn apply(&self, x: &mut [f32], net: &[f32], z: &[f32]) {
        for ((x, net), z) in x.iter_mut().zip(net).zip(z) {
            *x = self.x * *x + self.net * net + self.z * z;
        }
    }
}

/// The whole walk, from t = T - 1 down to the image.
///
/// # Errors
/// When the steps or eta are outside their ranges.
pub fn steps(schedule: &Schedule, config: &SamplerConfig) -> Result<Vec<Step>, SamplerError> {
    let timesteps = schedule.timesteps();
    let count = config.steps.unwrap_or(timesteps);
    if !(1..=timesteps).contains(&count) {
        return Err(SamplerError::Steps { found: count, timesteps });
    }
    if !(0.0..=1.0).contains(&config.eta) {
        return Err(SamplerError::Eta(config.eta));
    }
    if config.eta != 0.0 && config.kind != SamplerKind::Ddim {
        return Err(SamplerError::EtaWithoutDdim);
    }
    // Evenly strided and always ending the stride at T - 1, so that the walk starts from pure noise.
    let times: Vec<usize> = (1..=count).map(|i| i * timesteps / count - 1).collect();
    let step = |i: usize| {
        let t_prev = i.checked_sub(1).map(|i| times[i]);
        Step::new(schedule, config.kind, config.eta, times[i], t_prev)
    };
    Ok((0..count).rev().map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::schedule::ScheduleConfig;

    const KINDS: [SamplerKind; 3] = [SamplerKind::Ddpm, SamplerKind::DdpmPosterior, SamplerKind::Ddim];

    fn schedule() -> Schedule {
        Schedule::new(ScheduleConfig::default()).unwrap()
    }

    #[test]
    fn ddim_with_eta_1_is_ddpm_with_the_posteriors_variance() {
        let schedule = schedule();
        for count in [Some(10), None] {
            let walk = |kind, eta| steps(&schedule, &SamplerConfig { kind, steps: count, eta }).unwrap();
            let pairs = walk(SamplerKind::Ddim, 1.0).into_iter().zip(walk(SamplerKind::DdpmPosterior, 0.0));
            for (ddim, ddpm) in pairs {
                assert_eq!((ddim.t, ddim.t_prev), (ddpm.t, ddpm.t_prev));
                for (a, b) in [(ddim.x, ddpm.x), (ddim.net, ddpm.net), (ddim.z, ddpm.z)] {
                    assert!((a - b).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn full_walk_visits_every_timestep_and_ends_without_noise() {
        let schedule = schedule();
        for kind in KINDS {
            let walk = steps(&schedule, &SamplerConfig { kind, ..Default::default() }).unwrap();
            assert!(walk.iter().map(|step| step.t).eq((0..200).rev()));
            assert!(walk.iter().all(|step| step.t_prev == step.t.checked_sub(1)));
            assert_eq!(walk[199].z, 0.0);
        }
        let ddpm = steps(&schedule, &SamplerConfig::default()).unwrap();
        assert!((f64::from(ddpm[0].z) - schedule.betas[199].sqrt()).abs() < 1e-7);
        let strided = SamplerConfig { steps: Some(10), ..Default::default() };
        let times: Vec<usize> = steps(&schedule, &strided).unwrap().iter().map(|step| step.t).collect();
        assert_eq!(times, [199, 179, 159, 139, 119, 99, 79, 59, 39, 19]);
    }

    #[test]
    fn refuses_bad_settings() {
        let refused =
            |kind, count, eta| steps(&schedule(), &SamplerConfig { kind, steps: count, eta }).unwrap_err();
        assert!(matches!(refused(SamplerKind::Ddpm, Some(0), 0.0), SamplerError::Steps { .. }));
        assert!(matches!(refused(SamplerKind::Ddpm, Some(201), 0.0), SamplerError::Steps { .. }));
        assert_eq!(refused(SamplerKind::Ddim, None, 1.5), SamplerError::Eta(1.5));
        assert_eq!(refused(SamplerKind::Ddpm, None, 0.5), SamplerError::EtaWithoutDdim);
    }
}
