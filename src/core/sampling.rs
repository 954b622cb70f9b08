//! A batch's walk from noise to images, with whatever predicts the noise passed in: so the walk is
//! tested without a network, and every engine takes the same one.

use super::choice::choice;
use super::noise::{self, Use};
use super::samplers::Step;
use super::schedule::Schedule;
use std::pin::Pin;

/// A result that may have to be waited for.
pub type Answer<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// What predicts the noise in an image, or v: a network on some engine, or a stand-in in a test.
pub trait Denoiser {
    type Error;
    /// eps_theta(x_t, t), or v, for a batch whose images are all at `t`; both of the batch's length.
    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Self::Error>;
}

/// The Gaussian that a walk starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartKind {
    Pure,
    Matched,
}

choice!(StartKind {
    Pure = "pure", "N(0, I), as in Ho et al. 2020, Algorithm 2: right where the schedule ends in pure noise";
    Matched = "matched", "The mean and variance, pixel by pixel, of noised training images";
});

/// A Gaussian for each number of x_T.
#[derive(Clone, Debug)]
pub struct Start {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Start {
    /// N(0, I) for images of `len` numbers.
    pub fn pure(len: usize) -> Self {
        Self { mean: vec![0.0; len], std: vec![1.0; len] }
    }

    /// The mean and standard deviation of x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps for
    /// images x_0 whose pixels have these means and variances. A schedule that ends before pure noise
    /// leaves that much of the images' mean brightness in x_T.
    pub fn matched(schedule: &Schedule, t: usize, mean: &[f32], variance: &[f32]) -> Self {
        let (signal, noise) = schedule.q_sample(Some(t));
        let std = |variance: &f32| (signal * signal * f64::from(*variance) + noise * noise).sqrt() as f32;
        let mean = mean.iter().map(|mean| signal as f32 * mean).collect();
        Self { mean, std: variance.iter().map(std).collect() }
    }
}

/// Where a walk stands: all that another engine needs to go on from there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WalkState {
    /// The batch, image after image, each as [C, H, W]; [-1, 1] is black to white.
    pub x: Vec<f32>,
    /// What the sampler remembers, of the batch's length; zeros where it remembers nothing.
    pub memory: Vec<f32>,
    /// Reverse steps taken.
    pub done: usize,
}

/// A batch on its way from noise to images.
#[derive(Clone, Debug)]
pub struct Walk {
    steps: Vec<Step>,
    seed: u64,
    first: u32,
    /// Numbers of one image.
    image_len: usize,
    state: WalkState,
    x0: Vec<f32>,
    eps: Vec<f32>,
    z: Vec<f32>,
}

impl Walk {
    /// Starts images `first`, `first + 1`, ... (`count` of them). Image k of a seed is the same in
    /// every batch, on every engine.
    pub fn new(steps: Vec<Step>, seed: u64, first: u32, count: usize, start: &Start) -> Self {
        let image_len = start.mean.len();
        let mut x = vec![0.0; count * image_len];
        noise::gaussian_batch(seed, Use::Start, first, 0, image_len, &mut x);
        for image in x.chunks_exact_mut(image_len) {
            for ((x, mean), std) in image.iter_mut().zip(&start.mean).zip(&start.std) {
                *x = mean + std * *x;
            }
        }
        let memory = vec![0.0; x.len()];
        Self::resume(steps, seed, first, image_len, WalkState { x, memory, done: 0 })
    }

    /// Goes on from a state that this walk reached elsewhere.
    ///
    /// # Panics
    /// When the state has done more steps than there are, or its batch is not whole images of `image_len`
    /// numbers with as much memory.
    pub fn resume(steps: Vec<Step>, seed: u64, first: u32, image_len: usize, state: WalkState) -> Self {
        let WalkState { x, memory, done } = &state;
        assert!(*done <= steps.len() && x.len().is_multiple_of(image_len) && memory.len() == x.len());
        let zeros = vec![0.0; x.len()];
        Self { steps, seed, first, image_len, x0: zeros.clone(), eps: zeros.clone(), z: zeros, state }
    }

    /// Takes the next reverse step and returns it; `None` when the images are finished.
    ///
    /// # Errors
    /// The denoiser's; the batch then stays where it was, and the step can be tried again.
    pub async fn advance<D>(&mut self, denoiser: &mut D) -> Result<Option<Step>, D::Error>
    where
        D: Denoiser + ?Sized,
    {
        let Some(&step) = self.steps.get(self.state.done) else { return Ok(None) };
        // 1. The network's output for x_t.
        let net = denoiser.predict(&self.state.x, step.t).await?;
        // 2. Fresh noise z, none in the last step.
        if step.z != 0.0 {
            let Self { seed, first, image_len, .. } = *self;
            noise::gaussian_batch(seed, Use::Reverse, first, step.t as u32, image_len, &mut self.z);
        }
        // 3. x_{t_prev}.
        let WalkState { x, memory, done } = &mut self.state;
        self.x0 = step.predict_x0(x, &net);
        self.eps = step.predict_eps(x, &net);
        step.apply(x, &net, &self.z, memory);
        *done += 1;
        Ok(Some(step))
    }

    /// Continues from a state that another engine reached.
    ///
    /// # Panics
    /// As [`resume`](Self::resume).
    pub fn set_state(&mut self, state: WalkState) {
        let Self { seed, first, image_len, .. } = *self;
        *self = Self::resume(std::mem::take(&mut self.steps), seed, first, image_len, state);
    }

    pub fn state(&self) -> &WalkState {
        &self.state
    }

    /// All steps of the walk, those that are done too.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of the first image.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// Numbers of one image.
    pub fn image_len(&self) -> usize {
        self.image_len
    }

    /// Images in the batch.
    pub fn count(&self) -> usize {
        self.state.x.len() / self.image_len
    }

    /// The batch as it is now: image after image; [-1, 1] is black to white.
    pub fn x(&self) -> &[f32] {
        &self.state.x
    }

    /// The finished images as the last step predicted them; zeros before the first.
    pub fn x0(&self) -> &[f32] {
        &self.x0
    }

    /// The noise that the last step predicted in the batch before it; zeros before the first.
    pub fn eps(&self) -> &[f32] {
        &self.eps
    }

    /// Reverse steps taken.
    pub fn done(&self) -> usize {
        self.state.done
    }

    /// Reverse steps in the whole walk.
    pub fn total(&self) -> usize {
        self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::choice::Choice;
    use crate::core::prediction::Prediction;
    use crate::core::samplers::spacing::Spacing;
    use crate::core::samplers::{SamplerConfig, SamplerKind, steps};
    use crate::core::schedule::{Schedule, ScheduleConfig};
    use std::convert::Infallible;

    fn schedule() -> Schedule {
        Schedule::new(ScheduleConfig::default()).unwrap()
    }

    /// Knows the image, and so the noise in any x_t, and v, exactly.
    struct Perfect {
        schedule: Schedule,
        x0: Vec<f32>,
    }

    impl Denoiser for Perfect {
        type Error = Infallible;
        fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Infallible> {
            let (signal, noise) = self.schedule.q_sample(Some(t));
            let (of_x0, of_eps) = self.schedule.target(t);
            let output = |(x_t, x0): (&f32, &f32)| {
                let (x_t, x0) = (f64::from(*x_t), f64::from(*x0));
                (of_x0 * x0 + of_eps * (x_t - signal * x0) / noise) as f32
            };
            let output = x_t.iter().zip(&self.x0).map(output).collect();
            Box::pin(async { Ok(output) })
        }
    }

    fn run(prediction: Prediction, config: SamplerConfig, x0: &[f32]) -> Vec<f32> {
        let schedule = Schedule::new(ScheduleConfig { prediction, ..Default::default() }).unwrap();
        let steps = steps(&schedule, &config).unwrap();
        let mut walk = Walk::new(steps, 5, 0, 2, &Start::pure(x0.len() / 2));
        let mut denoiser = Perfect { schedule, x0: x0.to_vec() };
        while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
        assert_eq!(walk.done(), walk.total());
        assert!(walk.x0().iter().zip(x0).all(|(found, x0)| (found - x0).abs() < 1e-4));
        walk.x().to_vec()
    }

    #[test]
    fn a_perfect_denoiser_recovers_x0() {
        let x0: Vec<f32> = (0..100).map(|i| (i as f32 / 50.0) - 1.0).collect();
        for (kind, prediction) in SamplerKind::all()
            .into_iter()
            .flat_map(|kind| Prediction::all().into_iter().map(move |p| (kind, p)))
        {
            for (steps, spacing) in [None, Some(1), Some(7), Some(50), Some(199)]
                .into_iter()
                .flat_map(|steps| Spacing::all().into_iter().map(move |spacing| (steps, spacing)))
            {
                let eta = if kind.takes_eta() { 0.5 } else { 0.0 };
                let config = SamplerConfig { kind, steps, spacing, eta };
                for (x, x0) in run(prediction, config, &x0).iter().zip(&x0) {
                    assert!((x - x0).abs() < 1e-4, "{config:?} {prediction:?}: {x} for {x0}");
                }
            }
        }
    }

    #[test]
    fn a_resumed_walk_ends_like_one_that_was_not_stopped() {
        for kind in SamplerKind::all() {
            let x0 = vec![0.25; 8];
            let steps = steps(&schedule(), &SamplerConfig { kind, ..Default::default() }).unwrap();
            let mut denoiser = Perfect { schedule: schedule(), x0: x0.clone() };
            let mut whole = Walk::new(steps.clone(), 5, 3, 2, &Start::pure(4));
            for _ in 0..87 {
                pollster::block_on(whole.advance(&mut denoiser)).unwrap();
            }
            let mut rest = Walk::resume(steps.clone(), 5, 3, 4, whole.state().clone());
            let mut other = Walk::new(steps, 5, 3, 2, &Start::pure(4));
            other.set_state(whole.state().clone());
            for walk in [&mut whole, &mut rest, &mut other] {
                while pollster::block_on(walk.advance(&mut denoiser)).unwrap().is_some() {}
            }
            assert_eq!(whole.x(), rest.x());
            assert_eq!(whole.x(), other.x());
            assert_eq!(rest.done(), 200);
        }
    }

    #[test]
    fn a_matched_start_has_the_mean_and_variance_of_noised_images() {
        let schedule = schedule();
        let len = 10_000;
        let [mean, variance] = [-0.5, 0.04].map(|value| vec![value; len]);
        let start = Start::matched(&schedule, 199, &mean, &variance);
        let x = Walk::new(vec![], 3, 0, 1, &start).x().to_vec();
        let found = x.iter().sum::<f32>() / len as f32;
        let spread = x.iter().map(|x| (x - found).powi(2)).sum::<f32>() / len as f32;
        let alpha_bar = schedule.alpha_bar(Some(199)) as f32;
        assert!((found + 0.5 * alpha_bar.sqrt()).abs() < 0.03, "{found}");
        assert!((spread - (0.04 * alpha_bar + 1.0 - alpha_bar)).abs() < 0.03, "{spread}");
    }

    #[test]
    fn image_k_of_a_seed_is_the_same_in_every_batch() {
        let steps = steps(&schedule(), &SamplerConfig::default()).unwrap();
        let both = Walk::new(steps.clone(), 1, 0, 2, &Start::pure(8));
        let second = Walk::new(steps, 1, 1, 1, &Start::pure(8));
        assert_eq!(both.x()[8..], *second.x());
    }
}
