//! Mean and variance of the training images, pixel by pixel: what a matched start is matched to.

use crate::core::image::{PIXELS, to_unit};
use crate::data::idx::Images;
use serde::{Deserialize, Serialize};

/// Mean and variance of each pixel of the training images, in [-1, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelStats {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

impl PixelStats {
    /// Of images, in [-1, 1]; to four digits, which a Gaussian start does not tell from more.
    pub fn of(images: &Images) -> Self {
        let mut sums = vec![[0.0f64; 2]; PIXELS];
        for image in images.pixels.chunks_exact(PIXELS) {
            for (sums, &byte) in sums.iter_mut().zip(image) {
                let value = f64::from(to_unit(byte));
                sums[0] += value;
                sums[1] += value * value;
            }
        }
        let count = images.len().max(1) as f64;
        let short = |value: f64| ((value * 1e4).round() / 1e4) as f32;
        let variance = |[sum, squares]: &[f64; 2]| short((squares / count - (sum / count).powi(2)).max(0.0));
        Self {
            mean: sums.iter().map(|[sum, _]| short(sum / count)).collect(),
            variance: sums.iter().map(variance).collect(),
        }
    }

    /// Whether they are of 28x28 images.
    pub fn usable(&self) -> bool {
        let whole = self.mean.len() == PIXELS && self.variance.len() == PIXELS;
        whole
            && self.mean.iter().all(|m| m.is_finite())
            && self.variance.iter().all(|v| (0.0..=1.0).contains(v))
    }
}
