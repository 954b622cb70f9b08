//! The buffers of a training, and the shader's entries with what they bind.

use super::super::context::Context;
use super::super::layout::Op;
use super::super::shared::Shared;
use super::super::{bytes, pipeline};
use super::PLANES;
use super::layout::{self, At, BESIDE, BINDINGS, Dispatch, Job, KEPT, SHARES, Slice, Update};
use super::table;
use crate::engine::EngineError;
use crate::graph::backward::TrainingGraph;
use std::ops::Range;
use wgpu::BufferUsages as Usage;

/// Bytes from one row of dispatches to the next: what every device can take.
const STRIDE: usize = 256;

/// What the buffers hold in the beginning, and how long they are.
pub(super) struct Contents<'a> {
    pub(super) rows: &'a [Op],
    pub(super) jobs: &'a [Job],
    pub(super) dispatches: Vec<Dispatch>,
    /// The weights, m, v and the weights' average.
    pub(super) planes: [&'a [f32]; PLANES],
    /// Images of a slice, and each one's scratch buffer in bytes.
    pub(super) images: usize,
    pub(super) scratch: usize,
    /// Parts of the gradient's norm.
    pub(super) chunks: usize,
}

/// The buffers.
pub(super) struct Memory {
    /// In the order of [`At`].
    buffers: Vec<wgpu::Buffer>,
    /// For the CPU to read a plane or all losses.
    copy: wgpu::Buffer,
    /// Numbers of a plane.
    parameters: usize,
}

impl Memory {
    /// # Errors
    /// When the device has not the memory.
    pub(super) async fn new(
        context: &Context,
        graph: &TrainingGraph,
        contents: Contents<'_>,
    ) -> Result<Self, EngineError> {
        let Contents { rows, jobs, dispatches, planes, images, scratch, chunks } = contents;
        let parameters = graph.graph.gather.flat_len;
        let numbers = |count: usize| count * size_of::<f32>();
        let [state, sums] = [(PLANES + 1) * parameters, SHARES * graph.gradient_len()].map(numbers);
        let example = numbers(2 * graph.graph.config.image.numbers() + BESIDE);
        context.fits("the weights and what Adam keeps of them", state)?;
        context.fits("the weights' gradients", sums)?;
        let storage = Usage::STORAGE;
        let memory = context.checked(|_| {
            let weights = bytes::of_numbers(&graph.graph.gather.pack(planes[0]));
            let weights = context.upload(&weights, storage);
            let buffers = vec![
                context.upload(&bytes::of_array(rows), storage),
                weights.clone(),
                context.empty(images * scratch, storage),
                context.empty(images * example, storage),
                context.upload(&bytes::of_array(jobs), storage),
                context.empty(sums, storage),
                context.empty(state, storage | Usage::COPY_SRC),
                context.upload(&bytes::of_array(&table::parameter_places(graph)), storage),
                context.empty(numbers(KEPT + chunks), storage | Usage::COPY_SRC),
                weights,
                context.upload(&bytes::of_uniforms(&dispatches, STRIDE), Usage::UNIFORM),
                context.empty(uniform_bytes::<Slice>(), Usage::UNIFORM),
                context.empty(uniform_bytes::<Update>(), Usage::UNIFORM),
            ];
            let copy = context.empty(numbers(parameters.max(KEPT)), Usage::MAP_READ);
            let memory = Self { buffers, copy, parameters };
            for (plane, numbers) in planes.into_iter().enumerate() {
                memory.write_plane(context, plane, numbers);
            }
            memory
        });
        memory.await
    }

    pub(super) fn write(&self, context: &Context, at: At, bytes: &[u8]) {
        context.queue.write_buffer(&self.buffers[at as usize], 0, bytes);
    }

    pub(super) fn write_plane(&self, context: &Context, plane: usize, numbers: &[f32]) {
        let start = (plane * self.parameters * size_of::<f32>()) as u64;
        context.queue.write_buffer(&self.buffers[At::State as usize], start, &bytes::of_numbers(numbers));
    }

    /// Some numbers of a buffer, no more than a plane has or losses are kept, once all is done that was asked before.
    pub(super) async fn read(
        &self,
        context: &Context,
        at: At,
        numbers: Range<usize>,
    ) -> Result<Vec<f32>, EngineError> {
        if numbers.is_empty() {
            return Ok(vec![]);
        }
        let [start, len] = [numbers.start, numbers.len()].map(|count| (count * size_of::<f32>()) as u64);
        let copied = context.checked(|device| {
            let mut commands = device.create_command_encoder(&Default::default());
            commands.copy_buffer_to_buffer(&self.buffers[at as usize], start, &self.copy, 0, len);
            context.queue.submit([commands.finish()]);
        });
        copied.await?;
        Ok(bytes::to_numbers(&context.read(&self.copy, len).await?))
    }
}

fn uniform_bytes<T: Shared>() -> usize {
    T::BYTES.next_multiple_of(16)
}

/// An entry of the shader, compiled, with its buffers.
pub(super) struct Entry {
    pipeline: wgpu::ComputePipeline,
    bindings: wgpu::BindGroup,
    /// Whether it has a row of dispatches.
    has_rows: bool,
}

impl Entry {
    pub(super) fn new(
        device: &wgpu::Device,
        module: &wgpu::ShaderModule,
        entry: &layout::Entry,
        memory: &Memory,
    ) -> Self {
        let numbers = || entry.bound.iter().map(|at| *at as usize);
        let is_row = |number: usize| number == At::Dispatch as usize;
        let entries: Vec<_> = numbers()
            .map(|number| pipeline::entry(number as u32, BINDINGS[number].space, is_row(number)))
            .collect();
        let layout = pipeline::bind_group_layout(device, &entries);
        let pipeline = pipeline::pipeline(device, module, &layout, entry.name);
        let row = wgpu::BufferSize::new(uniform_bytes::<Dispatch>() as u64);
        let resource = |number: usize| {
            let (buffer, size) = (&memory.buffers[number], row.filter(|_| is_row(number)));
            let resource = wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset: 0, size });
            wgpu::BindGroupEntry { binding: number as u32, resource }
        };
        let entries: Vec<_> = numbers().map(resource).collect();
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries };
        let bindings = device.create_bind_group(&descriptor);
        Self { pipeline, bindings, has_rows: entry.bound.contains(&At::Dispatch) }
    }

    /// So many workgroups, with this row of dispatches where it has some.
    pub(super) fn dispatch(&self, pass: &mut wgpu::ComputePass, row: usize, workgroups: [usize; 2]) {
        let offset = [(row * STRIDE) as u32];
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, &self.bindings, if self.has_rows { &offset } else { &[] });
        let [x, y] = workgroups.map(|count| count as u32);
        pass.dispatch_workgroups(x, y, 1);
    }
}
