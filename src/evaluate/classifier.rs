//! A small classifier of images. Its last hidden layer's outputs, 64 numbers for each image, are the features
//! in which [`evaluate`](crate::evaluate) compares samples with test images.
//!
//! Three strided 3x3 convolutions and two linear layers, SiLU between them: 89,546 parameters for ten
//! classes of 28x28 grey images. They are one flat vector, so that Adam is a few lines on one tensor; the
//! layers are slices.

mod file;
mod train;

pub use file::{Description, bytes, load};
pub use train::{Recipe, train};

use crate::classify::largest;
use crate::core::image::{self, ImageSpec, Images};
use crate::core::noise::{self, Use};
use anyhow::{Context, Result, ensure};
use burn::prelude::*;
use burn::tensor::activation::silu;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

/// Numbers that the last hidden layer has for an image.
pub const FEATURES: usize = 64;

/// Channels out of each convolution, which halves the side, rounding up: 28, 14, 7, 4.
const CHANNELS: [usize; 3] = [16, 32, 64];
/// Images that are classified together.
const BATCH: usize = 500;

/// What a classifier takes and tells apart, and so the sizes of its layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    pub image: ImageSpec,
    pub classes: usize,
}

impl Sizes {
    /// Channels into and out of each convolution.
    fn convolutions(self) -> [[usize; 2]; 3] {
        let [first, second, third] = CHANNELS;
        [[self.image.channels, first], [first, second], [second, third]]
    }

    /// Numbers that the convolutions leave of an image.
    fn flat(self) -> usize {
        let [.., channels] = CHANNELS;
        let side = CHANNELS.iter().fold(self.image.side, |side, _| side.div_ceil(2));
        channels * side * side
    }
}

/// The network, on any of Burn's devices.
#[derive(Clone, Debug)]
pub struct Classifier {
    parameters: Tensor<1>,
    sizes: Sizes,
}

/// A classifier's outputs for images.
#[derive(Clone, Debug, PartialEq)]
pub struct Outputs {
    /// The last hidden layer's output, after its SiLU, for each image.
    pub features: Vec<[f32; FEATURES]>,
    /// The most likely class of each image.
    pub classes: Vec<u8>,
}

/// Names and shapes of the parameters, in the flat vector's order; weights are `[out, in, ...]`.
fn tensors(sizes: Sizes) -> Vec<(String, Vec<usize>)> {
    let mut layers: Vec<(String, Vec<usize>)> = sizes
        .convolutions()
        .iter()
        .enumerate()
        .map(|(i, [from, to])| (format!("conv_{}", i + 1), vec![*to, *from, 3, 3]))
        .collect();
    layers.push(("hidden".into(), vec![FEATURES, sizes.flat()]));
    layers.push(("logits".into(), vec![sizes.classes, FEATURES]));
    let both = |(name, shape): (String, Vec<usize>)| {
        let bias = vec![shape[0]];
        [(format!("{name}.weight"), shape), (format!("{name}.bias"), bias)]
    };
    layers.into_iter().flat_map(both).collect()
}

/// Untrained parameters, uniform with variance 2 / fan-in (He et al. 2015) and biases of zero.
fn init(seed: u64, sizes: Sizes) -> Vec<f32> {
    let tensor = |(place, (_, shape)): (usize, (String, Vec<usize>))| {
        let fan_in: usize = shape[1..].iter().product();
        let limit = if shape.len() > 1 { (6.0 / fan_in as f32).sqrt() } else { 0.0 };
        let mut rng = noise::stream(seed, Use::Init, place as u32, 0);
        let count = shape.iter().product();
        (0..count).map(|_| noise::symmetric(&mut rng, limit)).collect::<Vec<_>>()
    };
    tensors(sizes).into_iter().enumerate().flat_map(tensor).collect()
}

impl Classifier {
    /// # Panics
    /// When there are not as many parameters as a classifier of these sizes has.
    fn new(parameters: Vec<f32>, sizes: Sizes, device: &Device) -> Self {
        let count: usize = tensors(sizes).iter().map(|(_, shape)| shape.iter().product::<usize>()).sum();
        let parameters = Tensor::from_data(TensorData::new(parameters, [count]), device);
        Self { parameters, sizes }
    }

    /// The last hidden layer's output, and the logits that follow from it.
    ///
    /// # Shapes
    /// - x: `[N, C, H, W]`; output: `[N, 64]` and `[N, classes]`
    fn forward(&self, x: Tensor<4>) -> (Tensor<2>, Tensor<2>) {
        let mut layers = Slices { flat: &self.parameters, start: 0 };
        let halve = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let mut x = x;
        for [from, to] in self.sizes.convolutions() {
            let (weight, bias) = (layers.next([to, from, 3, 3]), layers.next([to]));
            x = silu(conv2d(x, weight, Some(bias), halve.clone()));
        }
        let features = silu(layers.linear(x.flatten(1, 3), FEATURES, self.sizes.flat()));
        let logits = layers.linear(features.clone(), self.sizes.classes, FEATURES);
        (features, logits)
    }

    /// Classifies images.
    ///
    /// # Errors
    /// When the images are of another size or colour, or the device cannot be read.
    pub fn outputs(&self, images: &Images) -> Result<Outputs> {
        let Sizes { image, classes } = self.sizes;
        ensure!(
            images.spec == image,
            "the classifier takes images of {image}, and these are {}",
            images.spec
        );
        let mut outputs = Outputs { features: vec![], classes: vec![] };
        for bytes in images.bytes.chunks(BATCH * image.numbers()) {
            let x = batch(image::bytes_to_unit(bytes), image, &self.parameters.device());
            let (features, logits) = self.forward(x);
            let [features, logits] = [features, logits].map(numbers);
            outputs.features.extend(features?.as_chunks().0);
            outputs.classes.extend(logits?.chunks_exact(classes).map(largest));
        }
        Ok(outputs)
    }
}

/// `[N, C, H, W]` of N images' values in [-1, 1].
fn batch(values: Vec<f32>, image: ImageSpec, device: &Device) -> Tensor<4> {
    let ImageSpec { side, channels } = image;
    let count = values.len() / image.numbers();
    Tensor::from_data(TensorData::new(values, [count, channels, side, side]), device)
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    let data = tensor.try_into_data().context("the device's memory cannot be read: try --device cpu")?;
    Ok(data.try_into_vec().expect("the numbers are f32"))
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

    fn sizes(side: usize, channels: usize, classes: usize) -> Sizes {
        Sizes { image: ImageSpec { side, channels }, classes }
    }

    #[test]
    fn has_the_parameters_that_its_comment_says() {
        let parameters = init(0, sizes(28, 1, 10));
        assert_eq!(parameters.len(), 89_546);
        assert_ne!(parameters, init(1, sizes(28, 1, 10)));
        // 432 + 16, 4,608 + 32 and 18,432 + 64 of the convolutions, 65,536 + 64 and 320 + 5.
        assert_eq!(init(0, sizes(32, 3, 5)).len(), 89_509);
        // Sides of 12, 6, 3 and 2.
        assert_eq!(sizes(12, 1, 2).flat(), 64 * 2 * 2);
    }

    #[test]
    fn classifies_each_image_by_itself() {
        for (side, channels) in [(28, 1), (20, 3)] {
            let sizes = sizes(side, channels, 3);
            let classifier = Classifier::new(init(0, sizes), sizes, &Device::flex());
            let bytes = (0..(BATCH + 2) * sizes.image.numbers()).map(|i| (i * i % 251) as u8).collect();
            let images = Images { spec: sizes.image, bytes };
            let all = classifier.outputs(&images).unwrap();
            assert_eq!((all.features.len(), all.classes.len()), (BATCH + 2, BATCH + 2));
            assert!(all.classes.iter().all(|class| *class < 3));
            let last = classifier.outputs(&images.select([BATCH + 1])).unwrap();
            let differences =
                last.features[0].iter().zip(&all.features[BATCH + 1]).map(|(a, b)| (a - b).abs());
            assert!(differences.fold(0.0, f32::max) < 1e-5);
            assert_ne!(all.features[0], all.features[1]);
        }
    }

    #[test]
    fn images_of_another_size_are_refused() {
        let sizes = sizes(28, 1, 3);
        let classifier = Classifier::new(init(0, sizes), sizes, &Device::flex());
        let spec = ImageSpec { side: 28, channels: 3 };
        let error =
            classifier.outputs(&Images { spec, bytes: vec![0; spec.numbers()] }).unwrap_err().to_string();
        assert!(error.contains("takes images of 28x28 grey, and these are 28x28 colour"), "{error}");
    }
}
