//! A batch's whole walk on the device.

use super::buffers::{Buffers, parts, rows, uniform_stride};
use super::context::Context;
use super::pipeline::UNIFORM_BYTES;
use super::recorded::{RECORDED, Recorded};
use super::{EngineError, GpuEngine};
use crate::pixels::PIXELS;
use crate::sampler::Step;
use std::ops::Range;
use std::rc::Rc;
use wgpu::BufferUsages as Usage;

/// A batch and the noise that it will get.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    pub seed: u64,
    /// Number of the first image.
    pub first: u32,
    /// Where the walk starts: 784 numbers for each image.
    pub x: &'a [f32],
}

/// A batch on its way through the steps; what it needs is on the device.
pub struct Walk {
    context: Rc<Context>,
    pipeline: wgpu::ComputePipeline,
    buffers: Buffers,
    recording: Option<Recording>,
    count: usize,
    first: u32,
    seed: u64,
    done: usize,
    total: usize,
}

/// Room for what some steps record, and a copy of it and of the images for the CPU to read.
struct Recording {
    steps: usize,
    recorded: wgpu::Buffer,
    copy: wgpu::Buffer,
    bindings: wgpu::BindGroup,
}

impl Walk {
    pub(super) async fn new(
        engine: &GpuEngine,
        steps: &[Step],
        batch: Batch<'_>,
    ) -> Result<Self, EngineError> {
        assert!(!batch.x.is_empty() && batch.x.len().is_multiple_of(PIXELS));
        let context = engine.context.clone();
        let count = batch.x.len() / PIXELS;
        let buffers = context.checked(|_| Buffers::new(engine, steps, batch.x)).await?;
        Ok(Self {
            context,
            pipeline: engine.pipeline.clone(),
            buffers,
            recording: None,
            count,
            first: batch.first,
            seed: batch.seed,
            done: 0,
            total: steps.len(),
        })
    }

    /// Steps taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Steps in the whole walk.
    pub fn total(&self) -> usize {
        self.total
    }

    /// Takes the next `n` steps in one submission, fewer where fewer are left or can be recorded
    /// within the device's limits: `steps` of the result says which.
    ///
    /// # Errors
    /// When the device was lost or failed. The walk cannot go on then: begin another, from the last
    /// x that came back.
    pub async fn advance(&mut self, n: usize) -> Result<Recorded, EngineError> {
        let most =
            self.context.device.limits().max_storage_buffer_binding_size as usize / self.recorded_bytes();
        let steps = self.done..self.total.min(self.done + n.min(most));
        let recording = match self.recording.take() {
            Some(recording) if recording.steps == steps.len() => recording,
            _ => self.context.checked(|_| self.record(steps.len())).await?,
        };
        self.context.checked(|device| self.submit(device, &recording, steps.clone())).await?;
        let read = self.context.read(&recording.copy).await?;
        self.recording = Some(recording);
        self.done = steps.end;
        Ok(Recorded::new(steps, self.count, &read))
    }

    /// Recorded in one step.
    fn recorded_bytes(&self) -> usize {
        RECORDED * self.count * PIXELS
    }

    fn record(&self, steps: usize) -> Recording {
        let Buffers { ops, weights, times, scratch, images, steps: step, runs } = &self.buffers;
        // An empty buffer cannot be bound.
        let size = steps.max(1) * self.recorded_bytes();
        let recorded = self.context.empty(size, Usage::STORAGE | Usage::COPY_SRC);
        let copied = steps * self.recorded_bytes() + images.size() as usize;
        let copy = self.context.empty(copied, Usage::MAP_READ);
        let row = |buffer| {
            let size = wgpu::BufferSize::new(UNIFORM_BYTES as u64);
            wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size })
        };
        let whole = [ops, weights, times, scratch, images, &recorded].map(wgpu::Buffer::as_entire_binding);
        let entries: Vec<_> = (0..)
            .zip(whole.into_iter().chain([step, runs].map(row)))
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let layout = &self.pipeline.get_bind_group_layout(0);
        let bindings = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
        let bindings = self.context.device.create_bind_group(&bindings);
        Recording { steps, recorded, copy, bindings }
    }

    /// The shader's `Run`s, one for each part of the batch, for a recording that starts at step `from`.
    fn runs(&self, from: usize, stride: usize) -> Vec<u8> {
        let seed = [self.seed as u32, (self.seed >> 32) as u32];
        let run = |part: Range<usize>| {
            let numbers = [self.count, part.start, from].map(|number| number as u32);
            seed.into_iter().chain([self.first]).chain(numbers).collect()
        };
        rows(parts(self.count).map(run), stride)
    }

    /// The dispatches of each step, and a copy of what they leave.
    fn submit(&self, device: &wgpu::Device, recording: &Recording, steps: Range<usize>) {
        let Buffers { images, runs, .. } = &self.buffers;
        let stride = uniform_stride(device);
        self.context.queue.write_buffer(runs, 0, &self.runs(steps.start, stride));
        let mut commands = device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        for step in steps.clone() {
            for (k, part) in parts(self.count).enumerate() {
                let offsets = [step, k].map(|row| (row * stride) as u32);
                pass.set_bind_group(0, &recording.bindings, &offsets);
                pass.dispatch_workgroups(part.len() as u32, 1, 1);
            }
        }
        drop(pass);
        let greys = (steps.len() * self.recorded_bytes()) as u64;
        commands.copy_buffer_to_buffer(&recording.recorded, 0, &recording.copy, 0, greys);
        commands.copy_buffer_to_buffer(images, 0, &recording.copy, greys, images.size());
        self.context.queue.submit([commands.finish()]);
    }
}
