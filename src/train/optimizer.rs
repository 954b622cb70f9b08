//! Adam over all parameters as one vector, and their exponential average.
//!
//! Kingma & Ba 2015, Algorithm 1; PyTorch's defaults. A test holds it against PyTorch's.

pub(super) const BETA_1: f64 = 0.9;
pub(super) const BETA_2: f64 = 0.999;
pub(super) const EPSILON: f64 = 1e-8;

/// How far a step goes.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub learning_rate: f64,
    /// Decay of the weights' average; 0 for none.
    pub ema: f64,
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
        let averages = self.m.iter_mut().zip(&mut self.v);
        let all = self.weights.iter_mut().zip(&mut self.ema).zip(averages).zip(gradient);
        for (((weight, ema), (m, v)), g) in all {
            *m = *m * beta_1 + g * (1.0 - beta_1);
            *v = *v * beta_2 + g * g * (1.0 - beta_2);
            *weight -= rate * (*m * of_m) / ((*v * of_v).sqrt() + epsilon);
            *ema = *ema * decay + *weight * (1.0 - decay);
        }
    }
}

/// The average follows quickly at first, while the weights still move far.
pub(super) fn ema_decay_at(step: i32, decay: f64) -> f64 {
    decay.min((1.0 + f64::from(step)) / (10.0 + f64::from(step)))
}
