//! All images on the calling thread.

use crate::core::image::PIXELS;
use crate::engine::cpu::GROUP;
use crate::engine::cpu::program::{Memory, Program};

/// Calls `work` on every thread; returns how many there are.
pub(super) fn on_all<T>(work: impl Fn() -> T) -> usize {
    std::hint::black_box(work());
    1
}

pub(super) struct Memories(Option<Memory>);

impl Memories {
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// Calls `run` with each group of images, their places in `out`, and memory to work in.
    pub(super) fn each_group(
        &mut self,
        program: &Program,
        x_t: &[f32],
        out: &mut [f32],
        run: impl Fn(&[f32], &mut [f32], &mut Memory),
    ) {
        let memory = self.0.get_or_insert_with(|| Memory::new(program));
        for (x_t, out) in x_t.chunks(GROUP * PIXELS).zip(out.chunks_mut(GROUP * PIXELS)) {
            run(x_t, out, memory);
        }
    }
}
