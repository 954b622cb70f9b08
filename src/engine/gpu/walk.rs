//! A batch's whole walk on the device.

use super::GpuEngine;
use super::buffers::{Buffers, parts, uniform_stride};
use super::context::Context;
use super::pipeline::UNIFORM_BYTES;
use crate::core::image::PIXELS;
use crate::core::samplers::Step;
use crate::engine::recorded::RECORDED;
use crate::engine::{EngineError, Recorded};
use std::ops::Range;
use std::rc::Rc;

/// A batch and the noise that it will get.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub seed: u64,
    /// Number of the first image.
    pub first: u32,
    /// Where the walk starts: 784 numbers for each image.
    pub x: &'a [f32],
}

/// A batch on its way through the steps. All that it needs is on the device from the beginning: a
/// step uploads nothing.
pub struct Walk {
    context: Rc<Context>,
    pipeline: wgpu::ComputePipeline,
    buffers: Buffers,
    bindings: wgpu::BindGroup,
    count: usize,
    done: usize,
    total: usize,
}

impl Walk {
    pub(super) async fn new(
        engine: &GpuEngine,
        steps: &[Step],
        batch: Batch<'_>,
    ) -> Result<Self, EngineError> {
        assert!(!batch.x.is_empty() && batch.x.len().is_multiple_of(PIXELS));
        let context = engine.context.clone();
        let pipeline = engine.pipeline.clone();
        let made = context.checked(|device| {
            let buffers = Buffers::new(engine, steps, batch);
            let bindings = bind(device, &pipeline, &buffers);
            (buffers, bindings)
        });
        let (buffers, bindings) = made.await?;
        let count = batch.x.len() / PIXELS;
        Ok(Self { context, pipeline, buffers, bindings, count, done: 0, total: steps.len() })
    }

    /// Steps taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Steps in the whole walk.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Takes the next `n` steps in one submission, fewer where fewer are left or there is not the
    /// room to record them all: `steps` of the result says which.
    ///
    /// # Errors
    /// When the device was lost or failed. The walk cannot go on then: begin another, from the last
    /// x that came back.
    pub async fn advance(&mut self, n: usize) -> Result<Recorded, EngineError> {
        let steps = self.done..self.total.min(self.done + n.min(self.buffers.kept));
        self.context.checked(|device| self.submit(device, steps.clone())).await?;
        let copied = steps.len() as u64 * self.recorded_bytes() + self.buffers.images.size();
        let read = self.context.read(&self.buffers.copy, copied).await?;
        self.done = steps.end;
        Ok(Recorded::from_copy(steps, self.count, &read))
    }

    /// Recorded in one step.
    fn recorded_bytes(&self) -> u64 {
        (RECORDED * self.count * PIXELS) as u64
    }

    /// The dispatches of each step, and a copy of what they leave.
    fn submit(&self, device: &wgpu::Device, steps: Range<usize>) {
        let Buffers { recorded, images, copy, kept, .. } = &self.buffers;
        let stride = uniform_stride(device);
        let mut commands = device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        for step in steps.clone() {
            for (k, part) in parts(self.count).enumerate() {
                let offsets = [step, k].map(|row| (row * stride) as u32);
                pass.set_bind_group(0, &self.bindings, &offsets);
                pass.dispatch_workgroups(part.len() as u32, 1, 1);
            }
        }
        drop(pass);
        let each = self.recorded_bytes();
        for (place, step) in (0..).zip(steps.clone()) {
            let from = (step % kept) as u64 * each;
            commands.copy_buffer_to_buffer(recorded, from, copy, place * each, each);
        }
        commands.copy_buffer_to_buffer(images, 0, copy, steps.len() as u64 * each, images.size());
        self.context.queue.submit([commands.finish()]);
    }
}

fn bind(device: &wgpu::Device, pipeline: &wgpu::ComputePipeline, buffers: &Buffers) -> wgpu::BindGroup {
    let Buffers { ops, weights, times, scratch, images, recorded, steps, runs, .. } = buffers;
    let row = |buffer| {
        let size = wgpu::BufferSize::new(UNIFORM_BYTES as u64);
        wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
    };
    let whole = [ops, weights, times, scratch, images, recorded].map(wgpu::Buffer::as_entire_binding);
    let entries: Vec<_> = (0..)
        .zip(whole.into_iter().chain([steps, runs].map(row)))
        .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
        .collect();
    let layout = &pipeline.get_bind_group_layout(0);
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}

#[cfg(test)]
mod tests;
