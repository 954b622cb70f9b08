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

pub use self::course::{Course, MAX_VISITS};
pub use self::error::SamplerError;
use self::spacing::Spacing;
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

/// From t to t_prev: what a sampler's factors depend on.
struct Interval {
    /// alpha_bar at t and at t_prev; 1 where the step ends at the finished image.
    alpha_bar: f64,
    alpha_bar_prev: f64,
    eta: f64,
    /// Half the log-SNR that the step before gained, where that step left a memory.
    gained: Option<f64>,
}

impl Interval {
    /// Whether the step ends at the finished image.
    fn is_last(&self) -> bool {
        self.alpha_bar_prev == 1.0
    }

    /// alpha_bar_t / alpha_bar_{t_prev}: just alpha_t where t_prev = t - 1.
    fn alpha(&self) -> f64 {
        self.alpha_bar / self.alpha_bar_prev
    }

    fn beta(&self) -> f64 {
        1.0 - self.alpha()
    }

    /// The variance of q(x_{t_prev} | x_t, x_0) (Ho et al. 2020, eq. 7).
    fn posterior_variance(&self) -> f64 {
        self.beta() * (1.0 - self.alpha_bar_prev) / (1.0 - self.alpha_bar)
    }

    /// The factors of x_t and of eps in the predicted x_0 (eq. 15).
    fn x0(&self) -> (f64, f64) {
        (1.0 / self.alpha_bar.sqrt(), -((1.0 - self.alpha_bar) / self.alpha_bar).sqrt())
    }
}

/// A step's factors: x_{t_prev} = `x` x_t + `eps` eps + `z` z + `memory` m, and
/// m' = `memory_x` x_t + `memory_eps` eps.
#[derive(Default)]
struct Factors {
    x: f64,
    eps: f64,
    z: f64,
    memory: f64,
    memory_x: f64,
    memory_eps: f64,
}

/// One reverse step, from t to t_prev, as the factors of its sums; n is the network's output for x_t.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Step {
    /// The timestep that the network is asked about.
    pub t: usize,
    /// Where the step lands; `None` is the finished image.
    pub t_prev: Option<usize>,
    /// x_{t_prev} = `x` x_t + `net` n + `z` z + `memory` m.
    pub x: f32,
    pub net: f32,
    /// 0 in the last step: there the mean is the sample.
    pub z: f32,
    /// 0 in a walk's first step and in its last.
    pub memory: f32,
    /// m' = `memory_x` x_t + `memory_net` n.
    pub memory_x: f32,
    pub memory_net: f32,
    /// The image that x_t and n imply (eq. 15): `x0_x` x_t + `x0_net` n, unclipped.
    pub x0_x: f32,
    pub x0_net: f32,
    /// The noise that they imply: `eps_x` x_t + `eps_net` n; just n where the network predicts eps.
    pub eps_x: f32,
    pub eps_net: f32,
    /// How often this step was taken before: 0 where each is taken once.
    pub visit: u32,
    /// The factors of x_{t_prev} and of fresh noise in the x_t that the batch goes back to after the step, to take it
    /// once more; none where it goes on.
    pub back: Option<[f32; 2]>,
}

impl Step {
    fn new(
        schedule: &Schedule,
        t: usize,
        t_prev: Option<usize>,
        interval: &Interval,
        sampler: &Sampler,
    ) -> Self {
        let Factors { x, eps, z, memory, memory_x, memory_eps } = (sampler.factors)(interval);
        // eps is a sum of x_t and the network's output.
        let (eps_x, eps_net) = schedule.eps_from(t);
        let (x0_x, x0_eps) = interval.x0();
        Self {
            t,
            t_prev,
            x: (x + eps * eps_x) as f32,
            net: (eps * eps_net) as f32,
            z: if interval.is_last() { 0.0 } else { z as f32 },
            memory: memory as f32,
            memory_x: (memory_x + memory_eps * eps_x) as f32,
            memory_net: (memory_eps * eps_net) as f32,
            x0_x: (x0_x + x0_eps * eps_x) as f32,
            x0_net: (x0_eps * eps_net) as f32,
            eps_x: eps_x as f32,
            eps_net: eps_net as f32,
            visit: 0,
            back: None,
        }
    }

    /// The timestep of the batch after the step; `None` is the finished image.
    pub fn lands(&self) -> Option<usize> {
        if self.back.is_some() { Some(self.t) } else { self.t_prev }
    }

    /// x_{t_prev} without its fresh noise.
    pub fn mean(&self, x_t: &[f32], net: &[f32], memory: &[f32]) -> Vec<f32> {
        let terms = x_t.iter().zip(net).zip(memory);
        terms.map(|((x, net), memory)| self.x * x + self.net * net + self.memory * memory).collect()
    }

    /// Whether the step rewrites the memory.
    pub fn remembers(&self) -> bool {
        self.memory_x != 0.0 || self.memory_net != 0.0
    }

    /// The image predicted from x_t and the network's output, in [-1, 1] and a little beyond.
    pub fn predict_x0(&self, x_t: &[f32], net: &[f32]) -> Vec<f32> {
        x_t.iter().zip(net).map(|(x, net)| self.x0_x * x + self.x0_net * net).collect()
    }

    /// The noise predicted likewise.
    pub fn predict_eps(&self, x_t: &[f32], net: &[f32]) -> Vec<f32> {
        x_t.iter().zip(net).map(|(x, net)| self.eps_x * x + self.eps_net * net).collect()
    }

    /// Takes the step: `x` becomes x_{t_prev}, and `memory` what the next step remembers. All slices have the
    /// batch's length.
    pub fn apply(&self, x: &mut [f32], net: &[f32], z: &[f32], memory: &mut [f32]) {
        for (((x, net), z), memory) in x.iter_mut().zip(net).zip(z).zip(memory) {
            let x_t = *x;
            *x = self.x * x_t + self.net * net + self.z * z + self.memory * *memory;
            *memory = self.memory_x * x_t + self.memory_net * net;
        }
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
