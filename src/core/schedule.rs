//! The noise schedule: how much signal and how much noise x_t holds.
//!
//! Everything here is f64 and knows nothing of tensors, networks or the browser.
//! `t` counts from 0: t = 0 means "noised by one step", t = T - 1 is the noisiest image.

mod config;

pub use config::{ScheduleConfig, ScheduleKind};

/// Rows of the network's time-embedding table, and so the most timesteps a schedule can have.
pub const MAX_TIMESTEPS: usize = 1000;

/// Frames in the tutorial's figure of a run.
pub const FRAMES: usize = 16;

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
    /// beta_t, the variance of the noise added at step t; rising.
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
        let ScheduleConfig { timesteps, beta_start, beta_end, .. } = config;
        if !(1..=MAX_TIMESTEPS).contains(&timesteps) {
            return Err(ScheduleError::Timesteps(timesteps));
        }
        // Written so that NaN fails too.
        if !(beta_start > 0.0 && beta_start <= beta_end && beta_end < 1.0) {
            return Err(ScheduleError::Betas(beta_start, beta_end));
        }
        let betas = config.betas();
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

    /// The factors of x_0 and of eps in what the network should predict of x_t.
    pub fn target(&self, t: usize) -> (f64, f64) {
        self.config.prediction.target(self.alpha_bars[t])
    }

    /// What the network should predict of images with noise at `t`.
    pub fn target_of(&self, t: usize, x_0: &[f32], eps: &[f32]) -> Vec<f32> {
        let (of_x_0, of_eps) = self.target(t);
        let (of_x_0, of_eps) = (of_x_0 as f32, of_eps as f32);
        x_0.iter().zip(eps).map(|(x_0, eps)| of_x_0 * x_0 + of_eps * eps).collect()
    }

    /// The factors of x_t and of the network's output in the eps that they imply.
    pub fn eps_from(&self, t: usize) -> (f64, f64) {
        self.config.prediction.eps_from(self.alpha_bars[t])
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

    /// Half the logarithm of the signal-to-noise ratio at `t`: ln(sqrt(alpha_bar) / sqrt(1 - alpha_bar)).
    pub fn half_log_snr(&self, t: usize) -> f64 {
        0.5 * self.snr(Some(t)).ln()
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
    use crate::core::prediction::Prediction;

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
    fn a_cosine_falls_to_almost_nothing() {
        let cosine = |timesteps| Schedule::new(ScheduleConfig::new(ScheduleKind::Cosine, timesteps)).unwrap();
        for timesteps in [1, 2, 50, 200, 1000] {
            let schedule = cosine(timesteps);
            assert!(schedule.betas.is_sorted() && schedule.betas[timesteps - 1] <= 0.5, "{timesteps} steps");
        }
        let schedule = cosine(200);
        // cos^2(pi/2 (0.5 + 0.008) / 1.008) / cos^2(pi/2 0.008 / 1.008): half of the way, all but half of the power.
        assert!((schedule.alpha_bars[99] - 0.493_844).abs() < 1e-6, "{}", schedule.alpha_bars[99]);
        assert!((1e-5..3e-4).contains(&schedule.alpha_bars[199]), "{}", schedule.alpha_bars[199]);
        assert!(Schedule::new(ScheduleConfig::default()).unwrap().alpha_bars[199] > 0.13);
    }

    #[test]
    fn eps_follows_from_what_is_predicted() {
        for prediction in [Prediction::Eps, Prediction::V] {
            let schedule = Schedule::new(ScheduleConfig { prediction, ..Default::default() }).unwrap();
            for t in [0, 87, 199] {
                let (x_0, eps) = (-0.4, 1.3);
                let (signal, noise) = schedule.q_sample(Some(t));
                let (of_x_0, of_eps) = schedule.target(t);
                let (of_x_t, of_output) = schedule.eps_from(t);
                let found = of_x_t * (signal * x_0 + noise * eps) + of_output * (of_x_0 * x_0 + of_eps * eps);
                assert!((found - eps).abs() < 1e-12, "{prediction:?} at {t}: {found}");
            }
        }
    }

    #[test]
    fn refuses_what_cannot_be_a_schedule() {
        let build = |timesteps, beta_start, beta_end| {
            let config = ScheduleConfig { timesteps, beta_start, beta_end, ..Default::default() };
            Schedule::new(config).map(|_| ())
        };
        assert_eq!(build(0, 1e-4, 0.02), Err(ScheduleError::Timesteps(0)));
        assert_eq!(build(1001, 1e-4, 0.02), Err(ScheduleError::Timesteps(1001)));
        for (start, end) in [(0.0, 0.02), (0.02, 1e-4), (1e-4, 1.0), (f64::NAN, 0.02), (1e-4, f64::NAN)] {
            assert!(matches!(build(200, start, end), Err(ScheduleError::Betas(..))));
        }
        assert!(build(1, 1e-4, 0.02).is_ok());
    }
}
