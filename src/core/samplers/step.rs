//! One linear step: what its factors depend on, and what it does with a batch.

use super::Sampler;
use crate::core::schedule::Schedule;

/// From t to t_prev: what a sampler's factors depend on.
pub(super) struct Interval {
    /// alpha_bar at t and at t_prev; 1 where the step ends at the finished image.
    pub(super) alpha_bar: f64,
    pub(super) alpha_bar_prev: f64,
    pub(super) eta: f64,
    /// Half the log-SNR that the step before gained, where that step left a memory.
    pub(super) gained: Option<f64>,
}

impl Interval {
    /// Whether the step ends at the finished image.
    pub(super) fn is_last(&self) -> bool {
        self.alpha_bar_prev == 1.0
    }

    /// alpha_bar_t / alpha_bar_{t_prev}: just alpha_t where t_prev = t - 1.
    pub(super) fn alpha(&self) -> f64 {
        self.alpha_bar / self.alpha_bar_prev
    }

    pub(super) fn beta(&self) -> f64 {
        1.0 - self.alpha()
    }

    /// The variance of q(x_{t_prev} | x_t, x_0) (Ho et al. 2020, eq. 7).
    pub(super) fn posterior_variance(&self) -> f64 {
        self.beta() * (1.0 - self.alpha_bar_prev) / (1.0 - self.alpha_bar)
    }

    /// The factors of x_t and of eps in the predicted x_0 (eq. 15).
    pub(super) fn x0(&self) -> (f64, f64) {
        (1.0 / self.alpha_bar.sqrt(), -((1.0 - self.alpha_bar) / self.alpha_bar).sqrt())
    }
}

/// A step's factors: x_{t_prev} = `x` x_t + `eps` eps + `z` z + `memory` m, and
/// m' = `memory_x` x_t + `memory_eps` eps.
#[derive(Default)]
pub(super) struct Factors {
    pub(super) x: f64,
    pub(super) eps: f64,
    pub(super) z: f64,
    pub(super) memory: f64,
    pub(super) memory_x: f64,
    pub(super) memory_eps: f64,
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
    pub(super) fn new(
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
