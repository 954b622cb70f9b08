//! Training on a GPU: a batch goes through the network and back in slices, each in a handful of dispatches, and Adam
//! takes its step on the device. Nothing waits for the device but who reads from it.

mod layout;
mod memory;
mod places;
mod rounds;
mod table;

use self::layout::{ADAM, At, COLLECT, Chunks, KEPT, OF_WEIGHTS, SHARES, Slice, WALK};
use self::memory::{Entry, Memory};
use self::places::Places;
use self::table::Table;
use super::context::Context;
use super::rounds::Share;
use super::{bytes, name, pipeline};
use crate::core::schedule::MAX_TIMESTEPS;
use crate::engine::cpu::gradients::Batch;
use crate::engine::{EngineError, Place};
use crate::graph::backward::TrainingGraph;
use crate::model::UNetConfig;
use crate::model::config::TIME_DIM;
use crate::model::tensors::sinusoidal_embedding;
use std::ops::Range;

/// The most images of a slice. More would only make its dispatches longer.
const MOST_IMAGES: usize = 32;

/// Vectors of all parameters: the weights, Adam's averages m and v, and the weights' average. On the device a fifth is
/// the gradient.
pub const PLANES: usize = 4;

/// How far a step of Adam goes.
pub struct Update {
    pub learning_rate: f64,
    pub betas: [f64; 2],
    pub epsilon: f64,
    /// The step's number, counted from 1.
    pub step: usize,
    /// Decay of the weights' average.
    pub decay: f64,
    /// The largest L2 norm that the gradient keeps; none for any.
    pub clip: Option<f64>,
}

/// A network in training on a GPU.
pub struct GpuTraining {
    context: Context,
    graph: TrainingGraph,
    /// The frozen time-embedding table, [rows, 100].
    table: Vec<f32>,
    memory: Memory,
    walk: Entry,
    of_weights: Entry,
    collect: Entry,
    adam: Entry,
    /// The dispatches of an image's way.
    ways: Vec<Share>,
    jobs: usize,
    chunks: Chunks,
    /// The most images of a slice.
    most_images: usize,
    /// Whether a step's images have begun to be added, and whether its gradient was given instead.
    begun: bool,
    given: bool,
    /// Steps whose losses wait on the device.
    waiting: usize,
}

impl GpuTraining {
    /// On a device within WebGPU's default limits; `adapter` is what it was made from. The planes are the weights, m, v
    /// and the weights' average, each of all parameters.
    ///
    /// # Errors
    /// When the device cannot compile the shader or hold the network.
    pub async fn new(
        device: wgpu::Device,
        queue: wgpu::Queue,
        adapter: &wgpu::AdapterInfo,
        config: &UNetConfig,
        planes: [&[f32]; PLANES],
    ) -> Result<Self, EngineError> {
        let context = Context::new(device, queue, name(adapter));
        let graph = TrainingGraph::new(config);
        let places = Places::new(&graph);
        let table = Table::new(&graph, &places);
        let jobs = table::jobs(&table, config.classes);
        let (invocations, ways) = rounds::ways(adapter.device_type, &table, config);
        let chunks = Chunks::new(graph.graph.gather.flat_len, invocations.0);
        let scratch = places.len * size_of::<f32>();
        context.fits("an image's intermediate results and their gradients", scratch)?;
        let by_rounds = SHARES * rounds::most_images(&table.rows[table.walk..]);
        let most_images = (context.binding_bytes() / scratch).min(by_rounds).min(MOST_IMAGES);
        let dispatches = ways.iter().map(|share| layout::Dispatch {
            first: share.ops.start as u32,
            end: share.ops.end as u32,
            first_tile: share.tiles.start as u32,
            end_tile: share.tiles.end as u32,
        });
        let contents = memory::Contents {
            rows: &table.rows,
            jobs: &jobs,
            dispatches: dispatches.collect(),
            planes,
            images: most_images,
            scratch,
            chunks: chunks.count,
        };
        let memory = Memory::new(&context, &graph, contents).await?;
        let source = layout::declarations(&graph, &places, invocations.0)
            + pipeline::NETWORK
            + include_str!("training/training.wgsl");
        let entries = context.checked(|device| {
            let module = pipeline::module(device, "training.wgsl", source);
            [WALK, OF_WEIGHTS, COLLECT, ADAM].map(|entry| Entry::new(device, &module, &entry, &memory))
        });
        let [walk, of_weights, collect, adam] = entries.await?;
        Ok(Self {
            context,
            graph,
            table: sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM),
            memory,
            walk,
            of_weights,
            collect,
            adam,
            ways,
            jobs: jobs.len(),
            chunks,
            most_images,
            begun: false,
            given: false,
            waiting: 0,
        })
    }

    /// The adapter's name.
    pub fn name(&self) -> &str {
        &self.context.name
    }

    /// Adds these images' part of the loss and of its gradient to those of the step under way.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub fn add(&mut self, batch: Batch) -> Result<(), EngineError> {
        self.context.check()?;
        let count = batch.places.len();
        for start in (0..count).step_by(self.most_images) {
            let images = start..count.min(start + self.most_images);
            self.write_slice(batch, images.clone());
            self.begun = true;
            let mut commands = self.context.device.create_command_encoder(&Default::default());
            let mut pass = commands.begin_compute_pass(&Default::default());
            for way in 0..self.ways.len() {
                self.walk.dispatch(&mut pass, way, [images.len(), 1]);
            }
            self.of_weights.dispatch(&mut pass, 0, [self.jobs, SHARES]);
            drop(pass);
            self.context.queue.submit([commands.finish()]);
        }
        Ok(())
    }

    fn write_slice(&self, batch: Batch, images: Range<usize>) {
        let numbers = self.graph.graph.config.image.numbers();
        let no_class = self.graph.graph.config.classes.unwrap_or(0);
        let mut examples = vec![];
        for image in images.clone() {
            let Place { t, class } = batch.places[image];
            let own = image * numbers..(image + 1) * numbers;
            examples.extend_from_slice(&batch.x_t[own.clone()]);
            examples.extend_from_slice(&batch.target[own]);
            examples.extend_from_slice(&self.table[t * TIME_DIM..][..TIME_DIM]);
            examples.extend([batch.importance[image], class.unwrap_or(no_class) as f32]);
        }
        self.memory.write(&self.context, At::Examples, &bytes::of_numbers(&examples));
        let slice = Slice {
            images: images.len() as u32,
            begins: (!self.begun).into(),
            place: self.waiting as u32,
            scale: 1.0 / (batch.whole * numbers) as f32,
        };
        self.memory.write(&self.context, At::Slice, &bytes::of_array(&[slice]));
    }

    /// Takes a step by what was added.
    ///
    /// # Errors
    /// When the device was lost or failed, or the losses of too many steps were never read.
    pub fn update(&mut self, update: &Update) -> Result<(), EngineError> {
        self.context.check()?;
        if self.waiting == KEPT {
            return Err(self.context.error("its losses were not read"));
        }
        let Update { learning_rate, betas, epsilon, step, decay, clip } = *update;
        let [of_m, of_v] = betas.map(|beta| (1.0 / (1.0 - beta.powi(step as i32))) as f32);
        let [beta_1, beta_2] = betas.map(|beta| beta as f32);
        let row = layout::Update {
            is_given: self.given.into(),
            rate: learning_rate as f32,
            beta_1,
            beta_2,
            of_m,
            of_v,
            epsilon: epsilon as f32,
            decay: decay as f32,
            clip: clip.unwrap_or(0.0) as f32,
        };
        self.submit(row, &[&self.collect, &self.adam]);
        (self.begun, self.given) = (false, false);
        self.waiting += 1;
        Ok(())
    }

    fn submit(&self, update: layout::Update, entries: &[&Entry]) {
        self.memory.write(&self.context, At::Update, &bytes::of_array(&[update]));
        let mut commands = self.context.device.create_command_encoder(&Default::default());
        let mut pass = commands.begin_compute_pass(&Default::default());
        entries.iter().for_each(|entry| entry.dispatch(&mut pass, 0, [self.chunks.count, 1]));
        drop(pass);
        self.context.queue.submit([commands.finish()]);
    }

    /// The gradient of what was added since the last step, one number for each parameter.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub async fn gradient(&self) -> Result<Vec<f32>, EngineError> {
        self.submit(layout::Update { is_given: self.given.into(), ..Default::default() }, &[&self.collect]);
        self.plane(PLANES).await
    }

    /// Takes another gradient in its place.
    pub fn set_gradient(&mut self, gradient: &[f32]) {
        self.memory.write_plane(&self.context, PLANES, gradient);
        self.given = true;
    }

    /// The loss of what was added since the last step; none where nothing was.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub async fn loss(&self) -> Result<Option<f32>, EngineError> {
        if !self.begun {
            return Ok(None);
        }
        Ok(Some(self.memory.read(&self.context, At::Report, self.waiting..self.waiting + 1).await?[0]))
    }

    /// Whether anything was added since the last step.
    pub fn has_begun(&self) -> bool {
        self.begun
    }

    /// Forgets what was added since the last step.
    pub fn forget(&mut self) {
        (self.begun, self.given) = (false, false);
    }

    /// How many steps' losses wait to be read.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// The losses of the steps since the last call. It waits for them; no images may have been added since the last step.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub async fn losses(&mut self) -> Result<Vec<f32>, EngineError> {
        let losses = self.memory.read(&self.context, At::Report, 0..self.waiting).await?;
        self.waiting = 0;
        Ok(losses)
    }

    /// The weights, m, v and the weights' average.
    ///
    /// # Errors
    /// When the device was lost or failed.
    pub async fn planes(&self) -> Result<[Vec<f32>; PLANES], EngineError> {
        let [a, b, c, d] = [0, 1, 2, 3].map(|plane| self.plane(plane));
        Ok([a.await?, b.await?, c.await?, d.await?])
    }

    async fn plane(&self, plane: usize) -> Result<Vec<f32>, EngineError> {
        let len = self.graph.graph.gather.flat_len;
        self.memory.read(&self.context, At::State, plane * len..(plane + 1) * len).await
    }

    /// Dispatches of a step of so many images.
    pub fn dispatches(&self, images: usize) -> usize {
        images.div_ceil(self.most_images) * (self.ways.len() + 1) + 2
    }
}
