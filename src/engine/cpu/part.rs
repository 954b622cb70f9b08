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
    /// All of it, in a single part.
    pub(super) const WHOLE: Self = Self { index: 0, count: 1 };

    /// This part of `0..len`: as much as every later one, or one more.
    pub(super) fn of(self, len: usize) -> Range<usize> {
        let start = |index: usize| (index * len).div_ceil(self.count);
        start(self.index)..start(self.index + 1)
    }

    /// The smallest parts that this one consists of, with their indices.
    pub(super) fn smallest(self) -> impl Iterator<Item = (usize, Self)> {
        self.of(SHARERS).map(|index| (index, Self { index, count: SHARERS }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_all_of_it_and_about_as_large() {
        for len in 0..40 {
            assert_eq!(Part::WHOLE.of(len), 0..len);
            let parts: Vec<Range<usize>> = Part::WHOLE.smallest().map(|(_, part)| part.of(len)).collect();
            assert_eq!(parts.iter().cloned().flatten().collect::<Vec<_>>(), (0..len).collect::<Vec<_>>());
            assert!(parts.iter().all(|part| part.len() <= len.div_ceil(SHARERS)), "{parts:?} of {len}");
        }
    }
}
