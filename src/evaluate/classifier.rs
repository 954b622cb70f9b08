//! A small classifier of 28x28 images. What its last hidden layer says of images, 64 numbers for
//! each, is the space in which [`evaluate`](crate::evaluate) compares samples with test images.
//!
//! Three strided 3x3 convolutions and two linear layers, SiLU between them: 89,546 parameters for ten
//! classes. They are one flat vector, so that Adam is a few lines on one tensor; the layers are slices.

mod file;
mod train;

pub use file::{Description, load, save};
pub use train::{Recipe, train};

use crate::core::image::{self, PIXELS, SIDE};
use crate::core::noise::{self, Use};
use crate::data::idx::Images;
use anyhow::{Context, Result};
use burn::prelude::*;
use burn::tensor::activation::silu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// Numbers that the last hidden layer has for an image.
pub const FEATURES: usize = 64;

/// Channels into and out of each convolution, which halves the side: 28, 14, 7, 4.
const CHANNELS: [[usize; 2]; 3] = [[1, 16], [16, 32], [32, 64]];
/// Numbers that the convolutions leave of an image.
const FLAT: usize = 64 * 4 * 4;
/// Images that are looked at together.
const BATCH: usize = 500;

/// The network, on any of Burn's devices.
#[derive(Clone, Debug)]
pub struct Classifier {
    parameters: Tensor<1>,
    classes: usize,
}

/// What a classifier makes of images.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The last hidden layer's output, after its SiLU, for each image.
    pub features: Vec<[f32; FEATURES]>,
    /// The most likely class of each image.
    pub classes: Vec<u8>,
}

/// Names and shapes of the parameters, in the flat vector's order; weights are `[out, in, ...]`.
fn tensors(classes: usize) -> Vec<(String, Vec<usize>)> {
    let mut layers: Vec<(String, Vec<usize>)> = CHANNELS
        .iter()
        .enumerate()
        .map(|(i, [from, to])| (format!("conv_{}", i + 1), vec![*to, *from, 3, 3]))
        .collect();
    layers.push(("hidden".into(), vec![FEATURES, FLAT]));
    layers.push(("logits".into(), vec![classes, FEATURES]));
    let both = |(name, shape): (String, Vec<usize>)| {
        let bias = vec![shape[0]];
        [(format!("{name}.weight"), shape), (format!("{name}.bias"), bias)]
    };
    layers.into_iter().flat_map(both).collect()
}

/// Untrained parameters, uniform with variance 2 / fan-in (He et al. 2015) and biases of zero.
fn init(seed: u64, classes: usize) -> Vec<f32> {
    let tensor = |(place, (_, shape)): (usize, (String, Vec<usize>))| {
        let fan_in: usize = shape[1..].iter().product();
        let limit = if shape.len() > 1 { (6.0 / fan_in as f32).sqrt() } else { 0.0 };
        let mut rng = noise::stream(seed, Use::Init, place as u32, 0);
        let count = shape.iter().product();
        (0..count).map(|_| noise::symmetric(&mut rng, limit)).collect::<Vec<_>>()
    };
    tensors(classes).into_iter().enumerate().flat_map(tensor).collect()
}

impl Classifier {
    /// # Panics
    /// When there are not as many parameters as a classifier of so many classes has.
    fn new(parameters: Vec<f32>, classes: usize, device: &Device) -> Self {
        let count: usize = tensors(classes).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let parameters = Tensor::from_data(TensorData::new(parameters, [count]), device);
        Self { parameters, classes }
    }

    /// What the last hidden layer says, and the logits that follow from it.
    ///
    /// # Shapes
    /// - x: `[N, 1, 28, 28]`; output: `[N, 64]` and `[N, classes]`
    fn forward(&self, x: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let mut layers = Slices { flat: &self.parameters, start: 0 };
        let halve = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let mut x = x;
        for [from, to] in CHANNELS {
            let (weight, bias) = (layers.next([to, from, 3, 3]), layers.next([to]));
            x = silu(conv2d(x, weight, Some(bias), halve.clone()));
        }
        let features = silu(layers.linear(x.flatten(1, 3), FEATURES, FLAT));
        let logits = layers.linear(features.clone(), self.classes, FEATURES);
        (features, logits)
    }

    /// Looks at 28x28 images.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn see(&self, images: &Images) -> Result<Seen> {
        let mut seen = Seen { features: vec![], classes: vec![] };
        for bytes in images.pixels.chunks(BATCH * PIXELS) {
            let x = batch(image::images_to_unit(bytes), &self.parameters.device());
            let (features, logits) = self.forward(x);
            let [features, logits] = [features, logits].map(numbers);
            seen.features.extend(features?.as_chunks().0);
            seen.classes.extend(logits?.chunks_exact(self.classes).map(largest));
        }
        Ok(seen)
    }
}

/// `[N, 1, 28, 28]` of N images' values in [-1, 1].
fn batch(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / PIXELS;
    Tensor::from_data(TensorData::new(values, [count, 1, SIDE, SIDE]), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().context("the device's memory cannot be read: try --device cpu")?;
    Ok(data.try_into_vec().expect("the numbers are f32"))
}

/// The place of the largest number.
fn largest(logits: &[f32]) -> u8 {
    (0..logits.len()).max_by(|&a, &b| logits[a].total_cmp(&logits[b])).unwrap_or(0) as u8
}

/// Share of images whose class was seen right, 0 to 1.
fn accuracy(seen: &[u8], labels: &[u8]) -> f64 {
    seen.iter().zip(labels).filter(|(a, b)| a == b).count() as f64 / labels.len() as f64
}

/// Cuts one layer after the other from the flat vector.
struct Slices<'a> {
    flat: &'a Tensor<1>,
    start: usize,
}

impl Slices<'_> {
    fn next<const D: usize>(&mut self, shape: [usize; D]) -> Tensor<D> {
        let range = self.start..self.start + shape.iter().product::<usize>();
        self.start = range.end;
        self.flat.clone().slice([range]).reshape(shape)
    }

    /// x: `[N, inputs]`, output: `[N, outputs]`.
    fn linear(&mut self, x: Tensor<2>, outputs: usize, inputs: usize) -> Tensor<2> {
        let (weight, bias) = (self.next([outputs, inputs]), self.next::<1>([outputs]));
        x.matmul(weight.transpose()) + bias.unsqueeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::device;

    #[test]
    fn has_the_parameters_that_its_comment_says() {
        let parameters = init(0, 10);
        assert_eq!(parameters.len(), 89_546);
        assert_ne!(parameters, init(1, 10));
    }

    #[test]
    fn sees_each_image_by_itself() {
        let (device, _) = device::open(&device::Choice::Cpu).unwrap();
        let classifier = Classifier::new(init(0, 3), 3, &device);
        let pixels: Vec<u8> = (0..(BATCH + 2) * PIXELS).map(|i| (i * i % 251) as u8).collect();
        let images = |pixels: &[u8]| Images { width: SIDE, height: SIDE, pixels: pixels.to_vec() };
        let all = classifier.see(&images(&pixels)).unwrap();
        assert_eq!((all.features.len(), all.classes.len()), (BATCH + 2, BATCH + 2));
        assert!(all.classes.iter().all(|class| *class < 3));
        let last = classifier.see(&images(&pixels[(BATCH + 1) * PIXELS..])).unwrap();
        let differences = last.features[0].iter().zip(&all.features[BATCH + 1]).map(|(a, b)| (a - b).abs());
        assert!(differences.fold(0.0, f32::max) < 1e-5);
        assert_ne!(all.features[0], all.features[1]);
    }
}
