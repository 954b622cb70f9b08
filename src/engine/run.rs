//! A batch's run, whatever engine takes its steps.

use super::gpu::{Batch, GpuEngine, Walk};
use super::{EngineError, Recorded};
use crate::core::sampling::{Denoiser, Sampling};

/// Where a run stands, and what an engine keeps of it on its own memory.
pub struct Run {
    sampling: Sampling,
    walk: Option<Walk>,
}

impl Run {
    pub fn new(sampling: Sampling) -> Self {
        Self { sampling, walk: None }
    }

    /// Where it stands.
    pub fn now(&self) -> &Sampling {
        &self.sampling
    }

    /// `n` steps, the network asked in each.
    pub(super) async fn step_by_step<D>(&mut self, network: &mut D, n: usize) -> Result<Recorded, EngineError>
    where
        D: Denoiser<Error = EngineError> + ?Sized,
    {
        let mut recorded = Recorded::before(&self.sampling);
        for _ in 0..n {
            if self.sampling.advance(network).await?.is_none() {
                break;
            }
            recorded.push(&self.sampling);
        }
        Ok(recorded)
    }

    /// `n` steps on the device, where the batch stays from one call to the next.
    pub(super) async fn walk(&mut self, engine: &GpuEngine, n: usize) -> Result<Recorded, EngineError> {
        let Self { sampling, walk } = self;
        let mut going = match walk.take() {
            Some(walk) => walk,
            None => {
                let batch = Batch { seed: sampling.seed(), first: sampling.first(), x: sampling.x() };
                engine.begin(sampling.rest(), batch).await?
            }
        };
        let mut recorded = going.advance(n).await?;
        // The walk counts from where it began.
        let done = sampling.done();
        recorded.steps = done..done + recorded.steps.len();
        sampling.land(recorded.steps.end, recorded.x.clone());
        *walk = Some(going);
        Ok(recorded)
    }
}
