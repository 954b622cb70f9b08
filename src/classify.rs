//! Telling what an image shows: a residual classifier, trained on labelled images, on the CPU's own kernels.
//!
//! [`evaluate`](crate) asks it whether samples are of the classes that were asked for. Its features are nobody's
//! yardstick: distances are told in those of the smaller network of `evaluate::classifier`.

mod file;
mod recipe;
mod training;

pub use file::{Architecture, Description, bytes, load, parse};
pub use recipe::Recipe;
pub use training::{State, Training};

use crate::core::image::{Images, bytes_to_unit};
use crate::core::moves::{Move, Moves};
use crate::data::Dataset;
use crate::engine::cpu::residual::ResidualNetwork;
use crate::model::UNetConfig;
use crate::model::file::hex;
use crate::model::residual::ResidualConfig;
use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// Images that are classified together: some megabytes.
const BATCH: usize = 512;

/// A trained classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct StrongClassifier {
    config: ResidualConfig,
    /// In the order of [`ResidualConfig::tensors`].
    parameters: Vec<f32>,
    /// How an image is moved: the answer is that for all of these together.
    views: Vec<Move>,
}

impl StrongClassifier {
    /// The most likely class of each image.
    ///
    /// # Errors
    /// When the images are of another size or colour.
    pub fn classes(&self, images: &Images) -> Result<Vec<u8>> {
        let ResidualConfig { image, classes, .. } = self.config;
        ensure!(
            images.spec == image,
            "the classifier takes images of {image}, and these are {}",
            images.spec
        );
        let mut network = ResidualNetwork::new(&self.config);
        let mut found = Vec::with_capacity(images.len());
        for bytes in images.bytes.chunks(BATCH * image.numbers()) {
            let x = bytes_to_unit(bytes);
            let mut logits = vec![0.0; bytes.len() / image.numbers() * classes];
            for view in &self.views {
                let mut moved = x.clone();
                moved.chunks_exact_mut(image.numbers()).for_each(|picture| view.apply(picture, image));
                let own = network.logits(&self.parameters, &moved);
                logits.iter_mut().zip(own).for_each(|(logit, own)| *logit += own);
            }
            found.extend(logits.chunks_exact(classes).map(largest));
        }
        Ok(found)
    }
}

/// How a classifier looks at an image: as its training moved images, but by a pixel at most.
fn views(moves: Moves) -> Vec<Move> {
    Moves { shift: moves.shift.min(1), ..moves }.all()
}

/// The place of the largest number.
pub fn largest(logits: &[f32]) -> u8 {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0) as u8
}

/// Share of images whose class was found right, 0 to 1.
pub fn accuracy(found: &[u8], labels: &[u8]) -> f64 {
    found.iter().zip(labels).filter(|(a, b)| a == b).count() as f64 / labels.len() as f64
}

/// The labels of the training and of the test images.
///
/// # Errors
/// When there are none, all are of one class, or one has no class.
pub fn labels(data: &Dataset) -> Result<(&[u8], &[u8])> {
    let none = || {
        format!(
            "{} has images without labels, and a classifier learns from labels: pass a folder that has the label \
             files too, a .npz file with `labels`, or pictures in one subfolder per class",
            data.origin.display()
        )
    };
    let labels = data.train_labels.as_deref().with_context(none)?;
    let test_labels = data.test_labels.as_deref().with_context(none)?;
    ensure!(
        data.classes.len() > 1,
        "all images of {} are of one class: there is nothing to learn",
        data.name
    );
    let most = labels.iter().chain(test_labels).max().map_or(0, |most| usize::from(*most));
    ensure!(most < data.classes.len(), "label {most} of {} has no class: get the files again", data.name);
    Ok((labels, test_labels))
}

/// SHA-256 of the training images' bytes, by which a classifier knows its data again.
pub fn images_hash(data: &Dataset) -> String {
    hex(&Sha256::digest(&data.train.bytes))
}

/// The options of the program that read data in this size and colour; none for the tutorial's.
pub fn flags(image: crate::core::image::ImageSpec) -> String {
    let size =
        if image == UNetConfig::tutorial().image { String::new() } else { format!(" --size {}", image.side) };
    size + if image.channels > 1 { " --colour" } else { "" }
}

#[cfg(test)]
pub(crate) mod tests;
