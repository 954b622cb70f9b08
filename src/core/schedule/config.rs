//! What defines a schedule: its betas, and what the network predicts along it.

use crate::core::choice::choice;
use crate::core::prediction::Prediction;
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the betas rise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScheduleKind {
    #[default]
    Linear,
    Cosine,
}

choice!(ScheduleKind {
    Linear = "linear", "Evenly from beta_start to beta_end (Ho et al. 2020; the tutorial's)";
    Cosine = "cosine", "So that alpha_bar falls along a squared cosine (Nichol and Dhariwal 2021, eq. 17)";
});

/// What defines a schedule, and what is predicted along it. The defaults are the tutorial's: T = 200, betas 1e-4 to 0.02.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Linear in files that do not say it.
    #[serde(default)]
    pub kind: ScheduleKind,
    /// Number of diffusion steps T, 1 to [`MAX_TIMESTEPS`](super::MAX_TIMESTEPS).
    pub timesteps: usize,
    /// beta at t = 0, or a cosine's least beta, in (0, 1).
    pub beta_start: f64,
    /// beta at t = T - 1, or a cosine's largest beta, in [beta_start, 1).
    pub beta_end: f64,
    /// The noise in files that do not say it.
    #[serde(default)]
    pub prediction: Prediction,
}

impl ScheduleConfig {
    /// The usual ends of the betas: for a linear schedule the tutorial's. A cosine's last betas would
    /// grow to 1, where x_0 can no longer be told from x_t: they stop at 1/2, which leaves alpha_bar at 7e-5.
    pub fn new(kind: ScheduleKind, timesteps: usize) -> Self {
        let beta_end = match kind {
            ScheduleKind::Linear => 0.02,
            ScheduleKind::Cosine => 0.5,
        };
        Self { kind, timesteps, beta_start: 1e-4, beta_end, prediction: Prediction::Eps }
    }

    pub(super) fn betas(&self) -> Vec<f64> {
        let Self { kind, timesteps, beta_start, beta_end, .. } = *self;
        match kind {
            ScheduleKind::Linear => {
                let gap = (beta_end - beta_start) / (timesteps.max(2) - 1) as f64;
                (0..timesteps).map(|t| beta_start + gap * t as f64).collect()
            }
            ScheduleKind::Cosine => {
                // alpha_bar before step t, but for a factor that drops out; 0.008 is the paper's s.
                let left = |t: usize| {
                    let share = (t as f64 / timesteps as f64 + 0.008) / 1.008;
                    (share * std::f64::consts::FRAC_PI_2).cos().powi(2)
                };
                (0..timesteps).map(|t| (1.0 - left(t + 1) / left(t)).clamp(beta_start, beta_end)).collect()
            }
        }
    }
}

/// For people to read.
impl fmt::Display for ScheduleConfig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { kind, timesteps, beta_start, beta_end, prediction } = self;
        let name = match kind {
            ScheduleKind::Linear => "linear",
            ScheduleKind::Cosine => "cosine",
        };
        let predicted = match prediction {
            Prediction::Eps => "ε",
            Prediction::V => "v",
        };
        write!(
            f,
            "{name}, T = {timesteps}, β from {beta_start} to {beta_end}; the network predicts {predicted}"
        )
    }
}

impl Default for ScheduleConfig {
    fn default() -> Self {
        Self::new(ScheduleKind::Linear, 200)
    }
}
