//! A batch's walk from noise to images, with whatever predicts the noise passed in: so the walk is
//! tested without a network, and every engine takes the same one.

use crate::core::noise::{self, Use};
use crate::core::samplers::Step;
use crate::core::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::pin::Pin;

/// What something will have answered, or why it could not.
pub type Answer<'a, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + 'a>>;

/// What predicts the noise in an image, or v: a network on some engine, or a stand-in in a test.
pub trait Denoiser {
    type Error;
    /// eps_theta(x_t, t), or v, for a batch whose images are all at `t`; both of the batch's length.
    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Self::Error>;
}

impl<D: Denoiser + ?Sized> Denoiser for Box<D> {
    type Error = D::Error;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Self::Error> {
        (**self).predict(x_t, t)
    }
}

/// The Gaussian that a walk starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "native", derive(clap::ValueEnum))]
pub enum StartKind {
    /// N(0, I), as in Ho et al. 2020, Algorithm 2: right where the schedule ends in pure noise
    Pure,
    /// The mean and variance, pixel by pixel, of noised training images
    Matched,
}

/// A Gaussian for each pixel of x_T.
#[derive(Clone, Debug)]
pub struct Start {
    mean: Vec<f32>,
    std: Vec<f32>,
}

impl Start {
    /// N(0, I) for images of so many pixels.
    pub fn pure(pixels: usize) -> Self {
        Self { mean: vec![0.0; pixels], std: vec![1.0; pixels] }
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

/// A batch on its way from noise to images.
#[derive(Clone, Debug)]
pub struct Sampling {
    steps: Vec<Step>,
    done: usize,
    seed: u64,
    first: u32,
    pixels: usize,
    x: Vec<f32>,
    x0: Vec<f32>,
    eps: Vec<f32>,
    z: Vec<f32>,
}

impl Sampling {
    /// Starts images `first`, `first + 1`, ... (`count` of them). Image k of a seed is the same in
    /// every batch, on every engine.
    pub fn new(steps: Vec<Step>, seed: u64, first: u32, count: usize, start: &Start) -> Self {
        let pixels = start.mean.len();
        let mut x = vec![0.0; count * pixels];
        noise::gaussian_batch(seed, Use::Start, first, 0, pixels, &mut x);
        for image in x.chunks_exact_mut(pixels) {
            for ((x, mean), std) in image.iter_mut().zip(&start.mean).zip(&start.std) {
                *x = mean + std * *x;
            }
        }
        Self::resume(steps, 0, seed, first, pixels, x)
    }

    /// Goes on where another engine stopped: `x` is the batch after `done` of `steps`.
    ///
    /// # Panics
    /// When `done` is more steps than there are, or `x` is not whole images.
    pub fn resume(steps: Vec<Step>, done: usize, seed: u64, first: u32, pixels: usize, x: Vec<f32>) -> Self {
        assert!(done <= steps.len() && x.len().is_multiple_of(pixels));
        let zeros = vec![0.0; x.len()];
        Self { steps, done, seed, first, pixels, x0: zeros.clone(), eps: zeros.clone(), z: zeros, x }
    }

    /// Takes the next reverse step and returns it; `None` when the images are finished.
    ///
    /// # Errors
    /// The denoiser's; the batch then stays where it was, and the step can be tried again.
    pub async fn advance<D>(&mut self, denoiser: &mut D) -> Result<Option<Step>, D::Error>
    where
        D: Denoiser + ?Sized,
    {
        let Some(&step) = self.steps.get(self.done) else { return Ok(None) };
        // 1. What the network says of x_t.
        let net = denoiser.predict(&self.x, step.t).await?;
        // 2. Fresh noise z, none in the last step.
        if step.z != 0.0 {
            noise::gaussian_batch(
                self.seed,
                Use::Reverse,
                self.first,
                step.t as u32,
                self.pixels,
                &mut self.z,
            );
        }
        // 3. x_{t_prev}.
        self.x0 = step.predict_x0(&self.x, &net);
        self.eps = step.predict_eps(&self.x, &net);
        step.apply(&mut self.x, &net, &self.z);
        self.done += 1;
        Ok(Some(step))
    }

    /// Goes on from `x`, the batch after `done` of the steps: those since were taken elsewhere.
    pub fn land(&mut self, done: usize, x: Vec<f32>) {
        let Self { seed, first, pixels, .. } = *self;
        *self = Self::resume(std::mem::take(&mut self.steps), done, seed, first, pixels, x);
    }

    /// The steps that are left.
    pub fn rest(&self) -> &[Step] {
        &self.steps[self.done..]
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Number of the first image.
    pub fn first(&self) -> u32 {
        self.first
    }

    /// The batch as it is now: `count` images, image after image; [-1, 1] is black to white.
    pub fn x(&self) -> &[f32] {
        &self.x
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
        self.done
    }

    /// Reverse steps in the whole walk.
    pub fn total(&self) -> usize {
        self.steps.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::samplers::{SamplerConfig, SamplerKind, steps};
    use crate::core::schedule::{Prediction, Schedule, ScheduleConfig};
    use std::convert::Infallible;

    const KINDS: [SamplerKind; 3] = [SamplerKind::Ddpm, SamplerKind::DdpmPosterior, SamplerKind::Ddim];

    const PREDICTIONS: [Prediction; 2] = [Prediction::Eps, Prediction::V];

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
            let said = |(x_t, x0): (&f32, &f32)| {
                let (x_t, x0) = (f64::from(*x_t), f64::from(*x0));
                (of_x0 * x0 + of_eps * (x_t - signal * x0) / noise) as f32
            };
            let said = x_t.iter().zip(&self.x0).map(said).collect();
            Box::pin(async { Ok(said) })
        }
    }

    fn run(prediction: Prediction, config: SamplerConfig, x0: &[f32]) -> Vec<f32> {
        let schedule = Schedule::new(ScheduleConfig { prediction, ..Default::default() }).unwrap();
        let steps = steps(&schedule, &config).unwrap();
        let mut sampling = Sampling::new(steps, 5, 0, 2, &Start::pure(x0.len() / 2));
        let mut denoiser = Perfect { schedule, x0: x0.to_vec() };
        while pollster::block_on(sampling.advance(&mut denoiser)).unwrap().is_some() {}
        assert_eq!(sampling.done(), sampling.total());
        assert!(sampling.x0().iter().zip(x0).all(|(found, x0)| (found - x0).abs() < 1e-4));
        sampling.x().to_vec()
    }

    #[test]
    fn a_perfect_denoiser_recovers_x0() {
        let x0: Vec<f32> = (0..100).map(|i| (i as f32 / 50.0) - 1.0).collect();
        for (kind, prediction) in KINDS.into_iter().flat_map(|kind| PREDICTIONS.map(|said| (kind, said))) {
            for steps in [None, Some(1), Some(7), Some(50), Some(199)] {
                let eta = if kind == SamplerKind::Ddim { 0.5 } else { 0.0 };
                for (x, x0) in run(prediction, SamplerConfig { kind, steps, eta }, &x0).iter().zip(&x0) {
                    assert!((x - x0).abs() < 1e-4, "{kind:?} {prediction:?} {steps:?}: {x} for {x0}");
                }
            }
        }
    }

    #[test]
    fn a_resumed_run_ends_like_one_that_was_not_stopped() {
        let x0 = vec![0.25; 8];
        let walk = steps(&schedule(), &SamplerConfig::default()).unwrap();
        let mut denoiser = Perfect { schedule: schedule(), x0: x0.clone() };
        let mut whole = Sampling::new(walk.clone(), 5, 3, 2, &Start::pure(4));
        for _ in 0..87 {
            pollster::block_on(whole.advance(&mut denoiser)).unwrap();
        }
        let mut rest = Sampling::resume(walk.clone(), whole.done(), 5, 3, 4, whole.x().to_vec());
        let mut landed = Sampling::new(walk, 5, 3, 2, &Start::pure(4));
        landed.land(87, whole.x().to_vec());
        assert_eq!(landed.rest().len(), 113);
        for sampling in [&mut whole, &mut rest, &mut landed] {
            while pollster::block_on(sampling.advance(&mut denoiser)).unwrap().is_some() {}
        }
        assert_eq!(whole.x(), rest.x());
        assert_eq!(whole.x(), landed.x());
        assert_eq!(rest.done(), 200);
    }

    #[test]
    fn a_matched_start_has_the_mean_and_variance_of_noised_images() {
        let schedule = schedule();
        let pixels = 10_000;
        let [mean, variance] = [-0.5, 0.04].map(|value| vec![value; pixels]);
        let start = Start::matched(&schedule, 199, &mean, &variance);
        let x = Sampling::new(vec![], 3, 0, 1, &start).x().to_vec();
        let found = x.iter().sum::<f32>() / pixels as f32;
        let spread = x.iter().map(|x| (x - found).powi(2)).sum::<f32>() / pixels as f32;
        let alpha_bar = schedule.alpha_bar(Some(199)) as f32;
        assert!((found + 0.5 * alpha_bar.sqrt()).abs() < 0.03, "{found}");
        assert!((spread - (0.04 * alpha_bar + 1.0 - alpha_bar)).abs() < 0.03, "{spread}");
    }

    #[test]
    fn image_k_of_a_seed_is_the_same_in_every_batch() {
        let walk = steps(&schedule(), &SamplerConfig::default()).unwrap();
        let both = Sampling::new(walk.clone(), 1, 0, 2, &Start::pure(8));
        let second = Sampling::new(walk, 1, 1, 1, &Start::pure(8));
        assert_eq!(both.x()[8..], *second.x());
    }
}
