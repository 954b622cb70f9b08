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
/// How far a class must lead in an image's logits, on average over the first views, for the others to be spared. With
/// labels smoothed by a tenth over ten classes the network is taught a lead of 4.5.
const SURE: f32 = 3.0;

/// A trained classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct StrongClassifier {
    config: ResidualConfig,
    /// In the order of [`ResidualConfig::tensors`].
    parameters: Vec<f32>,
    /// How an image is moved: the answer is that for the first of these together, and for all where they leave doubt.
    first: Vec<Move>,
    others: Vec<Move>,
}

impl StrongClassifier {
    /// It looks at images as its training moved them, but for shifts of a pixel at most, and without a shift first.
    fn new(config: ResidualConfig, parameters: Vec<f32>, moves: Moves) -> Self {
        let views = Moves { shift: moves.shift.min(1), ..moves }.all();
        let (first, others) = views.into_iter().partition(|view| view.shift == [0, 0]);
        Self { config, parameters, first, others }
    }

    /// The sum of an image's logits over these views, [N, classes].
    fn sum_over(&self, network: &mut ResidualNetwork, views: &[Move], x: &[f32]) -> Vec<f32> {
        let ResidualConfig { image, classes, .. } = self.config;
        let mut sum = vec![0.0; x.len() / image.numbers() * classes];
        for view in views {
            let mut moved = x.to_vec();
            moved.chunks_exact_mut(image.numbers()).for_each(|picture| view.apply(picture, image));
            let logits = network.logits(&self.parameters, &moved);
            sum.iter_mut().zip(logits).for_each(|(sum, logit)| *sum += logit);
        }
        sum
    }

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
            let mut logits = self.sum_over(&mut network, &self.first, &x);
            // Where these leave no doubt, the others would not change the answer.
            let doubtful: Vec<usize> = logits
                .chunks_exact(classes)
                .enumerate()
                .filter(|(_, logits)| lead(logits) < SURE * self.first.len() as f32)
                .map(|(image, _)| image)
                .collect();
            let pictures: Vec<&[f32]> = x.chunks_exact(image.numbers()).collect();
            let again = doubtful.iter().map(|&at| pictures[at]).collect::<Vec<_>>().concat();
            let more = self.sum_over(&mut network, &self.others, &again);
            for (&at, more) in doubtful.iter().zip(more.chunks_exact(classes)) {
                logits[at * classes..][..classes]
                    .iter_mut()
                    .zip(more)
                    .for_each(|(logit, more)| *logit += more);
            }
            found.extend(logits.chunks_exact(classes).map(largest));
        }
        Ok(found)
    }
}

/// How far the largest logit is above the second largest.
fn lead(logits: &[f32]) -> f32 {
    let best = usize::from(largest(logits));
    let others = logits.iter().enumerate().filter(|(class, _)| *class != best);
    logits[best] - others.map(|(_, logit)| *logit).fold(f32::NEG_INFINITY, f32::max)
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
