//! Mean and variance of the training images, pixel by pixel. A matched start draws x_T with those of the
//! noised training images.

use super::image::{Images, to_unit};
use serde::{Deserialize, Serialize};

/// Mean and variance of each element of the training images, [C, H, W] each, for values in [-1, 1].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PixelStats {
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

impl PixelStats {
    /// The statistics of `images` as values in [-1, 1], rounded to four decimals: more make no difference to
    /// a Gaussian start.
    pub fn of(images: &Images) -> Self {
        let mut sums = vec![[0.0f64; 2]; images.spec.numbers()];
        for image in images.bytes.chunks_exact(images.spec.numbers()) {
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

    /// Whether these are the statistics of images of `numbers` elements: for each a finite mean and a
    /// variance in [0, 1].
    pub fn fits(&self, numbers: usize) -> bool {
        let whole = self.mean.len() == numbers && self.variance.len() == numbers;
        whole
            && self.mean.iter().all(|m| m.is_finite())
            && self.variance.iter().all(|v| (0.0..=1.0).contains(v))
    }
}
