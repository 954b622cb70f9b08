//! Operations of which two threads can run a part each.

use std::ops::Range;

/// How many threads can share a group of interleaved images.
pub(super) const SHARERS: usize = 2;

/// A part of an operation's work: of its rows, or of whatever it goes through one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) index: usize,
    /// How many parts there are.
    pub(super) count: usize,
}

impl Part {
    /// All of it.
    pub(super) const WHOLE: Self = Self { index: 0, count: 1 };

    /// This part of `0..len`: as much as every other, or one more.
    pub(super) fn of(self, len: usize) -> Range<usize> {
        self.index * len / self.count..(self.index + 1) * len / self.count
    }
}
