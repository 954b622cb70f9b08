//! Which timesteps a walk of few steps visits.

use super::SamplerError;
use crate::core::choice::choice;
use crate::core::schedule::Schedule;

/// How a walk's steps are spread over the schedule. n steps visit n distinct timesteps, and all but a distilled
/// network's walks start at t = T - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spacing {
    #[default]
    Even,
    LogSnr,
    Halfway,
    Distilled,
}

choice!(Spacing {
    Even = "even", "Evenly in t";
    LogSnr = "log-snr", "Evenly in the logarithm of the signal-to-noise ratio";
    Halfway = "halfway", "Halfway between these two: best for five steps or so";
    Distilled = "distilled", "Evenly in t, n steps beginning n timesteps below T: so a distilled model walks";
});

impl Spacing {
    /// The timesteps of `count` steps, falling; `count` is 1 to T.
    ///
    /// # Errors
    /// When a distilled network's walk cannot have so many steps.
    pub(super) fn times(self, schedule: &Schedule, count: usize) -> Result<Vec<usize>, SamplerError> {
        let timesteps = schedule.timesteps();
        Ok(match self {
            Self::Even | Self::LogSnr | Self::Halfway => self.times_from(schedule, timesteps - 1, count),
            // The last step takes place at T / n - n. So every number of steps has timesteps of its own: those of
            // 1, 2, 4 and 8 steps are all different where T is 200.
            Self::Distilled if timesteps / count >= count => {
                (0..count).map(|k| (count - k) * timesteps / count - count).collect()
            }
            Self::Distilled => {
                return Err(SamplerError::Distilled {
                    found: count,
                    timesteps,
                    most: (1..=count).take_while(|count| timesteps / count >= *count).last().unwrap_or(1),
                });
            }
        })
    }

    /// The timesteps of `count` steps from `from` on, which is the first of them; `count` is 1 to `from` + 1. A distilled
    /// network's walks begin at timesteps of their own, so that from another one its steps are even in t.
    pub(super) fn times_from(self, schedule: &Schedule, from: usize, count: usize) -> Vec<usize> {
        let segment = Segment { schedule, from, to: None, count };
        match self {
            Self::Even | Self::Distilled => (0..count).map(|k| segment.even(k)).collect(),
            Self::LogSnr => segment.distinct(|k| segment.at_share(k)),
            Self::Halfway => segment.halfway(),
        }
    }
}

/// The timesteps of `count` steps that together visit all of `through`, which fall: the steps are spread evenly
/// over the segments from one of these to the next, the last of which ends at the finished image, and each
/// segment's over its timesteps as [`Spacing::Halfway`] does it.
///
/// # Errors
/// When there are too few steps for the segments, or more than a segment has timesteps.
pub(super) fn times_through(
    schedule: &Schedule,
    through: &[usize],
    count: usize,
) -> Result<Vec<usize>, SamplerError> {
    let segments = through.len();
    let mut times = vec![];
    for (k, &from) in through.iter().enumerate() {
        let to = through.get(k + 1).copied();
        let steps = (k + 1) * count / segments - k * count / segments;
        if !(1..=from - to.map_or(0, |to| to + 1) + 1).contains(&steps) {
            return Err(SamplerError::Through { found: count, segments, timesteps: schedule.timesteps() });
        }
        times.extend(Segment { schedule, from, to, count: steps }.halfway());
    }
    Ok(times)
}

/// A part of a walk, of `count` steps: from the timestep `from` to just above `to`, or to the finished image.
struct Segment<'a> {
    schedule: &'a Schedule,
    from: usize,
    to: Option<usize>,
    count: usize,
}

impl Segment<'_> {
    /// The timestep of step `k` where they are even in t.
    fn even(&self, k: usize) -> usize {
        // The finished image counts as t = -1.
        let end = self.to.map_or(0, |to| to + 1);
        end + (self.count - k) * (self.from + 1 - end) / self.count - 1
    }

    /// The t, between two whole ones, at which `k` of `count` equal parts of the segment's log-SNR are gained;
    /// that of the finished image is infinite, so that t = 0 takes its place.
    fn at_share(&self, k: usize) -> f64 {
        let schedule = self.schedule;
        let last = schedule.timesteps() - 1;
        let [low, high] = [self.from, self.to.unwrap_or(0)].map(|t| schedule.half_log_snr(t));
        let wanted = low + (high - low) * k as f64 / self.count as f64;
        // The log-SNR falls as t grows.
        let above = (0..=last).position(|t| schedule.half_log_snr(t) <= wanted).unwrap_or(last);
        let Some(below) = above.checked_sub(1) else { return 0.0 };
        let [left, right] = [below, above].map(|t| schedule.half_log_snr(t));
        below as f64 + (left - wanted) / (left - right)
    }

    fn halfway(&self) -> Vec<usize> {
        self.distinct(|k| 0.5 * (self.even(k) as f64 + self.at_share(k)))
    }

    /// The nearest whole timesteps, moved apart where several would be the same.
    fn distinct(&self, time: impl Fn(usize) -> f64) -> Vec<usize> {
        let lowest = self.to.map_or(0, |to| to + 1);
        let mut times: Vec<usize> = vec![];
        for k in 0..self.count {
            let most = times.last().map_or(self.from, |before| before - 1);
            let left = lowest + self.count - 1 - k;
            times.push((time(k).round() as usize).clamp(left, most));
        }
        times
    }
}
