//! All images on the calling thread.

use super::part::{Part, SHARERS};

/// How many threads [`map`] and [`Memories`] use.
pub(super) fn count() -> usize {
    1
}

/// Calls `work` on every thread; returns how many there are.
pub(super) fn on_all<T>(work: impl Fn() -> T) -> usize {
    std::hint::black_box(work());
    1
}

/// Applies `work` to each item; the results are in the items' order.
pub(crate) fn map<I, T>(items: Vec<I>, work: impl Fn(I) -> T) -> Vec<T> {
    items.into_iter().map(work).collect()
}

/// Calls `work` for each part of each pass.
pub(super) fn by_two(passes: usize, work: impl Fn(usize, Part)) {
    for pass in 0..passes {
        (0..SHARERS).for_each(|index| work(pass, Part { index, count: SHARERS }));
    }
}

/// The thread's working memory, made when it is first needed.
pub(super) struct Memories<M>(Option<M>);

impl<M> Memories<M> {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Calls `run` with each group of `group` images: the first one's index, the images, their part of `out`, and
    /// working memory, which `new` makes. `image_len` is one image's length in f32 elements.
    pub(super) fn each_group(
        &mut self,
        group: usize,
        image_len: usize,
        x: &[f32],
        out: &mut [f32],
        new: impl Fn() -> M,
        run: impl Fn(usize, &[f32], &mut [f32], &mut M),
    ) {
        let memory = self.0.get_or_insert_with(new);
        let groups = x.chunks(group * image_len).zip(out.chunks_mut(group * image_len));
        for (i, (x, out)) in groups.enumerate() {
            run(i * group, x, out, memory);
        }
    }
}
