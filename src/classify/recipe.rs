//! How a residual classifier is trained.

use crate::core::moves::Moves;
use crate::train::optimizer::Pace;
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Share of the steps over which the learning rate rises.
const WARM_UP: f64 = 0.05;
/// The longest gradient that is followed.
const CLIP: f64 = 1.0;

/// Settings of a training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub epochs: usize,
    pub batch_size: usize,
    /// The highest one: it rises to it over the first twentieth of the steps, and falls along half a cosine to zero.
    pub learning_rate: f64,
    /// What a step takes of each weight, over the learning rate (Loshchilov and Hutter 2019); norms and biases stay.
    pub weight_decay: f64,
    /// The share of the wanted probability that is spread over all classes (Szegedy et al. 2016).
    pub smoothing: f32,
    /// How images are moved before the network sees them.
    pub moves: Moves,
    /// Decay of the parameters' exponential average, which is what is kept.
    pub ema: f64,
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self {
            epochs: 12,
            batch_size: 128,
            learning_rate: 4e-3,
            weight_decay: 0.05,
            smoothing: 0.1,
            moves: Moves { mirror: true, shift: 2 },
            ema: 0.998,
            seed: 0,
        }
    }
}

impl Recipe {
    /// # Errors
    /// When a setting is outside its range.
    pub(super) fn check(&self) -> Result<()> {
        ensure!(self.epochs > 0, "0 epochs train nothing: give --epochs 1 or more");
        ensure!(self.batch_size > 0, "a batch of 0 images: give --batch-size 1 or more");
        ensure!(
            self.learning_rate > 0.0 && self.learning_rate.is_finite(),
            "learning rate {}: give a positive number, such as {}",
            self.learning_rate,
            Self::default().learning_rate
        );
        Ok(())
    }

    /// The pace of step `step` of `steps`.
    pub(super) fn pace(&self, step: usize, steps: usize) -> Pace {
        let done = step as f64 / steps as f64;
        let rise = (step + 1) as f64 / (WARM_UP * steps as f64).max(1.0);
        let fall = 0.5 + 0.5 * (PI * (done - WARM_UP).max(0.0) / (1.0 - WARM_UP)).cos();
        Pace { learning_rate: self.learning_rate * rise.min(fall), ema: self.ema, clip: Some(CLIP) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_and_falls_to_zero() {
        let recipe = Recipe::default();
        let rates: Vec<f64> =
            (0..1000).map(|step| recipe.pace(step, 1000).learning_rate / recipe.learning_rate).collect();
        assert!((rates[0] - 0.02).abs() < 1e-12 && (rates[50] - 1.0).abs() < 1e-12);
        assert!(rates[..50].is_sorted() && rates[50..].iter().rev().is_sorted());
        assert!(rates[999] > 0.0 && rates[999] < 1e-4);
        assert_eq!(recipe.pace(0, 1).learning_rate, recipe.learning_rate);
    }
}
