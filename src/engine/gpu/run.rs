//! A walk on the device.

use super::batch::{Batch, Guide, Setup};
use super::context::Context;
use super::network::Network;
use super::times::Times;
use crate::core::sampling::{Walk, WalkState};
use crate::engine::{Answer, Condition, Conditions, EngineError, GuidedBy, Recorded, Run};
use std::rc::Rc;

/// A walk whose batch stays on the device from one call to the next.
pub(super) struct GpuRun {
    walk: Walk,
    times: Times,
    batch: Batch,
}

impl GpuRun {
    /// The conditions were checked, and there are images.
    ///
    /// # Errors
    /// When the device has not the memory.
    pub(super) async fn new(
        context: Rc<Context>,
        network: &Network,
        walk: Walk,
        conditions: &Conditions,
    ) -> Result<Self, EngineError> {
        let Conditions { classes, guidance } = conditions;
        let Network { program, weights, embedder } = network;
        let factor = guidance.scale - 1.0;
        let without: Vec<Condition> = vec![None; classes.len()];
        let (weights, guide, of_guide) = match &guidance.by {
            _ if !guidance.is_some() => (weights.clone(), None, None),
            GuidedBy::WithoutClass => {
                (weights.clone(), Some(Guide { weights: 0, factor }), Some((embedder.clone(), &without)))
            }
            GuidedBy::Weights(of_guide) => {
                let (both, of_guide) = network.with_guide(&context, of_guide).await?;
                let guide = Guide { weights: program.graph.weights_len, factor };
                (both, Some(guide), Some((of_guide, classes)))
            }
        };
        let of_guide = of_guide.as_ref().map(|(embedder, classes)| (embedder, &classes[..]));
        let (times, seen) = Times::new(program, walk.steps(), classes, embedder, of_guide);
        let setup = Setup {
            weights,
            guide,
            guided: walk.steps().iter().map(|step| guidance.guides(step.t)).collect(),
            steps: walk.steps(),
            seed: walk.seed(),
            first: walk.first(),
            state: walk.state(),
            seen,
            rows: times.rows(),
            window: times.window(),
        };
        let batch = Batch::new(context, program.clone(), setup).await?;
        Ok(Self { times, batch, walk })
    }

    async fn take(&mut self, n: usize) -> Result<Recorded, EngineError> {
        let Self { walk, times, batch } = self;
        let done = walk.done();
        let wanted = done..walk.total().min(done + n.min(batch.kept));
        if wanted.is_empty() {
            return Ok(Recorded::before(walk));
        }
        let steps = times.holdable(wanted);
        if let Some(table) = times.table(&batch.program, &steps) {
            batch.write_times(&table);
        }
        let (bytes, x, memory) = batch.take(steps.clone()).await?;
        let state = WalkState { x, memory, done: steps.end };
        walk.set_state(state.clone());
        Ok(Recorded::from_bytes(steps, state, bytes))
    }
}

impl Run for GpuRun {
    fn walk(&self) -> &Walk {
        &self.walk
    }

    fn advance<'a>(&'a mut self, n: usize) -> Answer<'a, Recorded, EngineError> {
        Box::pin(self.take(n))
    }
}

#[cfg(test)]
mod tests;
