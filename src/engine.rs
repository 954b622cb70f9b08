//! Running the UNet. Each engine is a [`Denoiser`] that takes a run's steps, many at a time, and says
//! what it runs on; `burn`, the module's own forward, is the reference that the others are tested
//! against.

#[cfg(feature = "burn")]
pub mod burn;
pub mod cpu;
pub mod gpu;
mod recorded;
mod run;

pub use self::recorded::Recorded;
pub use self::run::Run;
use crate::core::image::PIXELS;
use crate::core::noise::{self, Use};
use crate::core::sampling::{Answer, Denoiser};
use crate::graph::Plan;
use crate::model::file::StateDict;

/// Something that runs the UNet.
pub trait Engine: Denoiser<Error = EngineError> {
    /// Exchanges the weights, between runs. `state` is complete and of the right shapes.
    fn load(&mut self, state: &StateDict);

    /// The engine and the hardware under it, for people to read.
    fn describe(&self) -> String;

    /// What it computes; none for the reference, which knows layers alone.
    fn plan(&self) -> Option<&Plan> {
        None
    }

    /// Launches on a GPU for each step of so many images; none where nobody counts.
    fn dispatches(&self, _images: usize) -> Option<usize> {
        None
    }

    /// Does nothing but independent multiply-adds, on all that the engine computes with, and returns
    /// how many: with a clock beside it, the limit of its speed. `amount` is 1 for some milliseconds or
    /// less. 0 for an engine without such a loop.
    fn exercise(&mut self, _amount: u32) -> Answer<'_, u64, EngineError> {
        Box::pin(async { Ok(0) })
    }

    /// Takes the next `n` steps of a run that it has taken the steps of since `run` was made; fewer
    /// where fewer are left or can be recorded: the result says which.
    ///
    /// # Errors
    /// When the hardware failed. `run` is at the last step that came back, for another engine.
    fn advance<'a>(&'a mut self, run: &'a mut Run, n: usize) -> Answer<'a, Recorded, EngineError> {
        Box::pin(run.step_by_step(self, n))
    }
}

/// How far a GPU's eps may be from the CPU's for it to be trusted. Rounding alone makes 1e-5; a
/// shader that did not compile leaves numbers of another size.
const AGREEMENT: f32 = 1e-3;

/// Has both engines look at one image.
///
/// # Errors
/// When they do not see the same, or one of them failed.
pub async fn agree(gpu: &mut dyn Engine, cpu: &mut dyn Engine) -> Result<(), EngineError> {
    let mut x = vec![0.0; PIXELS];
    noise::gaussian_batch(0, Use::Start, 0, 0, PIXELS, &mut x);
    let theirs = gpu.predict(&x, 0).await?;
    let ours = cpu.predict(&x, 0).await?;
    // Written so that NaN fails too.
    let close = theirs.iter().zip(&ours).all(|(theirs, ours)| (theirs - ours).abs() <= AGREEMENT);
    let cause = "it computes other numbers than the CPU".to_string();
    if close { Ok(()) } else { Err(EngineError::Run { device: gpu.describe(), cause }) }
}

/// Why an engine could not go on.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("the network could not be run on {device}: {cause}")]
    Run { device: String, cause: String },
}
