//! Adam over all parameters as one vector, and their exponential average.
//!
//! Kingma & Ba 2015, Algorithm 1; PyTorch's defaults. A test holds it against PyTorch's.

use crate::engine::cpu::{WORTH, threads};

pub(super) const BETA_1: f64 = 0.9;
pub(super) const BETA_2: f64 = 0.999;
pub(super) const EPSILON: f64 = 1e-8;

/// How far a step goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub learning_rate: f64,
    /// Decay of the weights' average; 0 for none.
    pub ema: f64,
    /// The largest L2 norm of the whole gradient; none lets it have any.
    pub clip: Option<f64>,
}

impl Pace {
    /// What a gradient of this norm is multiplied by (PyTorch's `clip_grad_norm_`); 1 where it is short enough.
    pub fn clip_factor(&self, norm: f64) -> f64 {
        self.clip.map_or(1.0, |clip| (clip / (norm + 1e-6)).min(1.0))
    }

    /// The same for a gradient, whose norm is summed in its order.
    pub fn clip_factor_of(&self, gradient: &[f32]) -> f64 {
        let squares = || gradient.iter().map(|g| f64::from(*g).powi(2));
        self.clip.map_or(1.0, |_| self.clip_factor(squares().sum::<f64>().sqrt()))
    }
}

/// The parameters and Adam's averages; every vector has all parameters, in the order of
/// [`tensors`](crate::model::tensors::tensors).
#[derive(Clone, Debug, PartialEq)]
pub struct AdamState {
    /// The parameters.
    pub weights: Vec<f32>,
    /// Average of the gradients.
    pub m: Vec<f32>,
    /// Average of the squared gradients.
    pub v: Vec<f32>,
    /// Exponential average of the parameters.
    pub ema: Vec<f32>,
    /// Steps taken.
    pub step: usize,
}

impl AdamState {
    /// Before the first step.
    pub fn new(weights: Vec<f32>) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self { m: zeros.clone(), v: zeros, ema: weights.clone(), weights, step: 0 }
    }

    /// Whether all of it are numbers, which a training that diverged does not leave.
    pub fn is_finite(&self) -> bool {
        let Self { weights, m, v, ema, .. } = self;
        [weights, m, v, ema].into_iter().flatten().all(|x| x.is_finite())
    }

    /// One step.
    pub fn update(&mut self, gradient: &[f32], pace: Pace) {
        self.step += 1;
        let k = self.step as i32;
        let [of_m, of_v] = [BETA_1, BETA_2].map(|beta| (1.0 / (1.0 - beta.powi(k))) as f32);
        let [beta_1, beta_2, rate, epsilon] = [BETA_1, BETA_2, pace.learning_rate, EPSILON].map(|x| x as f32);
        let decay = ema_decay_at(k, pace.ema) as f32;
        let clip = pace.clip_factor_of(gradient) as f32;
        let averages = self.m.chunks_mut(WORTH).zip(self.v.chunks_mut(WORTH));
        let weights = self.weights.chunks_mut(WORTH).zip(self.ema.chunks_mut(WORTH));
        let parts = weights.zip(averages).zip(gradient.chunks(WORTH)).collect();
        threads::map(parts, |(((weights, ema), (m, v)), gradient): (_, &[f32])| {
            let (weights, ema): (&mut [f32], &mut [f32]) = (weights, ema);
            let averages = m.iter_mut().zip(v);
            for (((weight, ema), (m, v)), g) in weights.iter_mut().zip(ema).zip(averages).zip(gradient) {
                let g = clip * g;
                *m = *m * beta_1 + g * (1.0 - beta_1);
                *v = *v * beta_2 + g * g * (1.0 - beta_2);
                *weight -= rate * (*m * of_m) / ((*v * of_v).sqrt() + epsilon);
                *ema = *ema * decay + *weight * (1.0 - decay);
            }
        });
    }
}

/// The average's length grows with the steps done, so that also that of a short run follows: after k steps it
/// lies about k / 10 steps behind the weights, until `decay` holds it at 1 / (1 - decay).
pub(super) fn ema_decay_at(step: i32, decay: f64) -> f64 {
    decay.min((1.0 + f64::from(step)) / (10.0 + f64::from(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_gradient_is_clipped_as_by_pytorch() {
        // torch.nn.utils.clip_grad_norm_ of [3, -4] at 1: 1 / (5 + 1e-6) of each.
        let pace = |clip| Pace { learning_rate: 0.1, ema: 0.0, clip };
        let factor = pace(Some(1.0)).clip_factor_of(&[3.0, -4.0]);
        assert!((factor - 0.199_999_96).abs() < 1e-12, "{factor}");
        for short in [pace(Some(5.1)), pace(None)] {
            assert_eq!(short.clip_factor_of(&[3.0, -4.0]), 1.0);
        }
        // Adam's averages see the clipped gradient.
        let after = |gradient: [f32; 2], clip| {
            let mut adam = AdamState::new(vec![1.0, 1.0]);
            adam.update(&gradient, pace(clip));
            adam
        };
        let clipped = after([3.0, -4.0], Some(1.0));
        let factor = factor as f32;
        assert_eq!(clipped, after([factor * 3.0, factor * -4.0], None));
        assert_ne!(clipped.m, after([3.0, -4.0], None).m);
    }

    #[test]
    fn the_average_of_a_short_run_does_not_lag() {
        // Weights that move by 1 a step: how far behind is their average?
        let lag = |steps: i32| {
            let average = (1..=steps).fold(0.0, |average, k| {
                let decay = ema_decay_at(k, 0.999);
                average * decay + f64::from(k) * (1.0 - decay)
            });
            f64::from(steps) - average
        };
        for steps in [20, 100, 500, 5000] {
            assert!(
                (lag(steps) * 10.0 / f64::from(steps) - 1.0).abs() < 0.1,
                "{steps} steps: {}",
                lag(steps)
            );
        }
        assert!((900.0..1000.0).contains(&lag(100_000)), "{}", lag(100_000));
    }
}
