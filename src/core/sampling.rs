//! A batch's walk from noise to images, with whatever predicts the noise passed in: so the walk is
//! tested without a network, and every engine takes the same one.

use super::choice::choice;
use super::known::Known;
use super::noise::{self, Towards, Use};
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

impl Start {
    /// A picture in [-1, 1] with the noise of timestep `t`: x_t = sqrt(alpha_bar_t) x_0 + sqrt(1 - alpha_bar_t) eps.
    pub fn picture(schedule: &Schedule, t: usize, x_0: &[f32]) -> Self {
        let (signal, noise) = schedule.q_sample(Some(t));
        let mean = x_0.iter().map(|x_0| signal as f32 * x_0).collect();
        Self { mean, std: vec![noise as f32; x_0.len()] }
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
    /// What of a picture stays, where the model fills in the rest.
    known: Option<Known>,
    /// The network's output in the last step.
    net: Vec<f32>,
    x0: Vec<f32>,
    eps: Vec<f32>,
    z: Vec<f32>,
}

impl Walk {
    /// Starts images `first`, `first + 1`, ... (`count` of them). Image k of a seed is the same in
    /// every batch, on every engine.
    pub fn new(steps: Vec<Step>, seed: u64, first: u32, count: usize, start: &Start) -> Self {
        Self::between(steps, seed, None, first, count, start)
    }

    /// As [`new`](Self::new), from noise on the way to another seed's. The fresh noise of the steps stays the first
    /// seed's.
    pub fn between(
        steps: Vec<Step>,
        seed: u64,
        towards: Option<Towards>,
        first: u32,
        count: usize,
        start: &Start,
    ) -> Self {
        let image_len = start.mean.len();
        let mut x = vec![0.0; count * image_len];
        noise::gaussian_batch(seed, Use::Start, first, 0, image_len, &mut x);
        if let Some(towards) = towards {
            towards.apply(Use::Start, first, 0, image_len, &mut x);
        }
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
        let [net, x0, eps] = [(); 3].map(|()| zeros.clone());
        Self { steps, seed, first, image_len, known: None, net, x0, eps, z: zeros, state }
    }

    /// Keeps the known part of a picture in every image.
    pub fn keeping(self, known: Known) -> Self {
        Self { known: Some(known), ..self }
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
        let Self { seed, first, image_len, .. } = *self;
        let place = (step.t as u32, step.visit);
        if step.z != 0.0 {
            noise::gaussian_visit(seed, Use::Reverse, first, place, image_len, &mut self.z);
        }
        // 3. x_{t_prev}.
        let WalkState { x, memory, done } = &mut self.state;
        self.x0 = step.predict_x0(x, &net);
        self.eps = step.predict_eps(x, &net);
        step.apply(x, &net, &self.z, memory);
        self.net = net;
        // 4. What is known of it, and the way back to t where the step is taken once more.
        if let Some(known) = &self.known {
            known.blend(*done, &step, seed, first, x);
        }
        if let Some([of_x, of_noise]) = step.back {
            let mut noise = vec![0.0; x.len()];
            noise::gaussian_visit(seed, Use::Again, first, place, image_len, &mut noise);
            x.iter_mut().zip(&noise).for_each(|(x, noise)| *x = of_x * *x + of_noise * noise);
        }
        *done += 1;
        Ok(Some(step))
    }

    /// Continues from a state that another engine reached.
    ///
    /// # Panics
    /// As [`resume`](Self::resume).
    pub fn set_state(&mut self, state: WalkState) {
        let Self { seed, first, image_len, .. } = *self;
        let known = self.known.take();
        *self = Self::resume(std::mem::take(&mut self.steps), seed, first, image_len, state);
        self.known = known;
    }

    /// Whether each step is nothing but its linear sums, which engines may take by themselves: no part of a picture is
    /// kept, and no step taken again.
    pub fn is_linear(&self) -> bool {
        self.known.is_none() && self.steps.iter().all(|step| step.back.is_none())
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

    /// The network's output in the last step, guidance included; zeros before the first.
    pub fn net(&self) -> &[f32] {
        &self.net
    }

    /// The fresh noise of the last step that had any; zeros before.
    pub fn z(&self) -> &[f32] {
        &self.z
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
mod tests;
