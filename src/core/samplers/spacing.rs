//! Which timesteps a walk of few steps visits.

use crate::core::choice::choice;
use crate::core::schedule::Schedule;

/// How a walk's steps are spread over the schedule. Every walk starts at t = T - 1, and n steps visit n
/// distinct timesteps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    #[default]
    Even,
    LogSnr,
    Halfway,
}

choice!(Spacing {
    Even = "even", "Evenly in t";
    LogSnr = "log-snr", "Evenly in the logarithm of the signal-to-noise ratio";
    Halfway = "halfway", "Halfway between these two: best for five steps or so";
});

impl Spacing {
    /// The timesteps of `count` steps, falling from T - 1; `count` is 1 to T.
    pub(super) fn times(self, schedule: &Schedule, count: usize) -> Vec<usize> {
        let even = |k: usize| ((count - k) * schedule.timesteps() / count - 1) as f64;
        match self {
            Self::Even => (0..count).map(|k| even(k) as usize).collect(),
            Self::LogSnr => distinct(schedule, count, |k| at_share(schedule, k, count)),
            Self::Halfway => distinct(schedule, count, |k| 0.5 * (even(k) + at_share(schedule, k, count))),
        }
    }
}

/// The t, between two whole ones, at which `k` of `count` equal parts of the log-SNR from t = T - 1 to t = 0
/// are gained.
fn at_share(schedule: &Schedule, k: usize, count: usize) -> f64 {
    let last = schedule.timesteps() - 1;
    let [low, high] = [last, 0].map(|t| schedule.half_log_snr(t));
    let wanted = low + (high - low) * k as f64 / count as f64;
    // The log-SNR falls as t grows.
    let above = (0..=last).position(|t| schedule.half_log_snr(t) <= wanted).unwrap_or(last);
    let Some(below) = above.checked_sub(1) else { return 0.0 };
    let [left, right] = [below, above].map(|t| schedule.half_log_snr(t));
    below as f64 + (left - wanted) / (left - right)
}

/// The nearest whole timesteps, moved apart where several would be the same.
fn distinct(schedule: &Schedule, count: usize, time: impl Fn(usize) -> f64) -> Vec<usize> {
    let mut times: Vec<usize> = vec![];
    for k in 0..count {
        let most = times.last().map_or(schedule.timesteps() - 1, |before| before - 1);
        let left = count - 1 - k;
        times.push((time(k).round() as usize).clamp(left, most));
    }
    times
}
