//! The classifier's file: its tensors in f16, and in the header what it was trained on and how well
//! it does.

use super::{Classifier, Recipe, Sizes, numbers, tensors};
use crate::classify::{Architecture, flags, images_hash};
use crate::core::image::ImageSpec;
use crate::data::Dataset;
use crate::model::UNetConfig;
use crate::model::file::{CLASSIFIER_KEY, Precision, hash, to_array, to_raw};
use anyhow::{Context, Result, ensure};
use burn::prelude::Device;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::Path;

const VERSION: u32 = 1;

/// What a classifier's file says of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Description {
    pub format_version: u32,
    pub dataset: String,
    /// Size and colour of the images; none, as in the first such files, for the tutorial's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageSpec>,
    /// SHA-256 of the training images' bytes.
    pub data_sha256: String,
    pub classes: Vec<String>,
    pub train_images: usize,
    pub test_images: usize,
    /// Share of test images whose class it finds, 0 to 1.
    pub test_accuracy: f64,
    pub recipe: Recipe,
    /// The command that makes the file again, where the data is at hand.
    pub command: String,
    /// SHA-256 over the tensors; computed in [`bytes`].
    pub sha256: String,
}

impl Description {
    pub(super) fn new(data: &Dataset, recipe: Recipe, test_accuracy: f64) -> Self {
        let Recipe { epochs, batch_size, learning_rate, seed } = recipe;
        let image = Some(data.image()).filter(|image| *image != UNetConfig::tutorial().image);
        let command = format!(
            "ddpm train-classifier{} --epochs {epochs} --batch-size {batch_size} --learning-rate {learning_rate} --seed {seed}",
            image.map(flags).unwrap_or_default()
        );
        Self {
            format_version: VERSION,
            dataset: data.name.clone(),
            image,
            data_sha256: images_hash(data),
            classes: data.classes.clone(),
            train_images: data.train.len(),
            test_images: data.test.len(),
            test_accuracy,
            recipe,
            command,
            sha256: String::new(),
        }
    }

    /// Size and colour of the images that it takes.
    pub fn image(&self) -> ImageSpec {
        self.image.unwrap_or(UNetConfig::tutorial().image)
    }

    fn sizes(&self) -> Sizes {
        Sizes { image: self.image(), classes: self.classes.len() }
    }

    /// Whether this classifier knows the classes of this data.
    ///
    /// # Errors
    /// When it was trained on other images, or on these in another size or colour.
    pub fn check_data(&self, data: &Dataset) -> Result<()> {
        ensure!(
            self.image() == data.image() && self.data_sha256 == images_hash(data),
            "the classifier was trained on {} ({}), and its features mean little for other images: train one on {} \
             with `ddpm train-classifier --data {}{} --out classifier.safetensors` and pass it with --classifier",
            self.dataset,
            self.image(),
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
/// When the device cannot be read.
pub fn bytes(classifier: &Classifier, description: &Description) -> Result<Vec<u8>> {
    to_bytes(&numbers(classifier.parameters.clone())?, description)
}

fn to_bytes(parameters: &[f32], description: &Description) -> Result<Vec<u8>> {
    let raw = to_raw(parameters, Precision::F16);
    let mut rest = raw.as_slice();
    let mut views = vec![];
    for (name, shape) in tensors(description.sizes()) {
        let (bytes, after) = rest.split_at(2 * shape.iter().product::<usize>());
        views.push((name, TensorView::new(Dtype::F16, shape, bytes)?));
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
/// When it cannot be read, or is not the whole file of a classifier.
pub fn load(path: &Path, device: &Device) -> Result<(Classifier, Description)> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| {
        format!("cannot read the classifier {shown}: `ddpm train-classifier --out {shown}` makes it in some minutes")
    })?;
    let (parameters, description) = parse(&bytes).with_context(|| {
        format!("{shown} is no classifier that can be used: make it anew with `ddpm train-classifier --out {shown}`")
    })?;
    Ok((Classifier::new(parameters, description.sizes(), device), description))
}

fn parse(bytes: &[u8]) -> Result<(Vec<f32>, Description)> {
    let (_, header) = SafeTensors::read_metadata(bytes).context("it is not a whole safetensors file")?;
    let file = SafeTensors::deserialize(bytes).context("it is not a whole safetensors file")?;
    let json = header.metadata().as_ref().and_then(|map| map.get(CLASSIFIER_KEY));
    let json = json.context("it does not say that it is a classifier")?;
    let Architecture { architecture, .. } = serde_json::from_str(json)?;
    ensure!(
        architecture.is_none(),
        "it is a stronger classifier, in whose features no distances are told: pass it with --strong-classifier"
    );
    let description: Description = serde_json::from_str(json)?;
    let version = description.format_version;
    ensure!(version == VERSION, "its version is {version}, this program's {VERSION}");
    ensure!(description.sha256 == hash(&file), "it is damaged: the tensors' SHA-256 differs");
    let mut parameters = vec![];
    for (name, shape) in tensors(description.sizes()) {
        let array = to_array(&name, &file.tensor(&name)?)?;
        ensure!(array.shape == shape, "{name} has shape {:?}, not {shape:?}", array.shape);
        parameters.extend(array.data);
    }
    Ok((parameters, description))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::classifier::init;

    fn description() -> Description {
        Description {
            format_version: VERSION,
            dataset: "things".into(),
            image: None,
            data_sha256: "0".into(),
            classes: vec!["one".into(), "other".into()],
            train_images: 2,
            test_images: 1,
            test_accuracy: 0.5,
            recipe: Recipe { epochs: 1, batch_size: 2, learning_rate: 0.1, seed: 0 },
            command: "ddpm".into(),
            sha256: String::new(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let colour = Some(ImageSpec { side: 32, channels: 3 });
        for description in [description(), Description { image: colour, ..description() }] {
            let untrained = init(3, description.sizes());
            let rounded: Vec<f32> = untrained.iter().map(|x| half::f16::from_f32(*x).to_f32()).collect();
            let bytes = to_bytes(&rounded, &description).unwrap();
            let (found, read) = parse(&bytes).unwrap();
            assert_eq!(found, rounded);
            assert_eq!(Description { sha256: String::new(), ..read }, description);
        }
    }

    #[test]
    fn the_shipped_file_is_written_as_it_is() {
        let shipped = include_bytes!("../../../assets/classifier.safetensors");
        let (parameters, description) = parse(shipped).unwrap();
        assert_eq!(description.image(), UNetConfig::tutorial().image);
        assert!(to_bytes(&parameters, &description).unwrap() == shipped);
    }

    #[test]
    fn damage_is_told() {
        let untrained = init(3, description().sizes());
        let bytes = to_bytes(&untrained, &description()).unwrap();
        let told = |bytes: &[u8]| format!("{:#}", parse(bytes).unwrap_err());
        let mut flipped = bytes.clone();
        flipped[bytes.len() - 1000] ^= 1;
        assert!(told(&flipped).contains("damaged"));
        assert!(told(&bytes[..bytes.len() - 1]).contains("not a whole safetensors file"));
        let newer = Description { format_version: VERSION + 1, ..description() };
        assert!(told(&to_bytes(&untrained, &newer).unwrap()).contains("version"));
        let unet = include_bytes!("../../../assets/fashion-mnist.safetensors");
        assert!(told(unet).contains("does not say that it is a classifier"));
    }
}
