//! A recipe in words.

use super::{Decay, TrainConfig, Weighting};
use crate::train::distillation::Distillation;
use std::fmt;

/// For people to read.
impl fmt::Display for TrainConfig {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "learning rate {}", self.learning_rate)?;
        if self.warmup > 0 {
            write!(f, " after {} steps of warm-up", self.warmup)?;
        }
        match self.decay {
            Decay::None => (),
            Decay::Cosine => write!(f, " falling to 0 along a cosine")?,
            Decay::Tail => write!(f, " falling to 0 in the last fifth")?,
        }
        write!(f, ", batches of {}", self.step_images())?;
        if self.accumulate > 1 {
            write!(f, " in {} parts", self.accumulate)?;
        }
        if let Some(clip) = self.clip {
            write!(f, ", gradients clipped to {clip}")?;
        }
        match self.weighting {
            Weighting::Uniform => (),
            Weighting::MinSnr => write!(f, ", loss weighted by min-SNR-5")?,
            Weighting::X0 => write!(f, ", loss that of x_0")?,
        }
        if self.mirror {
            write!(f, ", images mirrored at random")?;
        }
        match self.shift {
            0 => (),
            1 => write!(f, ", images shifted by up to 1 pixel")?,
            shift => write!(f, ", images shifted by up to {shift} pixels")?,
        }
        if let Some(distill) = &self.distill {
            let Distillation { teacher_steps, paths, .. } = distill;
            write!(
                f,
                ", {} learned from {paths} examples of each along a teacher's paths of {teacher_steps} steps",
                distill.told()
            )?;
        }
        write!(f, ", seed {}", self.seed)?;
        match &self.from {
            Some(hash) => write!(f, ", from the weights {}", hash.get(..8).unwrap_or(hash)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipe_is_told_in_words() {
        let config = TrainConfig {
            batch_size: 32,
            accumulate: 4,
            warmup: 100,
            clip: Some(1.0),
            shift: 2,
            ..TrainConfig::default()
        };
        assert_eq!(
            config.to_string(),
            "learning rate 0.001 after 100 steps of warm-up, batches of 128 in 4 parts, gradients clipped to 1, images \
             shifted by up to 2 pixels, seed 0"
        );
        assert_eq!((config.step_images(), config.batches(129)), (128, 2));
    }
}
