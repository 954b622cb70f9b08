//! Training a residual classifier: labelled images, moved at random -> smoothed cross-entropy -> Adam with decoupled
//! weight decay -> an average of the parameters. A seed gives the same parameters on the same kind of machine with as
//! many threads, whether the training was interrupted or not.

use super::{Description, Recipe, StrongClassifier, accuracy, images_hash, labels};
use crate::core::image::ImageSpec;
use crate::core::noise;
use crate::data::progress::Counter;
use crate::data::{Dataset, Progress, Unit};
use crate::engine::cpu::residual::{Labelled, ResidualNetwork};
use crate::model::file::{Precision, to_array, to_raw};
use crate::model::residual::{ResidualConfig, ResidualTensor};
use crate::train::batch::moved;
use crate::train::optimizer::AdamState;
use anyhow::{Context, Result, ensure};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The key of a state's description in its file.
const STATE_KEY: &str = "ddpm_web_classifier_training";

/// Where a training stands after some epochs.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    adam: AdamState,
    about: About,
}

/// What a state belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct About {
    recipe: Recipe,
    network: ResidualConfig,
    data_sha256: String,
    /// Epochs that are done.
    epoch: usize,
    /// Adam's steps that are done.
    step: usize,
}

impl State {
    /// Epochs that are done.
    pub fn epoch(&self) -> usize {
        self.about.epoch
    }

    /// The bytes of its file.
    ///
    /// # Errors
    /// When it has no JSON.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let AdamState { weights, m, v, ema, .. } = &self.adam;
        let raw = [weights, m, v, ema].map(|numbers| to_raw(numbers, Precision::F32));
        let views: Vec<(&str, TensorView)> = ["weights", "m", "v", "ema"]
            .into_iter()
            .zip(&raw)
            .map(|(name, raw)| Ok((name, TensorView::new(Dtype::F32, vec![weights.len()], raw)?)))
            .collect::<Result<_>>()?;
        let about = HashMap::from([(STATE_KEY.to_string(), serde_json::to_string(&self.about)?)]);
        Ok(safetensors::serialize(views, Some(about))?)
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// When it is another file, or not whole.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let (_, header) = SafeTensors::read_metadata(bytes).context("it is not a whole safetensors file")?;
        let file = SafeTensors::deserialize(bytes).context("it is not a whole safetensors file")?;
        let json = header.metadata().as_ref().and_then(|map| map.get(STATE_KEY));
        let about: About = serde_json::from_str(json.context("it is no training's state")?)?;
        let numbers = |name: &str| -> Result<Vec<f32>> {
            let numbers = to_array(name, &file.tensor(name)?)?.data;
            ensure!(numbers.len() == about.network.parameters(), "{name} has {} numbers", numbers.len());
            Ok(numbers)
        };
        let [weights, m, v, ema] = ["weights", "m", "v", "ema"].map(numbers);
        let adam = AdamState { weights: weights?, m: m?, v: v?, ema: ema?, step: about.step };
        Ok(Self { adam, about })
    }
}

/// A training under way.
pub struct Training<'a> {
    data: &'a Dataset,
    labels: &'a [u8],
    test_labels: &'a [u8],
    network: ResidualNetwork,
    /// Whether each parameter decays.
    decays: Vec<bool>,
    state: State,
}

impl<'a> Training<'a> {
    /// Begins, or goes on from a state of the same training.
    ///
    /// # Errors
    /// When the data has no labels or another size than a classifier takes, the recipe makes no sense, or the state is
    /// another training's.
    pub fn new(data: &'a Dataset, recipe: Recipe, state: Option<State>) -> Result<Self> {
        recipe.check()?;
        let (labels, test_labels) = labels(data)?;
        let ImageSpec { side, .. } = data.image();
        ensure!(side.is_multiple_of(4), "images of {}: give a --size that is a multiple of 4", data.image());
        let network = ResidualConfig::usual(data.image(), data.classes.len());
        let data_sha256 = images_hash(data);
        let about = About { recipe, network: network.clone(), data_sha256, epoch: 0, step: 0 };
        let state = match state {
            Some(state) => {
                let began = About { epoch: 0, step: 0, ..state.about.clone() };
                ensure!(
                    began == about,
                    "the training that was interrupted had other settings or other images: give its options, or \
                     remove its file to begin anew"
                );
                state
            }
            None => State { adam: AdamState::new(network.init(recipe.seed)), about },
        };
        let decay = |tensor: ResidualTensor| vec![tensor.decays(); tensor.elements()];
        let decays = network.tensors().into_iter().flat_map(decay).collect();
        Ok(Self { data, labels, test_labels, network: ResidualNetwork::new(&network), decays, state })
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    /// Whether all epochs are done.
    pub fn is_done(&self) -> bool {
        self.state.about.epoch >= self.state.about.recipe.epochs
    }

    /// The classifier as it stands, and how it does on the test images. Its parameters are the averaged ones, rounded
    /// to f16, in which they are stored; so the accuracy in the description is that of the file.
    ///
    /// # Errors
    /// When the images do not fit, which [`new`](Self::new) rules out.
    pub fn current(&self) -> Result<(StrongClassifier, Description)> {
        let About { recipe, epoch, .. } = &self.state.about;
        let round = |x: &f32| half::f16::from_f32(*x).to_f32();
        let parameters = self.state.adam.ema.iter().map(round).collect();
        let classifier = StrongClassifier::new(self.network.config().clone(), parameters, recipe.moves);
        let found = accuracy(&classifier.classes(&self.data.test)?, self.test_labels);
        let description = Description::new(self.data, &classifier, *recipe, *epoch, found);
        Ok((classifier, description))
    }

    /// Trains one epoch, and returns what is [`current`](Self::current) then.
    ///
    /// # Errors
    /// When the loss is no longer a number.
    pub fn epoch(&mut self, progress: &mut dyn FnMut(Progress)) -> Result<(StrongClassifier, Description)> {
        let About { recipe, epoch, .. } = self.state.about.clone();
        let images = self.data.train.len();
        let batches = images.div_ceil(recipe.batch_size);
        let task = format!("Epoch {}/{}", epoch + 1, recipe.epochs);
        let mut counter = Counter::new(&task, Unit::Steps, batches + 1, progress);
        let mut sum = 0.0;
        for chosen in noise::permutation(recipe.seed, epoch as u32, images).chunks(recipe.batch_size) {
            let loss = self.step(chosen, recipe.epochs * batches);
            ensure!(loss.is_finite(), "the loss is no longer a number: give a lower --learning-rate");
            sum += loss * chosen.len() as f64;
            counter.add(1);
        }
        self.state.about.epoch += 1;
        // The last of the steps: the test images.
        let found = self.current()?;
        counter.add(1);
        progress(Progress::Message(&format!(
            "Epoch {}: loss {:.4}, test accuracy {:.2} %",
            epoch + 1,
            sum / images as f64,
            100.0 * found.1.test_accuracy
        )));
        Ok(found)
    }

    /// One step on these images, of `steps`; its mean cross-entropy before it.
    fn step(&mut self, chosen: &[usize], steps: usize) -> f64 {
        let Self { data, labels, network, decays, state: State { adam, about }, .. } = self;
        let (recipe, classes) = (about.recipe, about.network.classes);
        // 1. The loss and its gradient.
        let moves = recipe.moves.draw(recipe.seed, adam.step as u32, chosen.len());
        let x = moved(&data.train, chosen, &moves);
        let rest = recipe.smoothing / classes as f32;
        let mut wanted = vec![rest; chosen.len() * classes];
        for (row, i) in wanted.chunks_exact_mut(classes).zip(chosen) {
            row[usize::from(labels[*i])] += 1.0 - recipe.smoothing;
        }
        let mut gradient = vec![0.0; adam.weights.len()];
        let loss = network.loss(&adam.weights, Labelled { x: &x, wanted: &wanted }, &mut gradient);
        // 2. Weight decay, and Adam's step.
        let pace = recipe.pace(adam.step, steps);
        let kept = (1.0 - pace.learning_rate * recipe.weight_decay) as f32;
        for (weight, decays) in adam.weights.iter_mut().zip(decays) {
            *weight *= if *decays { kept } else { 1.0 };
        }
        adam.update(&gradient, pace);
        about.step = adam.step;
        loss
    }
}
