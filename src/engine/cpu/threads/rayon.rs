//! Images shared out over rayon's threads.

use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// How many threads [`map`] and [`Memories`] use.
pub(super) fn count() -> usize {
    rayon::current_num_threads()
}

/// Calls `work` on every thread; returns how many there are.
pub(super) fn on_all<T: Send>(work: impl Fn() -> T + Sync) -> usize {
    rayon::broadcast(|_| std::hint::black_box(work())).len()
}

/// Applies `work` to each item; the results are in the items' order.
pub(crate) fn map<I: Send, T: Send>(items: Vec<I>, work: impl Fn(I) -> T + Sync + Send) -> Vec<T> {
    items.into_par_iter().map(work).collect()
}

/// Applies `work` to each item, with working memory that `new` makes for a thread's items.
pub(super) fn map_with<I: Send, M: Send>(
    items: Vec<I>,
    new: impl Fn() -> M + Sync + Send,
    work: impl Fn(&mut M, I) + Sync + Send,
) {
    items.into_par_iter().for_each_init(new, work);
}

/// Working memory, one for each thread. No lock is ever waited for, as a thread takes only its own.
pub(super) struct Memories<M>(Vec<Mutex<M>>);

impl<M: Send> Memories<M> {
    pub(super) fn new() -> Self {
        Self(vec![])
    }

    /// Calls `run` with each group of images: the first one's index, the images, their part of `out`, and
    /// working memory, which `new` makes. `image_len` is one image's length in f32 elements.
    pub(super) fn each_group(
        &mut self,
        group: usize,
        image_len: usize,
        x: &[f32],
        out: &mut [f32],
        new: impl Fn() -> M,
        run: impl Fn(usize, &[f32], &mut [f32], &mut M) + Sync,
    ) {
        while self.0.len() < count() {
            self.0.push(Mutex::new(new()));
        }
        // Small batches are shared out to all threads rather than to whole groups.
        let images = (x.len() / image_len).div_ceil(count()).clamp(1, group);
        let memories = &self.0;
        let groups = x.par_chunks(images * image_len).zip(out.par_chunks_mut(images * image_len));
        groups.enumerate().for_each(|(i, (x, out))| {
            // A lone group stays on the calling thread, which need not be one of rayon's.
            let thread = rayon::current_thread_index().unwrap_or(0);
            let mut memory = memories[thread].lock().unwrap_or_else(PoisonError::into_inner);
            run(i * images, x, out, &mut memory);
        });
    }
}
