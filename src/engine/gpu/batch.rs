//! A batch on the device, and all that its steps need there.

use super::context::Context;
use super::layout::{self, Bound, Dispatch, MEMORY, OUTPUT, PLANES, Rows, UNIFORM_BYTES, X};
use super::network::Program;
use super::{bytes, pipeline};
use crate::core::samplers::Step;
use crate::core::sampling::WalkState;
use crate::engine::EngineError;
use crate::engine::recorded::RECORDED;
use std::ops::Range;
use std::rc::Rc;
use wgpu::BufferUsages as Usage;

/// Room for recorded steps: a run of 16 of the tutorial's images keeps more than 200. Twice, on the device and
/// where the CPU can read.
const RECORDED_BYTES: usize = 16 << 20;

/// A second walk through the network in each guided step.
#[derive(Clone, Copy)]
pub(super) struct Guide {
    /// Where its weights start, in f32 elements: 0 for the network's own.
    pub(super) weights: usize,
    /// How much of the difference between both outputs is added to the network's.
    pub(super) factor: f32,
}

/// What a batch is and shall do.
pub(super) struct Setup<'a> {
    pub(super) weights: wgpu::Buffer,
    pub(super) guide: Option<Guide>,
    /// Which of the steps are guided; none where there is no guide.
    pub(super) guided: Vec<bool>,
    pub(super) steps: &'a [Step],
    pub(super) seed: u64,
    /// Number of the first image.
    pub(super) first: u32,
    /// At least one image, and what the sampler remembers of each.
    pub(super) state: &'a WalkState,
    /// Which embeddings each image sees, of how many, and how many steps of them there is room for.
    pub(super) seen: Vec<Rows>,
    pub(super) rows: usize,
    pub(super) window: usize,
}

/// A batch on its way through the steps. A step uploads nothing.
pub(super) struct Batch {
    pub(super) context: Rc<Context>,
    pub(super) program: Rc<Program>,
    pub(super) bound: Bound,
    pub(super) bindings: wgpu::BindGroup,
    /// Recorded steps, and then planes of the images, for the CPU to read.
    copy: wgpu::Buffer,
    /// How many images each dispatch of a step takes: of one without guidance, and of a guided one, whose uniforms lie
    /// behind the others'.
    dispatches: [Vec<usize>; 2],
    guided: Vec<bool>,
    /// How many steps there is room to record.
    pub(super) kept: usize,
    /// Numbers of the whole batch.
    len: usize,
}

impl Batch {
    /// # Errors
    /// When the device has not the memory.
    pub(super) async fn new(
        context: Rc<Context>,
        program: Rc<Program>,
        setup: Setup<'_>,
    ) -> Result<Self, EngineError> {
        let (count, len) = (setup.seen.len(), setup.state.x.len());
        let image_bytes = PLANES * len * size_of::<f32>();
        context.fits(&format!("a batch of {count} images"), image_bytes)?;
        let recorded = RECORDED * len;
        let kept = (RECORDED_BYTES / recorded).clamp(1, setup.steps.len().max(1));
        let rows = [1, 2].map(|walks| dispatches(&program, &setup, kept, walks));
        let dispatches = rows.each_ref().map(|rows| rows.iter().map(|(images, _)| *images).collect());
        let rows: Vec<Dispatch> = rows.into_iter().flatten().map(|(_, row)| row).collect();
        let guided = setup.guided.clone();
        let made = context.checked(|device| {
            let Setup { ref weights, steps, state, ref seen, rows: embeddings, window, .. } = setup;
            let stride = uniform_stride(device);
            let table = window * embeddings * program.graph.embeddings.len() * size_of::<f32>();
            let scratch = program.parts(count).map(|part| part.len()).max().unwrap_or(0);
            let images = context.empty(image_bytes, Usage::STORAGE | Usage::COPY_SRC);
            for (plane, numbers) in [(X, &state.x), (MEMORY, &state.memory)] {
                context.queue.write_buffer(&images, plane_bytes(len, plane), &bytes::of_numbers(numbers));
            }
            let bound = Bound {
                ops: program.ops.clone(),
                weights: weights.clone(),
                times: context.empty(table, Usage::STORAGE),
                rows: context.upload(&bytes::of_array(seen), Usage::STORAGE),
                scratch: context.empty(scratch * program.graph.scratch_bytes(), Usage::STORAGE),
                images,
                recorded: context.empty(kept * recorded, Usage::STORAGE | Usage::COPY_SRC),
                step: context.upload(&bytes::of_uniforms(&step_rows(steps), stride), Usage::UNIFORM),
                dispatch: context.upload(&bytes::of_uniforms(&rows, stride), Usage::UNIFORM),
            };
            let copied = plane_bytes(len, OUTPUT) as usize;
            let copy = context.empty(kept * recorded + copied, Usage::MAP_READ);
            let bindings = pipeline::bind(device, &program.pipeline, &bound);
            (bound, bindings, copy)
        });
        let (bound, bindings, copy) = made.await?;
        Ok(Self { context, program, bound, bindings, copy, dispatches, guided, kept, len })
    }

    /// Writes the table of embeddings.
    pub(super) fn write_times(&self, table: &[f32]) {
        self.context.queue.write_buffer(&self.bound.times, 0, &bytes::of_numbers(table));
    }

    /// Takes some steps, no more than can be recorded: what they recorded, the images and the memory.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub(super) async fn take(
        &self,
        steps: Range<usize>,
    ) -> Result<(Vec<u8>, Vec<f32>, Vec<f32>), EngineError> {
        let recorded = steps.len() * RECORDED * self.len;
        let mut read = self.submit_and_read(steps.clone(), steps, X..OUTPUT).await?;
        let mut x = bytes::to_numbers(&read.split_off(recorded));
        let memory = x.split_off(self.len);
        Ok((read, x, memory))
    }

    /// Takes one step: the network's outputs in it.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub(super) async fn output(&self, step: usize) -> Result<Vec<f32>, EngineError> {
        let read = self.submit_and_read(step..step + 1, 0..0, OUTPUT..OUTPUT + 1).await?;
        Ok(bytes::to_numbers(&read))
    }

    /// Takes `steps`, and reads what `recorded` of them recorded and then some planes of the images.
    async fn submit_and_read(
        &self,
        steps: Range<usize>,
        recorded: Range<usize>,
        planes: Range<usize>,
    ) -> Result<Vec<u8>, EngineError> {
        let each = (RECORDED * self.len) as u64;
        let (before, copied) = (recorded.len() as u64 * each, plane_bytes(self.len, planes.len()));
        let submitted = self.context.checked(|device| {
            let mut commands = self.encode(device, steps);
            for (place, step) in (0..).zip(recorded) {
                let from = (step % self.kept) as u64 * each;
                commands.copy_buffer_to_buffer(&self.bound.recorded, from, &self.copy, place * each, each);
            }
            let from = plane_bytes(self.len, planes.start);
            commands.copy_buffer_to_buffer(&self.bound.images, from, &self.copy, before, copied);
            self.context.queue.submit([commands.finish()]);
        });
        submitted.await?;
        self.context.read(&self.copy, before + copied).await
    }

    /// The dispatches of each step.
    pub(super) fn encode(&self, device: &wgpu::Device, steps: Range<usize>) -> wgpu::CommandEncoder {
        let stride = uniform_stride(device);
        let mut commands = device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        pass.set_pipeline(&self.program.pipeline);
        for step in steps {
            let [plain, guided] = &self.dispatches;
            let (first, images) = if self.guided[step] { (plain.len(), guided) } else { (0, plain) };
            for (row, images) in (first..).zip(images) {
                let offsets = [step, row].map(|row| (row * stride) as u32);
                pass.set_bind_group(0, &self.bindings, &offsets);
                pass.dispatch_workgroups(*images as u32, 1, 1);
            }
        }
        drop(pass);
        commands
    }
}

/// The dispatches of a step that walks through the network once, or with a guide twice: how many images each takes,
/// and its uniforms.
fn dispatches(program: &Program, setup: &Setup, kept: usize, walks: usize) -> Vec<(usize, Dispatch)> {
    let Setup { seed, first, ref seen, rows, window, guide, .. } = *setup;
    let number = |x: usize| x as u32;
    let shares = program.shares(walks);
    let ends = walks * program.graph.ops.len();
    let row = |images: &Range<usize>, ops: &Range<usize>, tiles: &Range<usize>| Dispatch {
        seed_low: seed as u32,
        seed_high: (seed >> 32) as u32,
        first_image: first,
        images: number(seen.len()),
        offset: number(images.start),
        kept: number(kept),
        window: number(window),
        rows: number(rows),
        first: number(ops.start),
        end: number(ops.end),
        first_tile: number(tiles.start),
        end_tile: number(tiles.end),
        steps: (ops.end == ends).into(),
        guide_weights: number(guide.map_or(0, |guide| guide.weights)),
        guidance: guide.map_or(0.0, |guide| guide.factor),
    };
    let of_part = |images: Range<usize>| {
        shares.iter().map(move |share| (images.len(), row(&images, &share.ops, &share.tiles)))
    };
    program.parts(seen.len()).flat_map(of_part).collect()
}

fn step_rows(steps: &[Step]) -> Vec<layout::Step> {
    let row = |(index, step): (usize, &Step)| {
        let Step { x, net, z, memory, memory_x, memory_net, x0_x, x0_net, eps_x, eps_net, .. } = *step;
        let (t, index) = (step.t as u32, index as u32);
        layout::Step { t, index, x, net, z, memory, memory_x, memory_net, x0_x, x0_net, eps_x, eps_net }
    };
    steps.iter().enumerate().map(row).collect()
}

/// Bytes of so many planes of a batch of `len` numbers.
fn plane_bytes(len: usize, planes: usize) -> u64 {
    (planes * len * size_of::<f32>()) as u64
}

/// Bytes from one row of uniforms to the next in their buffer.
fn uniform_stride(device: &wgpu::Device) -> usize {
    UNIFORM_BYTES.next_multiple_of(device.limits().min_uniform_buffer_offset_alignment as usize)
}
