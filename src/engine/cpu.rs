//! The fast CPU engine: runs the graph on a few images at a time, in scratch buffers that stay in the
//! cache, with whatever vectors the machine has. A vector holds some channels of one image, or one number of
//! several images, which are interleaved then.

mod aligned;
mod any_conv;
mod border;
mod conv;
mod copies;
mod exercise;
mod finish;
pub mod gradients;
mod matmul;
mod network;
mod norm;
mod part;
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
pub(crate) mod threads;
#[cfg(not(feature = "native"))]
#[path = "cpu/threads/one.rs"]
pub(crate) mod threads;

use self::isa::Isa;
use self::network::CpuNetwork;
use super::stepwise::{self, Network};
use super::{Answer, Condition, Conditions, Engine, EngineError, Measured, Place, Run, check_places};
use crate::core::sampling::Walk;
use crate::graph::Graph;
use crate::model::{Parameters, UNetConfig};

/// How many numbers are worth handing to another thread, where each takes about a nanosecond.
pub(crate) const WORTH: usize = 1 << 14;

/// How many images go through each operation together where each lies alone, so that its weights are read into the
/// cache once for all of them.
const GROUP: usize = 4;

/// The UNet on the CPU.
pub struct CpuEngine {
    network: CpuNetwork,
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
        &self.network.graph().config
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
        self.network.graph()
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
