//! What some steps of a run gave, as the page shows them.

use crate::core::image::{PIXELS, unit_to_greys};
use crate::core::sampling::Sampling;
use std::ops::Range;

/// What is recorded of each pixel in a step: x_{t_prev}, x_0 and eps, one byte each.
pub(super) const RECORDED: usize = 3;

/// What some steps gave.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Numbers of the steps, counted from the run's start.
    pub steps: Range<usize>,
    /// The batch after the last of them; 784 numbers for each image.
    pub x: Vec<f32>,
    /// What the network said in the last of them, likewise; empty where the walk is not a GPU's.
    pub net: Vec<f32>,
    greys: Vec<u8>,
}

impl Recorded {
    /// No step yet.
    pub(super) fn before(now: &Sampling) -> Self {
        let steps = now.done()..now.done();
        Self { steps, x: now.x().to_vec(), net: vec![], greys: vec![] }
    }

    /// Adds the step that was just taken.
    pub(super) fn push(&mut self, now: &Sampling) {
        self.steps.end = now.done();
        self.x.copy_from_slice(now.x());
        for values in [now.x(), now.x0(), now.eps()] {
            self.greys.extend(unit_to_greys(values));
        }
    }

    /// From a GPU's copy: what `steps` recorded of `count` images, then x and eps of each image.
    pub(super) fn from_copy(steps: Range<usize>, count: usize, copy: &[u8]) -> Self {
        let (greys, images) = copy.split_at(steps.len() * RECORDED * count * PIXELS);
        let [x, net] = [0, 1].map(|half| values(images, half));
        Self { steps, x, net, greys: greys.to_vec() }
    }

    /// The batch after step `k` of `steps`, in greys: 784 bytes an image.
    pub fn x_t(&self, k: usize) -> &[u8] {
        self.greys(k, 0)
    }

    /// The finished images as step `k` predicted them, likewise.
    pub fn x_0(&self, k: usize) -> &[u8] {
        self.greys(k, 1)
    }

    /// The noise that step `k` predicted in the batch before it, likewise: 0 is mid grey.
    pub fn eps(&self, k: usize) -> &[u8] {
        self.greys(k, 2)
    }

    fn greys(&self, k: usize, what: usize) -> &[u8] {
        assert!(self.steps.contains(&k), "step {k} is not in {:?}", self.steps);
        let place = (k - self.steps.start) * RECORDED + what;
        &self.greys[place * self.x.len()..][..self.x.len()]
    }
}

/// x (`half` 0) or eps (1) of all images.
fn values(images: &[u8], half: usize) -> Vec<f32> {
    let halves = images.chunks(PIXELS * size_of::<f32>()).skip(half).step_by(2);
    halves.flat_map(|values| values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))).collect()
}
