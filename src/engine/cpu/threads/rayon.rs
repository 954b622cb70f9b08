//! Images shared out over rayon's threads.

use crate::core::image::PIXELS;
use crate::engine::cpu::GROUP;
use crate::engine::cpu::program::{Memory, Program};
use rayon::prelude::*;
use std::sync::{Mutex, PoisonError};

/// Calls `work` on every thread; returns how many there are.
pub(super) fn on_all<T: Send>(work: impl Fn() -> T + Sync) -> usize {
    rayon::broadcast(|_| std::hint::black_box(work())).len()
}

/// One for each thread: its lock is always free.
pub(super) struct Memories(Vec<Mutex<Memory>>);

impl Memories {
    pub(super) fn new() -> Self {
        Self(vec![])
    }

    /// Calls `run` with each group of images, their places in `out`, and memory to work in.
    pub(super) fn each_group(
        &mut self,
        program: &Program,
        x_t: &[f32],
        out: &mut [f32],
        run: impl Fn(&[f32], &mut [f32], &mut Memory) + Sync,
    ) {
        while self.0.len() < rayon::current_num_threads() {
            self.0.push(Mutex::new(Memory::new(program)));
        }
        // Small batches are shared out to all threads rather than to whole groups.
        let images = (x_t.len() / PIXELS).div_ceil(rayon::current_num_threads()).clamp(1, GROUP);
        let memories = &self.0;
        x_t.par_chunks(images * PIXELS).zip(out.par_chunks_mut(images * PIXELS)).for_each(|(x_t, out)| {
            // A lone group stays on the calling thread, which need not be one of rayon's.
            let thread = rayon::current_thread_index().unwrap_or(0);
            run(x_t, out, &mut memories[thread].lock().unwrap_or_else(PoisonError::into_inner));
        });
    }
}
