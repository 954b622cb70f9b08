//! The noise schedule: how much signal and how much noise x_t holds.
//!
//! Everything here is f64 and knows nothing of tensors, networks or the browser.
//! `t` counts from 0: t = 0 means "noised by one step", t = T - 1 is the noisiest image.

use serde::{Deserialize, Serialize};

/// Rows of the network's time-embedding table, and so the most timesteps a schedule can have.
pub const MAX_TIMESTEPS: usize = 1000;

/// Frames in the tutorial's figure of a run.
pub const FRAMES: usize = 16;

/// What defines a schedule. The defaults are the tutorial's: T = 200, betas 1e-4 to 0.02.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Number of diffusion steps T, 1 to [`MAX_TIMESTEPS`].
    pub timesteps: usize,
    /// beta at t = 0, in (0, 1).
    pub beta_start: f64,
    /// beta at t = T - 1, in [beta_start, 1).
    pub beta_end: f64,
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self { timesteps: 200, beta_start: 1e-4, beta_end: 0.02 }
    }
}

/// Why a schedule cannot be built or asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ScheduleError {
    #[error(
        "{0} timesteps: give a number from 1 to {MAX_TIMESTEPS} (the network's time embedding has {MAX_TIMESTEPS} rows)"
    )]
    Timesteps(usize),
    #[error(
        "betas from {0} to {1}: they must lie strictly between 0 and 1, the first not above the last (the tutorial uses 0.0001 and 0.02)"
    )]
    Betas(f64, f64),
    #[error("{0} % of noise: give a percentage from 0 to 100")]
    Percent(f64),
}

/// The tables of Ho et al. 2020, "Denoising Diffusion Probabilistic Models", each of length T.
#[derive(Clone, Debug)]
pub struct Schedule {
    pub config: ScheduleConfig,
    /// beta_t, the variance of the noise added at step t; rising linearly.
    pub betas: Vec<f64>,
    /// alpha_t = 1 - beta_t.
    pub alphas: Vec<f64>,
    /// alpha_bar_t = alpha_0 * ... * alpha_t: the share of the image's power left in x_t.
    pub alpha_bars: Vec<f64>,
    /// The posterior's variance (eq. 7): beta_t (1 - alpha_bar_{t-1}) / (1 - alpha_bar_t); 0 at t = 0.
    pub posterior_variances: Vec<f64>,
}

impl Schedule {
    /// Builds the tables.
    ///
    /// # Errors
    /// When T or the betas are outside their ranges.
    pub fn new(config: ScheduleConfig) -> Result<Self, ScheduleError> {
        let ScheduleConfig { timesteps, beta_start, beta_end } = config;
        if !(1..=MAX_TIMESTEPS).contains(&timesteps) {
            return Err(ScheduleError::Timesteps(timesteps));
        }
        // Written so that NaN fails too.
        if !(beta_start > 0.0 && beta_start <= beta_end && beta_end < 1.0) {
            return Err(ScheduleError::Betas(beta_start, beta_end));
        }
        let gap = (beta_end - beta_start) / (timesteps.max(2) - 1) as f64;
        let betas: Vec<f64> = (0..timesteps).map(|t| beta_start + gap * t as f64).collect();
        let alphas: Vec<f64> = betas.iter().map(|beta| 1.0 - beta).collect();
        let alpha_bars: Vec<f64> = alphas
            .iter()
            .scan(1.0, |product, alpha| {
                *product *= alpha;
                Some(*product)
            })
            .collect();
        let posterior_variances = (0..timesteps)
            .map(|t| match t {
                0 => 0.0,
                _ => betas[t] * (1.0 - alpha_bars[t - 1]) / (1.0 - alpha_bars[t]),
            })
            .collect();
        Ok(Self { config, betas, alphas, alpha_bars, posterior_variances })
    }

    /// T.
    pub fn timesteps(&self) -> usize {
        self.config.timesteps
    }

    /// alpha_bar after `t` where `None` is the clean image: 1.
    pub fn alpha_bar(&self, t: Option<usize>) -> f64 {
        t.map_or(1.0, |t| self.alpha_bars[t])
    }

    /// The factors of x_0 and of eps in q(x_t | x_0) (eq. 4):
    /// x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps.
    pub fn q_sample(&self, t: Option<usize>) -> (f64, f64) {
        let alpha_bar = self.alpha_bar(t);
        (alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt())
    }

    /// x_t of images and noise of the same length; `None` gives the images back.
    pub fn noised(&self, t: Option<usize>, x_0: &[f32], eps: &[f32]) -> Vec<f32> {
        let (signal, noise) = self.q_sample(t);
        let (signal, noise) = (signal as f32, noise as f32);
        x_0.iter().zip(eps).map(|(x_0, eps)| signal * x_0 + noise * eps).collect()
    }

    /// Signal-to-noise ratio alpha_bar / (1 - alpha_bar); infinite for the clean image.
    pub fn snr(&self, t: Option<usize>) -> f64 {
        let alpha_bar = self.alpha_bar(t);
        alpha_bar / (1.0 - alpha_bar)
    }

    /// The timestep that the tutorial calls `percent` of noise: floor(percent T / 100) - 1.
    /// `None` is the clean image, where less than one step fits.
    ///
    /// # Errors
    /// When `percent` is not a number from 0 to 100.
    pub fn t_at_percent(&self, percent: f64) -> Result<Option<usize>, ScheduleError> {
        if !(0.0..=100.0).contains(&percent) {
            return Err(ScheduleError::Percent(percent));
        }
        Ok(((percent * self.timesteps() as f64 / 100.0) as usize).checked_sub(1))
    }
}

/// The tutorial's frame indices for a run of `steps` reverse steps: 16 evenly spaced numbers from
/// 0 to `steps`, cut to integers. For 200: 0 13 26 40 53 66 80 93 106 120 133 146 160 173 186 200.
pub fn frame_indices(steps: usize) -> [usize; FRAMES] {
    std::array::from_fn(|i| i * steps / (FRAMES - 1))
}

/// Which of the 16 frames show the image after reverse step number `index` (from 0) of `steps`.
/// Frame i is taken after step number `frame_indices[i]`; the last one after the last step.
pub fn frames_at(index: usize, steps: usize) -> impl Iterator<Item = usize> {
    let indices = frame_indices(steps);
    (0..FRAMES).filter(move |&i| indices[i].min(steps - 1) == index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tutorial_frames() {
        let expected = [0, 13, 26, 40, 53, 66, 80, 93, 106, 120, 133, 146, 160, 173, 186, 200];
        assert_eq!(frame_indices(200), expected);
        assert_eq!(frames_at(199, 200).collect::<Vec<_>>(), [15]);
        assert_eq!(frames_at(1, 200).count(), 0);
    }

    #[test]
    fn every_run_fills_every_frame_once() {
        for steps in [1, 2, 10, 15, 16, 17, 50, 200, 1000] {
            let mut filled: Vec<usize> = (0..steps).flat_map(|i| frames_at(i, steps)).collect();
            filled.sort();
            assert_eq!(filled, (0..FRAMES).collect::<Vec<_>>(), "{steps} steps");
        }
    }

    #[test]
    fn percent_is_the_tutorials() {
        let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
        let at = |percent| schedule.t_at_percent(percent).unwrap();
        assert_eq!([at(25.0), at(50.0), at(75.0), at(100.0)], [49, 99, 149, 199].map(Some));
        assert_eq!(at(0.0), None);
        assert_eq!(schedule.snr(None), f64::INFINITY);
        for bad in [-1.0, 101.0, f64::NAN, f64::INFINITY] {
            assert!(matches!(schedule.t_at_percent(bad), Err(ScheduleError::Percent(_))));
        }
    }

    #[test]
    fn refuses_what_cannot_be_a_schedule() {
        let build = |timesteps, beta_start, beta_end| {
            Schedule::new(ScheduleConfig { timesteps, beta_start, beta_end }).map(|_| ())
        };
        assert_eq!(build(0, 1e-4, 0.02), Err(ScheduleError::Timesteps(0)));
        assert_eq!(build(1001, 1e-4, 0.02), Err(ScheduleError::Timesteps(1001)));
        for (start, end) in [(0.0, 0.02), (0.02, 1e-4), (1e-4, 1.0), (f64::NAN, 0.02), (1e-4, f64::NAN)] {
            assert!(matches!(build(200, start, end), Err(ScheduleError::Betas(..))));
        }
        assert!(build(1, 1e-4, 0.02).is_ok());
    }
}
