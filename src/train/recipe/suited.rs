//! The recipe that suits so many pictures.

use super::{Decay, TrainConfig, Weighting};
use crate::core::image::ImageSpec;
use crate::core::prediction::Prediction;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};
use crate::model::UNetConfig;

/// With fewer steps a network of the tutorial's sizes hardly learns more than blobs, however few the images.
pub const FEWEST_STEPS: usize = 5_000;

/// Epochs of so many batches that lead to a model: the tutorial's, or more where they are short.
pub fn usual_epochs(batches: usize) -> usize {
    TrainConfig::default().epochs.max(FEWEST_STEPS.div_ceil(batches))
}

/// Images that a suited recipe sees in all, picture after picture, for good samples in some minutes.
const SEEN: usize = 100_000;

impl TrainConfig {
    /// What suits a first training on so many pictures where minutes count, as in the page: small batches, so
    /// that there are enough steps, v prediction along a cosine schedule, and a learning rate that rises
    /// quickly and falls to 0 within the run. Few pictures are shifted by a pixel, so that they are not learned by
    /// heart as soon; whether they may be mirrored only their owner knows.
    ///
    /// # Panics
    /// When there are no pictures.
    pub fn suited(images: usize, image: ImageSpec) -> Self {
        let usual = Self::default();
        let batch_size = match images {
            0..500 => images.min(16),
            500..20_000 => 32,
            _ => 64,
        };
        let steps = (SEEN / batch_size).clamp(2000, FEWEST_STEPS);
        let schedule = ScheduleConfig::new(ScheduleKind::Cosine, usual.schedule.timesteps);
        Self {
            network: UNetConfig { image, ..UNetConfig::tutorial() },
            epochs: steps.div_ceil(images.div_ceil(batch_size)),
            batch_size,
            learning_rate: 2e-3,
            warmup: 100,
            decay: Decay::Cosine,
            clip: Some(1.0),
            weighting: Weighting::MinSnr,
            shift: usize::from(images < 500),
            schedule: ScheduleConfig { prediction: Prediction::V, ..schedule },
            ..usual
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_images_are_seen_more_often_than_many() {
        assert_eq!(usual_epochs(469), 30);
        assert_eq!(usual_epochs(166), 31);
        assert_eq!(usual_epochs(24), 209);
        assert_eq!(usual_epochs(1), 5000);
    }

    #[test]
    fn what_suits_makes_sense_and_has_enough_steps() {
        let image = ImageSpec { side: 32, channels: 3 };
        for images in [1, 2, 15, 20, 499, 500, 4999, 5000, 60_000] {
            let recipe = TrainConfig::suited(images, image);
            recipe.check().unwrap();
            assert_eq!(recipe.network.image, image);
            assert!(recipe.batch_size <= images);
            let steps = recipe.epochs * recipe.batches(images);
            assert!((1875..=6000).contains(&steps), "{images} pictures, {steps} steps");
        }
    }
}
