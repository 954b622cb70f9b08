//! The part of a picture that a run keeps while the model fills in the rest.

use super::noise::{self, Use};
use super::samplers::Step;
use super::schedule::Schedule;

/// A picture, and how much of each of its numbers stays: after each step the known part, with as much noise as the batch
/// has there, takes its place (Lugmayr et al. 2022, "RePaint: Inpainting using Denoising Diffusion Probabilistic
/// Models", eq. 8); after the last one the picture itself.
#[derive(Clone, Debug)]
pub struct Known {
    picture: Vec<f32>,
    /// For each number of the picture, 1 where it stays and 0 where the model fills it in.
    kept: Vec<f32>,
    /// The factors of the picture and of noise after each step of the walk.
    levels: Vec<[f32; 2]>,
}

impl Known {
    /// Of a picture in [-1, 1], [C, H, W]; `mask` has a byte for each pixel: 255 where it stays, 0 where the model fills
    /// it in. `steps` are the whole walk's.
    ///
    /// # Panics
    /// When the picture is not whole planes of as many pixels as the mask has.
    pub fn new(schedule: &Schedule, steps: &[Step], picture: Vec<f32>, mask: &[u8]) -> Self {
        assert!(!mask.is_empty() && picture.len().is_multiple_of(mask.len()));
        let kept = (0..picture.len()).map(|i| f32::from(mask[i % mask.len()]) / 255.0).collect();
        let level = |step: &Step| {
            let (signal, noise) = schedule.q_sample(step.t_prev);
            [signal as f32, noise as f32]
        };
        Self { picture, kept, levels: steps.iter().map(level).collect() }
    }

    /// Puts the known part into the images `first`, `first + 1`, ... after `step`, number `index` of the walk.
    pub(super) fn blend(&self, index: usize, step: &Step, seed: u64, first: u32, x: &mut [f32]) {
        let [signal, noise] = self.levels[index];
        let mut eps = vec![0.0; x.len()];
        if let Some(t_prev) = step.t_prev {
            let place = (t_prev as u32, step.visit);
            noise::gaussian_visit(seed, Use::Known, first, place, self.picture.len(), &mut eps);
        }
        for (x, eps) in x.chunks_exact_mut(self.picture.len()).zip(eps.chunks_exact(self.picture.len())) {
            for (i, x) in x.iter_mut().enumerate() {
                let known = signal * self.picture[i] + noise * eps[i];
                *x = self.kept[i] * known + (1.0 - self.kept[i]) * *x;
            }
        }
    }
}
