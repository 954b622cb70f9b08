//! What `evaluate` found, for people and as JSON.

mod text;

use super::EvaluateOptions;
use super::classifier::Description;
use super::copying::Copying;
use super::estimate::Estimate;
use super::generate::Classes;
use super::losses::Loss;
use super::recognition::Recognition;
use super::reference::{Measured, Summary};
use crate::core::choice::Choice;
use crate::core::samplers::spacing::Spacing;
use crate::core::samplers::{SamplerConfig, SamplerKind};
use crate::core::sampling::StartKind;
use crate::engine::Guidance;
use crate::model::UNetConfig;
use crate::model::file::{Metadata, Weights};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Measures of sets of images, one set for each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Squared Fréchet distance to the test images in the classifier's features.
    pub frechet_distance: Estimate,
    pub precision: Estimate,
    pub recall: Estimate,
    pub density: Estimate,
    pub coverage: Estimate,
    /// Mean of all numbers, -1 to 1.
    pub brightness: Estimate,
    /// Mean share of each class, as the classifier sees it.
    pub classes: Vec<f64>,
}

impl Measures {
    /// # Panics
    /// As [`Estimate::of`].
    pub fn of(sets: &[Measured]) -> Self {
        let each = |measure: fn(&Measured) -> f64| Estimate::of(sets.iter().map(measure).collect());
        let classes = sets[0].summary.classes.len();
        let share =
            |class: usize| sets.iter().map(|set| set.summary.classes[class]).sum::<f64>() / sets.len() as f64;
        Self {
            frechet_distance: each(|set| set.frechet_distance),
            precision: each(|set| set.overlap.precision),
            recall: each(|set| set.overlap.recall),
            density: each(|set| set.overlap.density),
            coverage: each(|set| set.overlap.coverage),
            brightness: each(|set| set.summary.brightness),
            classes: (0..classes).map(share).collect(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsInfo {
    pub file: String,
    /// Of the tensors, where the file says it.
    pub sha256: String,
    /// Trained, as far as the file says.
    pub epochs: usize,
    /// The network's sizes; none in reports of before there were others than the tutorial's.
    #[serde(default)]
    pub config: Option<UNetConfig>,
}

impl WeightsInfo {
    pub fn new(file: &Path, weights: &Weights) -> Self {
        let Metadata { sha256, losses, .. } = weights.metadata.clone().unwrap_or_default();
        let config = Some(weights.config().clone());
        Self { file: file.display().to_string(), sha256, epochs: losses.len(), config }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SamplerInfo {
    pub kind: SamplerKind,
    pub steps: usize,
    #[serde(default)]
    pub spacing: Spacing,
    pub eta: f64,
    pub start: StartKind,
    /// The class that the network was told, or [`EVERY_CLASS`] or [`ANY_CLASS`]; none where it was told none.
    #[serde(default)]
    pub class: Option<String>,
    /// Scale of guidance; 1 is none.
    #[serde(default = "unguided")]
    pub guidance: f32,
    /// The largest timestep whose step is guided; none where every step is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guidance_from: Option<usize>,
    /// The file of the weights that guide; none where the network without the class does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guide: Option<String>,
}

/// Stands for all classes in turn.
const EVERY_CLASS: &str = "even";
/// Stands for one that the seed draws for each image.
const ANY_CLASS: &str = "any";

fn unguided() -> f32 {
    1.0
}

impl SamplerInfo {
    /// `steps`: how many the options come to. Weights that know their images' mean start matched,
    /// unless the options say otherwise, as in [`Weights::start`].
    pub fn new(options: &EvaluateOptions, steps: usize, weights: &Weights) -> Self {
        let known = weights.metadata.as_ref().is_some_and(|metadata| metadata.pixels.is_some());
        let usual = if known { StartKind::Matched } else { StartKind::Pure };
        let SamplerConfig { kind, spacing, eta, .. } = options.sampler;
        let class = options.classes.map(|classes| match classes {
            Classes::Even => EVERY_CLASS.to_string(),
            Classes::Any => ANY_CLASS.to_string(),
            Classes::One(class) => weights.class_names()[class].clone(),
        });
        let start = options.start.unwrap_or(usual);
        let Guidance { scale: guidance, from: guidance_from, .. } = options.guidance;
        let guide = options.guide.as_ref().map(|file| file.display().to_string());
        Self { kind, steps, spacing, eta, start, class, guidance, guidance_from, guide }
    }

    /// Sampler, steps and what of the rest is not as usual, for people to read.
    pub(super) fn describe(&self) -> String {
        let Self { kind, steps, spacing, eta, class, guidance, guidance_from, guide, .. } = self;
        let mut text = format!("{}, {steps} steps", kind.name());
        let mut add = |more: String| text.extend([", ", &more]);
        if *spacing != Spacing::default() {
            add(format!("spaced {}", spacing.name()));
        }
        if *eta > 0.0 {
            add(format!("eta {eta}"));
        }
        match class.as_deref() {
            Some(EVERY_CLASS) => add("every class".into()),
            Some(class) => add(format!("class {class}")),
            None => (),
        }
        if *guidance != unguided() {
            add(format!("guidance {guidance}"));
            guidance_from.iter().for_each(|t| add(format!("from t = {t} on")));
        }
        if let Some(guide) = guide {
            add(format!("guided by {guide}"));
        }
        text
    }
}

/// All that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub weights: WeightsInfo,
    pub sampler: SamplerInfo,
    /// Generated for each seed.
    pub images: usize,
    pub seeds: Vec<u64>,
    pub classifier: Description,
    pub samples: Measures,
    /// The same measures of as many training images (all, if there are fewer): the floor.
    pub training_images: Measures,
    pub test_images: Summary,
    /// On the test images.
    pub losses: Vec<Loss>,
    /// Whether the samples copy training images; none in reports of before that was looked at.
    #[serde(default)]
    pub copying: Option<Copying>,
    /// What a stronger classifier sees; none where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recognition: Option<Recognition>,
    /// For generating the samples of all seeds.
    pub seconds: f64,
    /// For everything else; none in reports of before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measuring_seconds: Option<f64>,
    pub images_per_second: f64,
    pub engine: String,
}

impl Report {
    /// Mean of the losses; none where they were not asked for.
    pub fn mean_loss(&self) -> Option<f64> {
        let sum: f64 = self.losses.iter().map(|loss| loss.mse).sum();
        (!self.losses.is_empty()).then(|| sum / self.losses.len() as f64)
    }
}
