//! Running the UNet. Each engine is a [`Denoiser`] that says what it runs on; `burn`, the module's
//! own forward, is the reference that the others are tested against.

#[cfg(feature = "burn")]
pub mod burn;
pub mod cpu;
pub mod gpu;
#[cfg(feature = "native")]
pub mod native;

use crate::sampling::Denoiser;
use crate::weights::StateDict;

/// Something that runs the UNet.
pub trait Engine: Denoiser<Error = EngineError> {
    /// Exchanges the weights. `state` is complete and of the right shapes.
    fn load(&mut self, state: &StateDict);

    /// The engine and the hardware under it, for people to read.
    fn describe(&self) -> String;
}

/// Why an engine could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the network could not be run on {device}: {cause}")]
    Run { device: String, cause: String },
}
