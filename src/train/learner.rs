//! From a batch to the next weights, whatever computes the gradients.

use super::TrainError;
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::cpu::threads;
use crate::engine::{Answer, Place};

/// Clean images at their places, with their noise.
pub struct Examples {
    /// Image after image, each [C, H, W], in [-1, 1].
    pub x_0: Vec<f32>,
    /// Likewise.
    pub eps: Vec<f32>,
    /// One for each image.
    pub places: Vec<Place>,
    /// One for each image: what its squared error counts.
    pub importance: Vec<f32>,
    /// Images of the whole batch, of which these may be a part.
    pub whole: usize,
}

/// What the network sees of some examples, and what it should predict: x_t and eps or v, each [N, C, H, W].
pub(super) fn noised(schedule: &Schedule, examples: &Examples) -> (Vec<f32>, Vec<f32>) {
    let Examples { x_0, eps, places, .. } = examples;
    let len = x_0.len() / places.len();
    let images = x_0.chunks_exact(len).zip(eps.chunks_exact(len)).zip(places).collect();
    let both = threads::map(images, |((x_0, eps), place): (_, &Place)| {
        (schedule.noised(Some(place.t), x_0, eps), schedule.target_of(place.t, x_0, eps))
    });
    let (x_t, target): (Vec<_>, Vec<_>) = both.into_iter().unzip();
    (x_t.concat(), target.concat())
}

/// The weights, and what changes them: a step is one or more calls of [`accumulate`](Self::accumulate) with
/// parts of a batch, and then [`apply`](Self::apply). Answers come when the device, or other workers, have them.
pub trait Learner {
    /// Adds the loss and the gradient of some images of the batch: the mean squared error (Ho et al. 2020,
    /// eq. 14), weighted, over all images of the batch.
    ///
    /// # Errors
    /// When the device failed.
    fn accumulate<'a>(
        &'a mut self,
        schedule: &'a Schedule,
        examples: &'a Examples,
    ) -> Answer<'a, (), TrainError>;

    /// The gradient of what was accumulated since the last step, one number for each parameter; nothing before
    /// the first part.
    ///
    /// # Errors
    /// When the device cannot be read.
    fn gradient(&mut self) -> Answer<'_, Vec<f32>, TrainError>;

    /// The loss of what was accumulated since the last step; none before the first part.
    ///
    /// # Errors
    /// When the device cannot be read.
    fn loss(&mut self) -> Answer<'_, Option<f64>, TrainError>;

    /// Takes another gradient in its place: a sum over several learners, or a clipped one.
    fn set_gradient(&mut self, gradient: &[f32]);

    /// Takes a step of Adam by the accumulated gradient; none if nothing was accumulated.
    ///
    /// # Errors
    /// When the device failed.
    fn apply(&mut self, pace: Pace) -> Answer<'_, (), TrainError>;

    /// The losses of the steps since the last call, if there are many or `all` are wanted.
    ///
    /// # Errors
    /// When the device cannot be read.
    fn losses(&mut self, all: bool) -> Answer<'_, Vec<f64>, TrainError>;

    /// Launches on a GPU for a step of so many images; 0 where there is none, or they are not counted.
    fn dispatches(&self, _images: usize) -> usize {
        0
    }

    /// Steps taken.
    fn steps(&self) -> usize;

    /// The weights and Adam's averages.
    ///
    /// # Errors
    /// When the device cannot be read.
    fn state(&mut self) -> Answer<'_, AdamState, TrainError>;
}
