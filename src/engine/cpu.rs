//! The fast CPU engine: runs the graph on a few images at a time, in scratch buffers that stay in the
//! cache, with whatever vectors the machine has.

mod aligned;
mod any_conv;
mod border;
mod conv;
mod exercise;
mod finish;
pub mod gradients;
mod matmul;
mod norm;
mod program;
#[cfg(feature = "native")]
pub mod residual;
mod to_one;
mod vector;
mod winograd;

#[cfg(not(any(target_arch = "x86_64", target_arch = "wasm32")))]
#[path = "cpu/isa/any.rs"]
mod isa;
#[cfg(target_arch = "wasm32")]
#[path = "cpu/isa/wasm.rs"]
mod isa;
#[cfg(target_arch = "x86_64")]
#[path = "cpu/isa/x86.rs"]
mod isa;

#[cfg(feature = "native")]
#[path = "cpu/threads/rayon.rs"]
mod threads;
#[cfg(not(feature = "native"))]
#[path = "cpu/threads/one.rs"]
mod threads;

use self::isa::Isa;
use self::program::{Group, Memory, Program};
use super::stepwise::{self, Network};
use super::{Answer, Condition, Conditions, Engine, EngineError, Measured, Place, Run, check_places};
use crate::core::sampling::Walk;
use crate::graph::Graph;
use crate::model::{Parameters, UNetConfig};
use std::rc::Rc;

/// How many images go through each operation together, so that its weights are read into the cache once for
/// all of them.
const GROUP: usize = 4;

/// The UNet on the CPU.
pub struct CpuEngine {
    network: CpuNetwork,
}

/// A network: its weights, which an engine and its runs share, and working memory, which each has for itself.
struct CpuNetwork {
    isa: Isa,
    numbers: Rc<Numbers>,
    /// Working memory, one for each thread.
    memories: threads::Memories<Memory>,
}

/// The graph with its weights, packed for the kernels. It never changes after it was made.
struct Numbers {
    graph: Graph,
    program: Program,
    /// The packed weights of the time and class embeddings.
    embeddings: Vec<f32>,
    /// The frozen time-embedding table, [rows, 100].
    table: Vec<f32>,
}

impl CpuNetwork {
    fn new(parameters: &Parameters, isa: Isa) -> Self {
        let graph = Graph::new(&parameters.config);
        let mut packed = graph.gather.pack(&parameters.flat);
        let embeddings = packed.split_off(graph.weights_len);
        let numbers = parameters.config.image.numbers();
        let program = Program::new(&graph.ops, &packed, graph.scratch_len, numbers, isa);
        let numbers = Rc::new(Numbers { graph, program, embeddings, table: parameters.table.clone() });
        Self { isa, numbers, memories: threads::Memories::new() }
    }

    /// The same weights, with working memory of its own.
    fn share(&self) -> Self {
        Self { isa: self.isa, numbers: self.numbers.clone(), memories: threads::Memories::new() }
    }

    /// Writes the network's outputs for the images `x`, [N, C, H, W], each at its place, to `out`. An image's
    /// output has the same bits in every batch.
    fn run(&mut self, x: &[f32], places: &[Place], out: &mut [f32]) {
        let Numbers { graph, program, embeddings, table } = &*self.numbers;
        // 1. Compute the embeddings, once for each t and class.
        let mut known: Vec<Place> = vec![];
        let rows: Vec<usize> = places.iter().map(|place| position(&mut known, *place)).collect();
        let len = graph.embeddings.len();
        let mut time = vec![0.0; known.len() * len];
        for (place, time) in known.iter().zip(time.chunks_exact_mut(len)) {
            graph.embeddings.forward(embeddings, table, place.t, place.class, time);
        }
        // 2. Run the graph on a group of images at a time.
        let time: Vec<&[f32]> = rows.iter().map(|row| &time[row * len..][..len]).collect();
        let image_len = program.image_len();
        let new = || Memory::new(program);
        self.memories.each_group(GROUP, image_len, x, out, new, |first, x_t, output, memory| {
            let time = &time[first..][..x_t.len() / image_len];
            program.run(Group { x_t, output, time }, memory);
        });
    }
}

/// The index of `place` in `known`, to which it is appended if it is new.
fn position(known: &mut Vec<Place>, place: Place) -> usize {
    known.iter().position(|other| *other == place).unwrap_or_else(|| {
        known.push(place);
        known.len() - 1
    })
}

impl Network for CpuNetwork {
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let mut out = vec![0.0; x.len()];
            self.run(x, places, &mut out);
            Ok(out)
        })
    }
}

impl CpuEngine {
    /// Makes an engine that uses the widest vectors of this machine.
    pub fn new(parameters: &Parameters) -> Self {
        Self::with(parameters, Isa::available()[0])
    }

    /// Makes one engine for each vector instruction set that this machine has, widest first, for comparisons.
    pub fn all(parameters: &Parameters) -> Vec<Self> {
        Isa::available().into_iter().map(|isa| Self::with(parameters, isa)).collect()
    }

    fn with(parameters: &Parameters, isa: Isa) -> Self {
        Self { network: CpuNetwork::new(parameters, isa) }
    }

    /// Writes the network's outputs for the images `x`, [N, C, H, W], all at `t` and of one class, to `out`:
    /// the same as [`predict`](Engine::predict), but synchronous.
    ///
    /// # Panics
    /// When `x` and `out` are not the same number of whole images, or the network has no such t or class.
    pub fn outputs(&mut self, x: &[f32], t: usize, class: Condition, out: &mut [f32]) {
        let places = vec![Place { t, class }; x.len() / self.config().image.numbers()];
        check_places(self.config(), x, &places).expect("whole images at a place that there is");
        self.network.run(x, &places, out);
    }
}

impl Engine for CpuEngine {
    fn config(&self) -> &UNetConfig {
        &self.network.numbers.graph.config
    }

    fn describe(&self) -> String {
        format!("cpu with {}", self.network.isa.name())
    }

    fn load<'a>(&'a mut self, parameters: &'a Parameters) -> Answer<'a, (), EngineError> {
        *self = Self::with(parameters, self.network.isa);
        Box::pin(async { Ok(()) })
    }

    fn predict<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            check_places(self.config(), x, places)?;
            self.network.outputs(x, places).await
        })
    }

    fn begin<'a>(&'a mut self, walk: Walk, conditions: Conditions) -> Answer<'a, Box<dyn Run>, EngineError> {
        Box::pin(async move {
            let other = |weights: &Parameters| CpuNetwork::new(weights, self.network.isa);
            stepwise::begin(self.config(), self.network.share(), walk, conditions, other)
        })
    }

    fn measured(&mut self) -> Option<&mut dyn Measured> {
        Some(self)
    }
}

impl Measured for CpuEngine {
    fn graph(&self) -> &Graph {
        &self.network.numbers.graph
    }

    fn dispatches(&self, _: usize) -> usize {
        0
    }

    fn exercise(&mut self, amount: u32) -> Answer<'_, u64, EngineError> {
        let done = exercise::exercise(self.network.isa, amount.saturating_mul(1 << 12));
        Box::pin(async move { Ok(done) })
    }
}

#[cfg(test)]
mod tests;
