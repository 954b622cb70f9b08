//! What some steps of a run gave, as the page shows them.

use crate::core::image::unit_to_bytes;
use crate::core::sampling::{Walk, WalkState};
use std::ops::Range;

/// What is recorded of each number in a step: x_{t_prev}, x_0 and eps, one byte each.
pub(super) const RECORDED: usize = 3;

/// What some steps gave.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Numbers of the steps, counted from the walk's start.
    pub steps: Range<usize>,
    /// Where the walk stands after the last of them.
    pub state: WalkState,
    /// [step, x and x_0 and eps, the batch's numbers].
    bytes: Vec<u8>,
}

impl Recorded {
    /// No step yet.
    pub(super) fn before(walk: &Walk) -> Self {
        Self { steps: walk.done()..walk.done(), state: walk.state().clone(), bytes: vec![] }
    }

    /// Adds the step that was just taken.
    pub(super) fn push(&mut self, walk: &Walk) {
        self.steps.end = walk.done();
        self.state.clone_from(walk.state());
        for values in [walk.x(), walk.x0(), walk.eps()] {
            self.bytes.extend(unit_to_bytes(values));
        }
    }

    /// Takes what a GPU recorded: for each of `steps`, [`RECORDED`] times as many bytes as the batch has
    /// numbers.
    pub(super) fn from_bytes(steps: Range<usize>, state: WalkState, bytes: Vec<u8>) -> Self {
        assert_eq!(bytes.len(), steps.len() * RECORDED * state.x.len());
        Self { steps, state, bytes }
    }

    /// The batch after step `k` of `steps`, a byte for each number.
    pub fn x_t(&self, k: usize) -> &[u8] {
        self.part(k, 0)
    }

    /// The finished images as step `k` predicted them, likewise.
    pub fn x_0(&self, k: usize) -> &[u8] {
        self.part(k, 1)
    }

    /// The noise that step `k` predicted in the batch before it, likewise: 0 is mid grey.
    pub fn eps(&self, k: usize) -> &[u8] {
        self.part(k, 2)
    }

    fn part(&self, k: usize, what: usize) -> &[u8] {
        assert!(self.steps.contains(&k), "step {k} is not in {:?}", self.steps);
        let (place, len) = ((k - self.steps.start) * RECORDED + what, self.state.x.len());
        &self.bytes[place * len..][..len]
    }
}
