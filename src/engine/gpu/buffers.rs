//! What a walk needs on the device.

use super::context::bytes;
use super::pipeline::UNIFORM_BYTES;
use super::{Batch, GpuEngine};
use crate::core::image::PIXELS;
use crate::core::samplers::Step;
use crate::engine::recorded::RECORDED;
use std::ops::Range;
use wgpu::BufferUsages as Usage;

/// Most images in a dispatch, each with a scratch buffer: a larger batch takes its step in parts.
const MOST_IMAGES: usize = 256;

/// Room for recorded steps: a run of 16 images keeps more than 200. Twice, on the device and where
/// the CPU can read.
const RECORDED_BYTES: usize = 16 << 20;

/// All that the shader binds, in its order, and the way back.
pub(super) struct Buffers {
    pub(super) ops: wgpu::Buffer,
    pub(super) weights: wgpu::Buffer,
    pub(super) times: wgpu::Buffer,
    pub(super) scratch: wgpu::Buffer,
    pub(super) images: wgpu::Buffer,
    pub(super) recorded: wgpu::Buffer,
    pub(super) steps: wgpu::Buffer,
    pub(super) runs: wgpu::Buffer,
    /// Recorded steps, and then the images, for the CPU to read.
    pub(super) copy: wgpu::Buffer,
    /// How many steps `recorded` has room for.
    pub(super) kept: usize,
}

impl Buffers {
    pub(super) fn new(engine: &GpuEngine, steps: &[Step], batch: Batch<'_>) -> Self {
        let GpuEngine { context, plan, ops, weights, .. } = engine;
        let mut times = vec![0.0; steps.len().max(1) * plan.time_len()];
        for (step, times) in steps.iter().zip(times.chunks_mut(plan.time_len())) {
            plan.time_embeddings(step.t, times);
        }
        let zeros = [0.0; PIXELS];
        let images: Vec<f32> = batch.x.chunks(PIXELS).flat_map(|x| x.iter().chain(&zeros)).copied().collect();
        let upload = |numbers: &[f32], usage| context.upload(&bytes(numbers, |x| x.to_le_bytes()), usage);
        let count = batch.x.len() / PIXELS;
        let recorded = RECORDED * count * PIXELS;
        let kept = (RECORDED_BYTES / recorded).clamp(1, steps.len().max(1));
        let stride = uniform_stride(&context.device);
        Self {
            ops: ops.clone(),
            weights: weights.clone(),
            times: upload(&times, Usage::STORAGE),
            scratch: context.empty(count.min(MOST_IMAGES) * plan.scratch_bytes(), Usage::STORAGE),
            images: upload(&images, Usage::STORAGE | Usage::COPY_SRC),
            recorded: context.empty(kept * recorded, Usage::STORAGE | Usage::COPY_SRC),
            steps: context.upload(&step_rows(steps, stride), Usage::UNIFORM),
            runs: context.upload(&run_rows(batch, kept, stride), Usage::UNIFORM),
            copy: context.empty(kept * recorded + images.len() * size_of::<f32>(), Usage::MAP_READ),
            kept,
        }
    }
}

/// The parts of a batch of `count` images that one dispatch takes.
pub(super) fn parts(count: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(MOST_IMAGES).map(move |start| start..count.min(start + MOST_IMAGES))
}

/// Bytes from one row of uniforms to the next in their buffer.
pub(super) fn uniform_stride(device: &wgpu::Device) -> usize {
    UNIFORM_BYTES.next_multiple_of(device.limits().min_uniform_buffer_offset_alignment as usize)
}

/// The shader's `Step`s.
fn step_rows(steps: &[Step], stride: usize) -> Vec<u8> {
    let row = |(index, step): (usize, &Step)| {
        let Step { x, net, z, x0_x, x0_net, eps_x, eps_net, .. } = *step;
        let factors = [x, net, z, x0_x, x0_net, eps_x, eps_net].map(f32::to_bits);
        [step.t as u32, index as u32].into_iter().chain(factors).collect()
    };
    rows(steps.iter().enumerate().map(row), stride)
}

/// The shader's `Run`s, one for each part of the batch.
fn run_rows(batch: Batch<'_>, kept: usize, stride: usize) -> Vec<u8> {
    let Batch { seed, first, x } = batch;
    let count = x.len() / PIXELS;
    let row = |part: Range<usize>| {
        let numbers = [count, part.start, kept].map(|number| number as u32);
        [seed as u32, (seed >> 32) as u32, first].into_iter().chain(numbers).collect()
    };
    rows(parts(count).map(row), stride)
}

/// Rows of uniforms, each padded with zeros to `stride` bytes; at least one, because an empty buffer
/// cannot be bound.
fn rows(rows: impl Iterator<Item = Vec<u32>>, stride: usize) -> Vec<u8> {
    let mut all = vec![];
    for (n, row) in rows.enumerate() {
        all.extend(bytes(&row, |x| x.to_le_bytes()));
        all.resize((n + 1) * stride, 0);
    }
    all.resize(all.len().max(stride), 0);
    all
}
