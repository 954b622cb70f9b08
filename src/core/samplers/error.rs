//! What can be wrong with a sampler's settings.

/// Why a sampler cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SamplerError {
    #[error("{found} sampling steps: give a number from 1 to {timesteps}, the timesteps of this model")]
    Steps { found: usize, timesteps: usize },
    #[error("eta {0}: give a number from 0 (no noise) to 1 (as much as DDPM)")]
    Eta(f64),
    #[error("eta is a setting of DDIM alone: choose the sampler 'ddim' or leave eta at 0")]
    EtaWithoutDdim,
    #[error("a start at t = {found}: give a timestep from 0 to {last}")]
    From { found: usize, last: usize },
    #[error(
        "{found} steps from t = {from} on: give a number from 1 to {most}, one for each timestep at most"
    )]
    StepsFrom { found: usize, from: usize, most: usize },
    #[error("{0} visits of each step: give a number from 1 to {most}", most = super::MAX_VISITS)]
    Visits(u32),
    #[error(
        "{found} steps with the spacing 'distilled': of {timesteps} timesteps give at most {most} steps, or choose \
         another spacing"
    )]
    Distilled { found: usize, timesteps: usize, most: usize },
    #[error(
        "{found} steps through {segments} segments of {timesteps} timesteps: each segment takes one step at least, \
         and no more than it has timesteps"
    )]
    Through { found: usize, segments: usize, timesteps: usize },
}
