//! What a set of images is measured by, against the test images.

use super::gaussian::Gaussian;
use super::neighbours::{Balls, Overlap};
use crate::core::image;
use crate::data::idx::Images;
use crate::evaluate::classifier::{FEATURES, Seen};
use serde::{Deserialize, Serialize};

/// The test images, ready to be compared with.
pub struct Judge<'a> {
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
    pub look: Look,
}

/// What is measured of images without comparing them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Mean pixel, -1 (black) to 1 (white).
    pub brightness: f64,
    /// Share of images that the classifier takes for each class.
    pub classes: Vec<f64>,
}

impl<'a> Judge<'a> {
    /// `test`: the features of the test images, more than [`FEATURES`] of them.
    pub fn new(test: &'a [[f32; FEATURES]], classes: usize) -> Self {
        Self { gaussian: Gaussian::fit(test), balls: Balls::new(test), classes }
    }

    /// Measures images and what the classifier sees in them; there are more than [`FEATURES`].
    pub fn measure(&self, images: &Images, seen: &Seen) -> Measured {
        Measured {
            frechet_distance: Gaussian::fit(&seen.features).frechet(&self.gaussian),
            overlap: self.balls.overlap(&Balls::new(&seen.features)),
            look: self.look(images, seen),
        }
    }

    /// As [`measure`](Self::measure), without comparing.
    pub fn look(&self, images: &Images, seen: &Seen) -> Look {
        let sum: f64 = images.pixels.iter().map(|&byte| f64::from(image::to_unit(byte))).sum();
        let share = |class: usize| {
            let count = seen.classes.iter().filter(|&&found| usize::from(found) == class).count();
            count as f64 / seen.classes.len() as f64
        };
        Look { brightness: sum / images.pixels.len() as f64, classes: (0..self.classes).map(share).collect() }
    }
}
