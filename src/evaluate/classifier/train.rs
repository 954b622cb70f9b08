//! Training the classifier: labelled images, mirrored at random -> cross-entropy -> Adam, with a
//! learning rate that falls along half a cosine to zero. A seed gives the same weights on the same
//! kind of machine.

use super::{Classifier, Description, Sizes, batch, init, numbers};
use crate::classify::{accuracy, labels};
use crate::core::moves::Moves;
use crate::core::noise;
use crate::data::progress::Counter;
use crate::data::{Dataset, Progress, Unit};
use crate::train::batch::moved;
use anyhow::{Context, Result, ensure};
use burn::prelude::*;
use burn::tensor::activation::log_softmax;
use serde::{Deserialize, Serialize};

/// Adam's averages and the bound of its division (Kingma and Ba 2015).
const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// How a classifier is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    pub epochs: usize,
    pub batch_size: usize,
    /// At the first step; it falls to zero at the last.
    pub learning_rate: f64,
    pub seed: u64,
}

impl Default for Recipe {
    fn default() -> Self {
        Self { epochs: 12, batch_size: 128, learning_rate: 2e-3, seed: 0 }
    }
}

impl Recipe {
    fn check(&self) -> Result<()> {
        ensure!(self.epochs > 0, "0 epochs train nothing: give --epochs 1 or more");
        ensure!(self.batch_size > 0, "a batch of 0 images: give --batch-size 1 or more");
        ensure!(
            self.learning_rate > 0.0 && self.learning_rate.is_finite(),
            "learning rate {}: give a positive number, such as 0.002",
            self.learning_rate
        );
        Ok(())
    }
}

/// Trains on the labelled training images; `progress` is told each epoch's loss and test accuracy. The
/// parameters that come back are rounded to f16, in which they are stored; so the accuracy in their
/// description is that of the file.
///
/// # Errors
/// When the data has no labels, the recipe makes no sense, or the loss is no longer a number.
pub fn train(
    data: &Dataset,
    recipe: &Recipe,
    device: &Device,
    progress: &mut dyn FnMut(Progress),
) -> Result<(Classifier, Description)> {
    recipe.check()?;
    let (labels, test_labels) = labels(data)?;
    let sizes = Sizes { image: data.image(), classes: data.classes.len() };
    let (images, device) = (&data.train, device.clone().inner());
    let mut classifier = Classifier::new(init(recipe.seed, sizes), sizes, &device);
    let batches = images.len().div_ceil(recipe.batch_size);
    let mut adam = Adam::new(&classifier.parameters);
    for epoch in 0..recipe.epochs {
        let task = format!("Epoch {}/{}", epoch + 1, recipe.epochs);
        let mut counter = Counter::new(&task, Unit::Steps, batches + 1, progress);
        let mut sum = 0.0;
        for chosen in noise::permutation(recipe.seed, epoch as u32, images.len()).chunks(recipe.batch_size) {
            // Clothes have no left and right.
            let moves = Moves { mirror: true, shift: 0 };
            let x = moved(images, chosen, &moves.draw(recipe.seed, adam.step as u32, chosen.len()));
            let share = adam.step as f64 / (recipe.epochs * batches) as f64;
            let rate = recipe.learning_rate * (0.5 + 0.5 * (std::f64::consts::PI * share).cos());
            let loss = adam.train(&mut classifier, x, &one_hot(labels, chosen, sizes.classes), rate)?;
            ensure!(loss.is_finite(), "the loss is no longer a number: give a lower --learning-rate");
            sum += loss * chosen.len() as f64;
            counter.add(1);
        }
        // The last of the steps: the test images.
        let found = accuracy(&classifier.outputs(&data.test)?.classes, test_labels);
        counter.add(1);
        progress(Progress::Message(&format!(
            "Epoch {}: loss {:.4}, test accuracy {:.2} %",
            epoch + 1,
            sum / images.len() as f64,
            100.0 * found
        )));
    }
    let rounded =
        numbers(classifier.parameters)?.into_iter().map(|x| half::f16::from_f32(x).to_f32()).collect();
    let classifier = Classifier::new(rounded, sizes, &device);
    let found = accuracy(&classifier.outputs(&data.test)?.classes, test_labels);
    Ok((classifier, Description::new(data, *recipe, found)))
}

/// `[chosen, classes]`: 1 at each label, else 0.
fn one_hot(labels: &[u8], chosen: &[usize], classes: usize) -> Vec<f32> {
    let row = |&i: &usize| (0..classes).map(move |class| f32::from(usize::from(labels[i]) == class));
    chosen.iter().flat_map(row).collect()
}

/// Adam on the flat vector of parameters.
struct Adam {
    m: Tensor<1>,
    v: Tensor<1>,
    step: usize,
}

impl Adam {
    fn new(parameters: &Tensor<1>) -> Self {
        Self { m: parameters.zeros_like(), v: parameters.zeros_like(), step: 0 }
    }

    /// One step on a batch; its mean cross-entropy before it.
    fn train(&mut self, classifier: &mut Classifier, x: Vec<f32>, one_hot: &[f32], rate: f64) -> Result<f64> {
        // 1. The loss and its gradient.
        let device = classifier.parameters.device().autodiff();
        let Sizes { image, classes } = classifier.sizes;
        let shape = [one_hot.len() / classes, classes];
        let wanted = Tensor::<2>::from_data(TensorData::new(one_hot.to_vec(), shape), &device);
        let flat = classifier.parameters.clone().autodiff().require_grad();
        let network = Classifier { parameters: flat.clone(), sizes: classifier.sizes };
        let (_, logits) = network.forward(batch(x, image, &device));
        let loss = (log_softmax(logits, 1) * wanted).sum() / -(shape[0] as f64);
        let gradients = loss.backward();
        let g = flat.grad(&gradients).context("the loss depends on the parameters")?;
        // 2. Averages of the gradient and its square, and the step, corrected for their start at zero.
        self.step += 1;
        let [beta_1, beta_2] = BETAS;
        self.m = self.m.clone() * beta_1 + g.clone() * (1.0 - beta_1);
        self.v = self.v.clone() * beta_2 + g.square() * (1.0 - beta_2);
        let m = self.m.clone() / (1.0 - beta_1.powi(self.step as i32));
        let v = self.v.clone() / (1.0 - beta_2.powi(self.step as i32));
        classifier.parameters = classifier.parameters.clone() - m / (v.sqrt() + EPSILON) * rate;
        Ok(f64::from(numbers(loss.inner())?[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::tests::halves;
    use crate::core::image::ImageSpec;

    const GREY: ImageSpec = ImageSpec { side: 28, channels: 1 };
    const RECIPE: Recipe = Recipe { epochs: 2, batch_size: 16, learning_rate: 2e-3, seed: 1 };

    #[test]
    fn learns_what_can_be_learnt_and_repeats_itself() {
        for image in [GREY, ImageSpec { side: 16, channels: 3 }] {
            let data = halves(120, image);
            let mut lines = vec![];
            let mut progress = |progress: Progress| {
                if let Progress::Message(line) = progress {
                    lines.push(line.to_string());
                }
            };
            let (classifier, description) = train(&data, &RECIPE, &Device::flex(), &mut progress).unwrap();
            assert!(lines.len() == 2 && lines[1].starts_with("Epoch 2: loss"), "{lines:?}");
            assert!(description.test_accuracy > 0.95, "{}", description.test_accuracy);
            assert_eq!(description.image(), image);
            assert_eq!(description.command.contains("--size 16 --colour"), image != GREY);
            let (again, _) = train(&data, &RECIPE, &Device::flex(), &mut |_| ()).unwrap();
            assert_eq!(classifier.outputs(&data.test).unwrap(), again.outputs(&data.test).unwrap());
        }
    }

    #[test]
    fn data_without_labels_is_refused() {
        let data = Dataset { train_labels: None, ..halves(4, GREY) };
        let error = train(&data, &RECIPE, &Device::flex(), &mut |_| ()).unwrap_err().to_string();
        assert!(error.contains("label files"), "{error}");
    }

    #[test]
    fn a_classifier_of_the_same_images_in_another_size_is_refused() {
        let small = halves(8, ImageSpec { side: 16, channels: 3 });
        let recipe = Recipe { epochs: 1, ..RECIPE };
        let (_, description) = train(&small, &recipe, &Device::flex(), &mut |_| ()).unwrap();
        description.check_data(&small).unwrap();
        let error = description.check_data(&halves(8, GREY)).unwrap_err().to_string();
        assert!(error.contains("16x16 colour") && error.contains("--data halves --out"), "{error}");
    }
}
