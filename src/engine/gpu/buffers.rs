//! What a walk needs on the device.

use super::GpuEngine;
use super::context::bytes;
use super::pipeline::UNIFORM_BYTES;
use crate::pixels::PIXELS;
use crate::sampler::Step;
use std::ops::Range;
use wgpu::BufferUsages as Usage;

/// Most images in a dispatch, each with a scratch buffer: a larger batch takes its step in parts.
const MOST_IMAGES: usize = 256;

/// All that the shader binds but `recorded`, in its order.
pub(super) struct Buffers {
    pub(super) ops: wgpu::Buffer,
    pub(super) weights: wgpu::Buffer,
    pub(super) times: wgpu::Buffer,
    pub(super) scratch: wgpu::Buffer,
    pub(super) images: wgpu::Buffer,
    pub(super) steps: wgpu::Buffer,
    pub(super) runs: wgpu::Buffer,
}

impl Buffers {
    pub(super) fn new(engine: &GpuEngine, steps: &[Step], x: &[f32]) -> Self {
        let GpuEngine { context, plan, ops, weights, .. } = engine;
        let mut times = vec![0.0; steps.len().max(1) * plan.time_len()];
        for (step, times) in steps.iter().zip(times.chunks_mut(plan.time_len())) {
            plan.time_embeddings(step.t, times);
        }
        let zeros = [0.0; PIXELS];
        let images: Vec<f32> = x.chunks(PIXELS).flat_map(|x| x.iter().chain(&zeros)).copied().collect();
        let upload = |numbers: &[f32], usage| context.upload(&bytes(numbers, |x| x.to_le_bytes()), usage);
        let count = x.len() / PIXELS;
        let stride = uniform_stride(&context.device);
        Self {
            ops: ops.clone(),
            weights: weights.clone(),
            times: upload(&times, Usage::STORAGE),
            scratch: context.empty(count.min(MOST_IMAGES) * plan.scratch_bytes(), Usage::STORAGE),
            images: upload(&images, Usage::STORAGE | Usage::COPY_SRC),
            steps: context.upload(&step_rows(steps, stride), Usage::UNIFORM),
            runs: context.empty(parts(count).count() * stride, Usage::UNIFORM),
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
        let factors = [step.x, step.eps, step.z, step.x0_x, step.x0_eps].map(f32::to_bits);
        [step.t as u32, index as u32].into_iter().chain(factors).collect()
    };
    rows(steps.iter().enumerate().map(row), stride)
}

/// Rows of uniforms, each padded with zeros to `stride` bytes; at least one, because an empty buffer
/// cannot be bound.
pub(super) fn rows(rows: impl Iterator<Item = Vec<u32>>, stride: usize) -> Vec<u8> {
    let mut all = vec![];
    for (n, row) in rows.enumerate() {
        all.extend(bytes(&row, |x| x.to_le_bytes()));
        all.resize((n + 1) * stride, 0);
    }
    all.resize(all.len().max(stride), 0);
    all
}
