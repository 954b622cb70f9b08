//! A batch's whole walk on the device.

use super::context::{Context, bytes};
use super::pipeline::{RUN_BYTES, STEP_BYTES};
use super::{EngineError, GpuEngine};
use crate::pixels::PIXELS;
use crate::sampler::Step;
use std::ops::Range;
use std::rc::Rc;
use wgpu::BufferUsages as Usage;

/// Most workgroups in a dispatch, each with a scratch buffer: with more images, they take turns.
const MOST_WORKGROUPS: usize = 256;
/// What is recorded of each pixel in a step: x_{t_prev}, x_0 and eps, one byte each.
const RECORDED: usize = 3;

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
    /// Of all bindings but `recorded`, in the shader's order.
    buffers: Buffers,
    recording: Option<Recording>,
    count: usize,
    first: u32,
    seed: u64,
    done: usize,
    total: usize,
}

struct Buffers {
    ops: wgpu::Buffer,
    weights: wgpu::Buffer,
    times: wgpu::Buffer,
    scratch: wgpu::Buffer,
    images: wgpu::Buffer,
    steps: wgpu::Buffer,
    run: wgpu::Buffer,
}

/// Room for what some steps record, and a copy of it and of the images for the CPU to read.
struct Recording {
    steps: usize,
    recorded: wgpu::Buffer,
    copy: wgpu::Buffer,
    bindings: wgpu::BindGroup,
}

/// What some steps gave.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Numbers of the steps, counted from the walk's start.
    pub steps: Range<usize>,
    /// The batch after the last of them; 784 numbers for each image.
    pub x: Vec<f32>,
    /// What the network predicted in the last of them, likewise.
    pub eps_values: Vec<f32>,
    greys: Vec<u8>,
}

impl Recorded {
    /// The batch after step `k` of `steps`, in greys: 784 bytes an image.
    pub fn x_t(&self, k: usize) -> &[u8] {
        self.greys(k, 0)
    }

    /// The finished images as step `k` predicted them, likewise.
    pub fn x_0(&self, k: usize) -> &[u8] {
        self.greys(k, 1)
    }

    /// The noise that step `k` predicted in the batch before it, likewise: 0 is mid grey.
    pub fn eps(&self, k: usize) -> &[u8] {
        self.greys(k, 2)
    }

    fn greys(&self, k: usize, what: usize) -> &[u8] {
        assert!(self.steps.contains(&k), "step {k} is not in {:?}", self.steps);
        let place = (k - self.steps.start) * RECORDED + what;
        &self.greys[place * self.x.len()..][..self.x.len()]
    }
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
        let run = self.run(steps.start);
        self.context.checked(|device| self.submit(device, &recording, &run, steps.clone())).await?;
        let read = self.context.read(&recording.copy).await?;
        self.recording = Some(recording);
        self.done = steps.end;
        let (greys, images) = read.split_at(steps.len() * self.recorded_bytes());
        let [x, eps_values] = [0, 1].map(|half| values(images, half));
        Ok(Recorded { steps, x, eps_values, greys: greys.to_vec() })
    }

    /// Recorded in one step.
    fn recorded_bytes(&self) -> usize {
        RECORDED * self.count * PIXELS
    }

    fn record(&self, steps: usize) -> Recording {
        let Buffers { ops, weights, times, scratch, images, steps: step, run } = &self.buffers;
        // An empty buffer cannot be bound.
        let size = steps.max(1) * self.recorded_bytes();
        let recorded = self.context.empty(size, Usage::STORAGE | Usage::COPY_SRC);
        let copied = steps * self.recorded_bytes() + images.size() as usize;
        let copy = self.context.empty(copied, Usage::MAP_READ);
        let step =
            wgpu::BufferBinding { buffer: step, offset: 0, size: wgpu::BufferSize::new(STEP_BYTES as u64) };
        let whole = [ops, weights, times, scratch, images, &recorded].map(wgpu::Buffer::as_entire_binding);
        let last = [wgpu::BindingResource::Buffer(step), run.as_entire_binding()];
        let entries: Vec<_> = (0..)
            .zip(whole.into_iter().chain(last))
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let layout = &self.pipeline.get_bind_group_layout(0);
        let bindings = wgpu::BindGroupDescriptor { label: None, layout, entries: &entries };
        let bindings = self.context.device.create_bind_group(&bindings);
        Recording { steps, recorded, copy, bindings }
    }

    /// The shader's `Run`, for a recording that starts at step `from`.
    fn run(&self, from: usize) -> Vec<u8> {
        let seed = [self.seed as u32, (self.seed >> 32) as u32];
        let run = [seed[0], seed[1], self.first, self.count as u32, from as u32];
        let mut run = bytes(&run, |x| x.to_le_bytes());
        run.resize(RUN_BYTES, 0);
        run
    }

    /// A dispatch for each step, and a copy of what they leave.
    fn submit(&self, device: &wgpu::Device, recording: &Recording, run: &[u8], steps: Range<usize>) {
        self.context.queue.write_buffer(&self.buffers.run, 0, run);
        let mut commands = device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.pipeline);
        for step in steps.clone() {
            pass.set_bind_group(0, &recording.bindings, &[(step * step_stride(device)) as u32]);
            pass.dispatch_workgroups(self.count.min(MOST_WORKGROUPS) as u32, 1, 1);
        }
        drop(pass);
        let greys = (steps.len() * self.recorded_bytes()) as u64;
        let Buffers { images, .. } = &self.buffers;
        commands.copy_buffer_to_buffer(&recording.recorded, 0, &recording.copy, 0, greys);
        commands.copy_buffer_to_buffer(images, 0, &recording.copy, greys, images.size());
        self.context.queue.submit([commands.finish()]);
    }
}

impl Buffers {
    fn new(engine: &GpuEngine, steps: &[Step], x: &[f32]) -> Self {
        let GpuEngine { context, plan, ops, weights, .. } = engine;
        let mut times = vec![0.0; steps.len().max(1) * plan.time_len()];
        for (step, times) in steps.iter().zip(times.chunks_mut(plan.time_len())) {
            plan.time_embeddings(step.t, times);
        }
        let zeros = [0.0; PIXELS];
        let images: Vec<f32> = x.chunks(PIXELS).flat_map(|x| x.iter().chain(&zeros)).copied().collect();
        let upload = |numbers: &[f32], usage| context.upload(&bytes(numbers, |x| x.to_le_bytes()), usage);
        let workgroups = (x.len() / PIXELS).min(MOST_WORKGROUPS);
        Self {
            ops: ops.clone(),
            weights: weights.clone(),
            times: upload(&times, Usage::STORAGE),
            scratch: context.empty(workgroups * plan.scratch_bytes(), Usage::STORAGE),
            images: upload(&images, Usage::STORAGE | Usage::COPY_SRC),
            steps: context.upload(&step_bytes(steps, step_stride(&context.device)), Usage::UNIFORM),
            run: context.empty(RUN_BYTES, Usage::UNIFORM),
        }
    }
}

/// Bytes from one step to the next in their buffer.
fn step_stride(device: &wgpu::Device) -> usize {
    STEP_BYTES.next_multiple_of(device.limits().min_uniform_buffer_offset_alignment as usize)
}

/// The shader's `Step`s.
fn step_bytes(steps: &[Step], stride: usize) -> Vec<u8> {
    let mut all = vec![0; steps.len().max(1) * stride];
    for (index, (step, out)) in steps.iter().zip(all.chunks_mut(stride)).enumerate() {
        let factors = [step.x, step.eps, step.z, step.x0_x, step.x0_eps].map(f32::to_bits);
        let numbers = [step.t as u32, index as u32].into_iter().chain(factors);
        for (number, out) in numbers.zip(out.as_chunks_mut().0) {
            *out = number.to_le_bytes();
        }
    }
    all
}

/// x (`half` 0) or eps (1) of all images.
fn values(images: &[u8], half: usize) -> Vec<f32> {
    let halves = images.chunks(PIXELS * size_of::<f32>()).skip(half).step_by(2);
    halves.flat_map(|values| values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes))).collect()
}
