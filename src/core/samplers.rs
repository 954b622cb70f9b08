//! The reverse process: from noise x_T to an image, one linear step at a time.
//!
//! A step of every sampler here is the sum x_{t_prev} = a x_t + b n + c z + d m, where n is the network's
//! output for x_t, z is fresh noise, and m is the memory: a vector that each step rewrites as
//! m' = e x_t + f n. The factors depend on t and t_prev alone. Each sampler has a file of its own, which says
//! its factors, and a line in `SAMPLERS`. [`sampling`](super::sampling) takes the steps.

mod course;
mod ddim;
mod ddpm;
mod dpm_solver_pp;
mod error;
pub mod spacing;
mod step;

pub use self::course::{Course, MAX_VISITS};
pub use self::error::SamplerError;
use self::spacing::Spacing;
pub use self::step::Step;
use self::step::{Factors, Interval};
use super::choice::{Choice, serde_by_name};
use super::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Every sampler, the usual one first.
static SAMPLERS: [&Sampler; 4] =
    [&ddpm::DDPM, &ddpm::DDPM_POSTERIOR, &ddim::DDIM, &dpm_solver_pp::DPM_SOLVER_PP];

/// What a sampler's file says of it.
#[derive(Debug)]
struct Sampler {
    name: &'static str,
    about: &'static str,
    /// Whether its noise can be chosen by eta.
    takes_eta: bool,
    factors: fn(&Interval) -> Factors,
}

/// Which sampler takes the steps.
#[derive(Clone, Copy)]
pub struct SamplerKind(&'static Sampler);

impl SamplerKind {
    pub const DDPM: Self = Self(&ddpm::DDPM);
    pub const DDPM_POSTERIOR: Self = Self(&ddpm::DDPM_POSTERIOR);
    pub const DDIM: Self = Self(&ddim::DDIM);
    pub const DPM_SOLVER_PP: Self = Self(&dpm_solver_pp::DPM_SOLVER_PP);

    /// Whether its noise can be chosen by eta.
    pub fn takes_eta(self) -> bool {
        self.0.takes_eta
    }
}

impl Choice for SamplerKind {
    fn all() -> Vec<Self> {
        SAMPLERS.map(Self).to_vec()
    }
    fn name(self) -> &'static str {
        self.0.name
    }
    fn about(self) -> &'static str {
        self.0.about
    }
}

serde_by_name!(SamplerKind);

impl PartialEq for SamplerKind {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl fmt::Debug for SamplerKind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A sampler and its settings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplerConfig {
    pub kind: SamplerKind,
    /// Reverse steps, 1 to T; `None` takes all T.
    pub steps: Option<usize>,
    /// How the steps are spread over the schedule.
    #[serde(default)]
    pub spacing: Spacing,
    /// The noise of DDIM, from 0 (deterministic) to 1 (as much as DDPM's posterior has).
    pub eta: f64,
}

impl Default for SamplerConfig {
    fn default() -> Self {
        Self { kind: SamplerKind::DDPM, steps: None, spacing: Spacing::Even, eta: 0.0 }
    }
}

/// The whole walk, from the spacing's first timestep, usually T - 1, down to the image.
///
/// # Errors
/// When the steps or eta are outside their ranges.
pub fn steps(schedule: &Schedule, config: &SamplerConfig) -> Result<Vec<Step>, SamplerError> {
    steps_from(schedule, config, 0)
}

/// The walk from its step number `first` on, for a run that starts there without a memory.
///
/// # Errors
/// When the steps or eta are outside their ranges.
pub fn steps_from(
    schedule: &Schedule,
    config: &SamplerConfig,
    first: usize,
) -> Result<Vec<Step>, SamplerError> {
    let SamplerConfig { kind, steps, spacing, eta } = *config;
    let timesteps = schedule.timesteps();
    let count = steps.unwrap_or(timesteps);
    if !(1..=timesteps).contains(&count) {
        return Err(SamplerError::Steps { found: count, timesteps });
    }
    check_eta(kind, eta)?;
    let times = spacing.times(schedule, count)?;
    Ok(over(schedule, kind, eta, &times[first.min(count)..]))
}

fn check_eta(kind: SamplerKind, eta: f64) -> Result<(), SamplerError> {
    match eta {
        _ if !(0.0..=1.0).contains(&eta) => Err(SamplerError::Eta(eta)),
        _ if eta != 0.0 && !kind.takes_eta() => Err(SamplerError::EtaWithoutDdim),
        _ => Ok(()),
    }
}

/// The walk of `count` steps that visits the timesteps `through`, which fall, on its way: it starts at the first
/// of them, and its steps are spread evenly over the segments between them. No noise is added but what the
/// sampler always adds.
///
/// # Errors
/// When there are too few steps for the segments, or more than a segment has timesteps.
pub fn steps_through(
    schedule: &Schedule,
    kind: SamplerKind,
    through: &[usize],
    count: usize,
) -> Result<Vec<Step>, SamplerError> {
    Ok(over(schedule, kind, 0.0, &spacing::times_through(schedule, through, count)?))
}

/// The walk over these timesteps, which fall, to the finished image.
fn over(schedule: &Schedule, kind: SamplerKind, eta: f64, times: &[usize]) -> Vec<Step> {
    (0..times.len()).map(|i| step(schedule, kind, eta, times, i, i > 0)).collect()
}

/// Step `i` of the walk over these timesteps; `leans` on what the step before remembered, or not.
fn step(schedule: &Schedule, kind: SamplerKind, eta: f64, times: &[usize], i: usize, leans: bool) -> Step {
    let t_prev = times.get(i + 1).copied();
    let gained = || schedule.half_log_snr(times[i]) - schedule.half_log_snr(times[i - 1]);
    let interval = Interval {
        alpha_bar: schedule.alpha_bar(Some(times[i])),
        alpha_bar_prev: schedule.alpha_bar(t_prev),
        eta,
        gained: leans.then(gained),
    };
    Step::new(schedule, times[i], t_prev, &interval, kind.0)
}

#[cfg(test)]
mod tests;
