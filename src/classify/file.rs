//! The residual classifier's file: its tensors in f16, and in the header what it was trained on and how well it does.

use super::{Recipe, StrongClassifier, flags, images_hash};
use crate::data::Dataset;
use crate::model::file::{CLASSIFIER_KEY, Precision, hash, to_array, to_raw};
use crate::model::residual::ResidualConfig;
use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

/// The first version with an architecture of its own; version 1 is the network of features.
const VERSION: u32 = 2;
/// What this file calls its network.
pub const ARCHITECTURE: &str = "residual";

/// What a residual classifier's file says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub format_version: u32,
    /// [`ARCHITECTURE`].
    pub architecture: String,
    pub dataset: String,
    /// SHA-256 of the training images' bytes.
    pub data_sha256: String,
    pub classes: Vec<String>,
    pub train_images: usize,
    pub test_images: usize,
    /// Share of test images whose class it finds, 0 to 1.
    pub test_accuracy: f64,
    pub network: ResidualConfig,
    pub recipe: Recipe,
    /// Epochs that were done when it was saved: the recipe's, unless the training was stopped.
    pub epochs_done: usize,
    /// The command that makes the file again, where the data is at hand.
    pub command: String,
    /// SHA-256 over the tensors; computed in [`bytes`].
    pub sha256: String,
}

impl Description {
    pub(super) fn new(
        data: &Dataset,
        classifier: &StrongClassifier,
        recipe: Recipe,
        epochs_done: usize,
        test_accuracy: f64,
    ) -> Self {
        let Recipe { epochs, batch_size, learning_rate, seed, .. } = recipe;
        let flags = flags(data.image());
        Self {
            format_version: VERSION,
            architecture: ARCHITECTURE.into(),
            dataset: data.name.clone(),
            data_sha256: images_hash(data),
            classes: data.classes.clone(),
            train_images: data.train.len(),
            test_images: data.test.len(),
            test_accuracy,
            network: classifier.config.clone(),
            recipe,
            epochs_done,
            command: format!(
                "ddpm train-classifier --strong{flags} --epochs {epochs} --batch-size {batch_size} --learning-rate \
                 {learning_rate} --seed {seed}"
            ),
            sha256: String::new(),
        }
    }

    /// Whether this classifier knows the classes of this data.
    ///
    /// # Errors
    /// When it was trained on other images, or on these in another size or colour.
    pub fn check_data(&self, data: &Dataset) -> Result<()> {
        let image = self.network.image;
        ensure!(
            image == data.image() && self.data_sha256 == images_hash(data),
            "the stronger classifier was trained on {} ({image}), and knows no other classes: train one on {} with \
             `ddpm train-classifier --strong --data {}{} --out strong.safetensors` and pass it with --strong-classifier",
            self.dataset,
            data.name,
            data.origin.display(),
            flags(data.image())
        );
        Ok(())
    }
}

/// The bytes of the file.
///
/// # Errors
/// When the description has no JSON.
pub fn bytes(classifier: &StrongClassifier, description: &Description) -> Result<Vec<u8>> {
    let raw = to_raw(&classifier.parameters, Precision::F16);
    let mut rest = raw.as_slice();
    let mut views = vec![];
    for tensor in classifier.config.tensors() {
        let (bytes, after) = rest.split_at(2 * tensor.elements());
        views.push((tensor.name, TensorView::new(Dtype::F16, tensor.shape, bytes)?));
        rest = after;
    }
    let serialize =
        |metadata| safetensors::serialize(views.iter().map(|(name, view)| (name, view)), metadata);
    let sha256 = hash(&SafeTensors::deserialize(&serialize(None)?)?);
    let json = serde_json::to_string(&Description { sha256, ..description.clone() })?;
    Ok(serialize(Some(HashMap::from([(CLASSIFIER_KEY.to_string(), json)])))?)
}

/// Reads the file.
///
/// # Errors
/// When it cannot be read, or is not the whole file of such a classifier.
pub fn load(path: &Path) -> Result<(StrongClassifier, Description)> {
    let shown = path.display();
    let make = format!("`ddpm train-classifier --strong --out {shown}`");
    let bytes = std::fs::read(path).with_context(|| {
        format!("cannot read the stronger classifier {shown}: {make} makes it in an hour")
    })?;
    parse(&bytes).with_context(|| {
        format!("{shown} is no stronger classifier that can be used: make it anew with {make}")
    })
}

/// Reads such a file's bytes.
///
/// # Errors
/// When they are not the whole file of such a classifier.
pub fn parse(bytes: &[u8]) -> Result<(StrongClassifier, Description)> {
    let (_, header) = SafeTensors::read_metadata(bytes).context("it is not a whole safetensors file")?;
    let file = SafeTensors::deserialize(bytes).context("it is not a whole safetensors file")?;
    let json = header.metadata().as_ref().and_then(|map| map.get(CLASSIFIER_KEY));
    let json = json.context("it does not say that it is a classifier")?;
    let Architecture { format_version, architecture } = serde_json::from_str(json)?;
    ensure!(
        architecture.as_deref() == Some(ARCHITECTURE),
        "it is the classifier in whose features distances are told: pass it with --classifier"
    );
    ensure!(format_version == VERSION, "its version is {format_version}, this program's {VERSION}");
    let description: Description = serde_json::from_str(json)?;
    ensure!(description.sha256 == hash(&file), "it is damaged: the tensors' SHA-256 differs");
    let config = description.network.clone();
    let mut parameters = vec![];
    for tensor in config.tensors() {
        let array = to_array(&tensor.name, &file.tensor(&tensor.name)?)?;
        ensure!(array.shape == tensor.shape, "{} has shape {:?}", tensor.name, array.shape);
        parameters.extend(array.data);
    }
    ensure!(
        config.image.side.is_multiple_of(4) && config.classes == description.classes.len(),
        "its sizes make no classifier"
    );
    Ok((StrongClassifier::new(config, parameters, description.recipe.moves), description))
}

/// The part of any classifier's description that tells which network it is.
#[derive(Deserialize)]
pub struct Architecture {
    format_version: u32,
    /// None of the network of features, whose files know no other.
    pub architecture: Option<String>,
}
