//! The engine that a command of the `ddpm` program runs on.

use super::burn::BurnEngine;
use super::cpu::CpuEngine;
use super::gpu::GpuEngine;
use super::{Engine, EngineError};
use crate::sampling::Denoiser;
use crate::weights::StateDict;
use burn::prelude::Device;

/// What `--engine` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The fast one where the device is the CPU, else Burn
    Auto,
    /// The fast one, on the CPU whatever the device
    Cpu,
    /// The fused shader, on a GPU (a software one only by its name)
    Gpu,
    /// Burn's forward: the reference
    Burn,
}

/// One of the engines.
pub enum NativeEngine {
    Cpu(CpuEngine),
    Gpu(GpuEngine),
    Burn(BurnEngine),
}

impl NativeEngine {
    /// On a device of Burn's, or the CPU; `gpu` says whether `device` is one.
    pub fn new(kind: Kind, state: &StateDict, device: Device, name: String, gpu: bool) -> Self {
        match kind {
            Kind::Burn => Self::Burn(BurnEngine::new(state, device, name)),
            Kind::Auto if gpu => Self::Burn(BurnEngine::new(state, device, name)),
            _ => Self::Cpu(CpuEngine::new(state)),
        }
    }
}

impl Denoiser for NativeEngine {
    type Error = EngineError;

    async fn predict_eps(&mut self, x_t: &[f32], t: usize) -> Result<Vec<f32>, EngineError> {
        match self {
            Self::Cpu(engine) => engine.predict_eps(x_t, t).await,
            Self::Gpu(engine) => engine.predict_eps(x_t, t).await,
            Self::Burn(engine) => engine.predict_eps(x_t, t).await,
        }
    }
}

impl Engine for NativeEngine {
    fn load(&mut self, state: &StateDict) {
        match self {
            Self::Cpu(engine) => engine.load(state),
            Self::Gpu(engine) => engine.load(state),
            Self::Burn(engine) => engine.load(state),
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Cpu(engine) => engine.describe(),
            Self::Gpu(engine) => engine.describe(),
            Self::Burn(engine) => engine.describe(),
        }
    }
}
