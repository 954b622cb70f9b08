//! A network on the device: the program of its sizes, and its numbers.

use super::context::Context;
use super::rounds::{Invocations, Share};
use super::{bytes, layout, pipeline, rounds, table};
use crate::engine::{EngineError, Place};
use crate::graph::Graph;
use crate::model::Parameters;
use std::ops::Range;
use std::rc::Rc;
use wgpu::BufferUsages as Usage;

/// What a dispatch may take: a step that takes more is cut.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Rounds of an invocation's loops.
    pub(super) rounds: usize,
    /// Images, each with a scratch buffer: a larger batch takes its step in parts.
    pub(super) images: usize,
    /// Room for embeddings. Most runs' fit as a whole; else the table holds those of some steps at a time.
    pub(super) table_bytes: usize,
}

impl Limits {
    fn new(context: &Context, graph: &Graph) -> Self {
        let images = (context.binding_bytes() / graph.scratch_bytes()).min(256);
        Self { rounds: rounds::MOST_ROUNDS, images, table_bytes: 32 << 20 }
    }
}

/// What follows from the sizes alone.
pub(super) struct Program {
    pub(super) graph: Graph,
    pub(super) pipeline: wgpu::ComputePipeline,
    pub(super) ops: wgpu::Buffer,
    /// The same on the CPU.
    pub(super) rows: Vec<layout::Op>,
    pub(super) invocations: Invocations,
    pub(super) limits: Limits,
}

impl Program {
    async fn new(
        context: &Context,
        device_type: wgpu::DeviceType,
        graph: Graph,
    ) -> Result<Self, EngineError> {
        context.fits("an image's intermediate results", graph.scratch_bytes())?;
        let rows = table::table(&graph.ops);
        let invocations = Invocations::suited(device_type, &rows, graph.config.image);
        let made = context.checked(|device| {
            let ops = context.upload(&bytes::of_array(&rows), Usage::STORAGE);
            (pipeline::compile(device, &graph, invocations), ops)
        });
        let (pipeline, ops) = made.await?;
        let limits = Limits::new(context, &graph);
        Ok(Self { graph, pipeline, ops, rows, invocations, limits })
    }

    /// The parts of a batch of `count` images that one dispatch takes.
    pub(super) fn parts(&self, count: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let most = self.limits.images;
        (0..count).step_by(most).map(move |start| start..count.min(start + most))
    }

    /// The dispatches of such a part, where a step walks `walks` times through the network.
    pub(super) fn shares(&self, walks: usize) -> Vec<Share> {
        self.invocations.shares(&self.rows, self.graph.config.image, walks, self.limits.rounds)
    }

    /// The embeddings at each place, by the numbers beside it, one after the other.
    pub(super) fn embed<'a>(&self, places: impl Iterator<Item = (&'a Embedder, Place)>) -> Vec<f32> {
        let mut all = vec![];
        for (Embedder { weights, table }, Place { t, class }) in places {
            let start = all.len();
            all.resize(start + self.graph.embeddings.len(), 0.0);
            self.graph.embeddings.forward(weights, table, t, class, &mut all[start..]);
        }
        all
    }
}

/// What the embeddings are computed from, on the CPU.
pub(super) struct Embedder {
    /// The embeddings' packed weights.
    weights: Vec<f32>,
    /// The frozen time-embedding table.
    table: Vec<f32>,
}

/// A network: its program, and its numbers on the device. Runs keep a clone of theirs.
#[derive(Clone)]
pub(super) struct Network {
    pub(super) program: Rc<Program>,
    /// The operations' packed weights.
    pub(super) weights: wgpu::Buffer,
    pub(super) embedder: Rc<Embedder>,
}

impl Network {
    /// # Errors
    /// When the device cannot compile the shader or hold the weights.
    pub(super) async fn new(
        context: &Context,
        device_type: wgpu::DeviceType,
        parameters: &Parameters,
    ) -> Result<Self, EngineError> {
        let program = Program::new(context, device_type, Graph::new(&parameters.config)).await?;
        Self::of(context, Rc::new(program), parameters).await
    }

    /// Other numbers of the same sizes.
    ///
    /// # Errors
    /// When the device cannot hold the weights.
    pub(super) async fn exchanged(
        &self,
        context: &Context,
        parameters: &Parameters,
    ) -> Result<Self, EngineError> {
        Self::of(context, self.program.clone(), parameters).await
    }

    async fn of(
        context: &Context,
        program: Rc<Program>,
        parameters: &Parameters,
    ) -> Result<Self, EngineError> {
        let (packed, embedder) = pack(&program.graph, parameters);
        context.fits("the network's weights", size_of_val(&packed[..]))?;
        let usage = Usage::STORAGE | Usage::COPY_SRC;
        let weights = context.checked(|_| context.upload(&bytes::of_numbers(&packed), usage)).await?;
        Ok(Self { program, weights, embedder: Rc::new(embedder) })
    }

    /// The weights with a guide's behind them, and the guide's embedder. The guide is of the same sizes.
    ///
    /// # Errors
    /// When the device cannot hold both.
    pub(super) async fn with_guide(
        &self,
        context: &Context,
        guide: &Parameters,
    ) -> Result<(wgpu::Buffer, Rc<Embedder>), EngineError> {
        let (packed, embedder) = pack(&self.program.graph, guide);
        let added = bytes::of_numbers(&packed);
        context.fits("the weights of the network and of its guide", 2 * added.len())?;
        let made = context.checked(|device| {
            let both = context.empty(2 * added.len(), Usage::STORAGE);
            let mut commands = device.create_command_encoder(&Default::default());
            commands.copy_buffer_to_buffer(&self.weights, 0, &both, 0, self.weights.size());
            context.queue.write_buffer(&both, self.weights.size(), &added);
            context.queue.submit([commands.finish()]);
            both
        });
        Ok((made.await?, Rc::new(embedder)))
    }
}

/// The operations' packed weights, and what the embeddings are computed from.
fn pack(graph: &Graph, parameters: &Parameters) -> (Vec<f32>, Embedder) {
    let mut packed = graph.gather.pack(&parameters.flat);
    let weights = packed.split_off(graph.weights_len);
    (packed, Embedder { weights, table: parameters.table.clone() })
}
