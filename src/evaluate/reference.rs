//! What a set of images is measured by, against the test images.

use super::classifier::{FEATURES, Outputs};
use super::gaussian::Gaussian;
use super::neighbours::{Balls, Overlap};
use crate::core::image::{Images, to_unit};
use serde::{Deserialize, Serialize};

/// The test images, ready to be compared with.
pub struct ReferenceSet<'a> {
    gaussian: Gaussian,
    balls: Balls<'a, FEATURES>,
    classes: usize,
}

/// What was measured of one set of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Squared distance between the Gaussians, in the square of the features' unit.
    pub frechet_distance: f64,
    pub overlap: Overlap,
    pub summary: Summary,
}

/// What is measured of images without comparing them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Mean of all numbers, -1 (black) to 1 (white).
    pub brightness: f64,
    /// Share of images that the classifier takes for each class.
    pub classes: Vec<f64>,
}

impl<'a> ReferenceSet<'a> {
    /// `test`: the features of the test images, more than [`FEATURES`] of them.
    pub fn new(test: &'a [[f32; FEATURES]], classes: usize) -> Self {
        Self { gaussian: Gaussian::fit(test), balls: Balls::new(test), classes }
    }

    /// Measures images, of which there are more than [`FEATURES`], by the classifier's outputs for them.
    pub fn measure(&self, images: &Images, outputs: &Outputs) -> Measured {
        Measured {
            frechet_distance: Gaussian::fit(&outputs.features).frechet(&self.gaussian),
            overlap: self.balls.overlap(&Balls::new(&outputs.features)),
            summary: self.summary(images, outputs),
        }
    }

    /// What [`measure`](Self::measure) finds without comparing.
    pub fn summary(&self, images: &Images, outputs: &Outputs) -> Summary {
        let sum: f64 = images.bytes.iter().map(|&byte| f64::from(to_unit(byte))).sum();
        let share = |class: usize| {
            let count = outputs.classes.iter().filter(|&&found| usize::from(found) == class).count();
            count as f64 / outputs.classes.len() as f64
        };
        Summary {
            brightness: sum / images.bytes.len() as f64,
            classes: (0..self.classes).map(share).collect(),
        }
    }
}
