//! A run whose network is asked once for each step: what engines without a run of their own begin.

use super::{Answer, Condition, Conditions, EngineError, GuidedBy, Place, Recorded, Run};
use crate::core::sampling::{Denoiser, Walk};
use crate::model::{Parameters, UNetConfig};

/// A network with its numbers, ready to be asked.
pub trait Network {
    /// The outputs for images, each beside its place.
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError>;
}

/// A run of a network of these sizes. `other` makes the network of weights that guide it.
///
/// # Errors
/// When the conditions do not fit.
pub fn begin<N: Network + 'static>(
    config: &UNetConfig,
    network: N,
    walk: Walk,
    conditions: Conditions,
    other: impl FnOnce(&Parameters) -> N,
) -> Result<Box<dyn Run>, EngineError> {
    conditions.check(config, walk.count())?;
    let guide = match &conditions.guidance.by {
        GuidedBy::Weights(weights) => Some(other(weights)),
        GuidedBy::WithoutClass => None,
    };
    Ok(Box::new(Stepwise::new(network, guide, walk, conditions)))
}

/// A walk by a network, and by a second one where that guides it.
pub struct Stepwise<N> {
    walk: Walk,
    guided: Guided<N>,
}

impl<N: Network> Stepwise<N> {
    /// `guide` is the network of [`GuidedBy::Weights`]. The conditions were checked.
    pub fn new(network: N, guide: Option<N>, walk: Walk, conditions: Conditions) -> Self {
        Self { walk, guided: Guided { network, guide, conditions } }
    }
}

impl<N: Network> Run for Stepwise<N> {
    fn walk(&self) -> &Walk {
        &self.walk
    }

    fn advance<'a>(&'a mut self, n: usize) -> Answer<'a, Recorded, EngineError> {
        Box::pin(async move {
            let mut recorded = Recorded::before(&self.walk);
            for _ in 0..n {
                if self.walk.advance(&mut self.guided).await?.is_none() {
                    break;
                }
                recorded.push(&self.walk);
            }
            Ok(recorded)
        })
    }
}

/// What a walk asks: the networks with the run's conditions.
struct Guided<N> {
    network: N,
    guide: Option<N>,
    conditions: Conditions,
}

fn places(t: usize, classes: impl Iterator<Item = Condition>) -> Vec<Place> {
    classes.map(|class| Place { t, class }).collect()
}

impl<N: Network> Denoiser for Guided<N> {
    type Error = EngineError;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let Conditions { classes, guidance } = &self.conditions;
            let own = places(t, classes.iter().copied());
            let mut output = self.network.outputs(x_t, &own).await?;
            if !guidance.guides(t) {
                return Ok(output);
            }
            let other = match (&guidance.by, &mut self.guide) {
                (GuidedBy::Weights(_), Some(guide)) => guide.outputs(x_t, &own).await?,
                _ => self.network.outputs(x_t, &places(t, classes.iter().map(|_| None))).await?,
            };
            let more = guidance.scale - 1.0;
            output.iter_mut().zip(&other).for_each(|(own, other)| *own += more * (*own - other));
            Ok(output)
        })
    }
}
