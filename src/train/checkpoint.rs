//! A training run frozen in mid-flight: one safetensors file with the parameters, Adam's averages
//! and the exponential average as flat arrays, and everything else as JSON in its header.

use super::TrainError;
use super::distillation::Distillation;
use super::optimizer::AdamState;
use super::recipe::TrainConfig;
use crate::core::background::Background;
use crate::core::image::{Images, NORMALISATION};
use crate::core::pixel_stats::PixelStats;
use crate::model::Parameters;
use crate::model::file::{CHECKPOINT_KEY, Metadata, Weights, hex};
use crate::model::tensors::parameter_count;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const VERSION: u32 = 1;

/// One finished epoch, and a line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// From 1.
    pub epoch: usize,
    /// Mean squared error on eps, averaged over the images.
    pub loss: f64,
    /// The same on images that the training does not see, by the weights that are kept: the average, where there is
    /// one. None where it was not measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test_loss: Option<f64>,
    /// Training time, without sampling.
    pub seconds: f64,
    pub images_per_second: f64,
    pub device: String,
}

/// How far a run has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Batches done of the epoch under way.
    pub batch: usize,
    /// Sum of loss times images over those batches.
    pub loss_sum: f64,
    /// Training time of those batches.
    pub seconds: f64,
    pub epochs: Vec<EpochMetrics>,
}

/// What the data was, so that a run is not continued on other data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataInfo {
    pub name: String,
    pub classes: Vec<String>,
    pub images: usize,
    /// SHA-256 of the training pixels.
    pub sha256: String,
    /// None in checkpoints of before it was kept.
    #[serde(default)]
    pub pixels: Option<PixelStats>,
    /// SHA-256 of the labels, where the network is told them.
    #[serde(default)]
    pub labels_sha256: Option<String>,
    /// Where the images are, as an absolute path; none where the program finds them by itself.
    #[serde(default)]
    pub path: Option<String>,
    /// What transparent parts of pictures were told to become; none where nothing was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Background>,
}

impl DataInfo {
    /// `labels` are those that the network is told, if it is.
    pub fn new(name: String, classes: Vec<String>, train: &Images, labels: Option<&[u8]>) -> Self {
        Self {
            name,
            classes,
            images: train.len(),
            sha256: hex(&Sha256::digest(&train.bytes)),
            pixels: Some(PixelStats::of(train)),
            labels_sha256: labels.map(|labels| hex(&Sha256::digest(labels))),
            path: None,
            background: None,
        }
    }
}

/// What computed a run. Another engine, or another number of workers, goes on with it, but not bit for bit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComputedBy {
    /// As the page calls it: "cpu" or "webgpu".
    pub engine: String,
    /// Workers that share each batch.
    pub workers: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint {
    pub config: TrainConfig,
    pub data: DataInfo,
    pub progress: Progress,
    pub adam: AdamState,
    /// None where it was not told: natively.
    pub computed_by: Option<ComputedBy>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    version: u32,
    config: TrainConfig,
    data: DataInfo,
    progress: Progress,
    step: usize,
    #[serde(default)]
    computed_by: Option<ComputedBy>,
}

/// What stands in a checkpoint's safetensors header.
fn header(bytes: &[u8]) -> Option<String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).ok()?;
    metadata.metadata().as_ref()?.get(CHECKPOINT_KEY).cloned()
}

impl Checkpoint {
    /// The file's bytes.
    ///
    /// # Errors
    /// When the description cannot be written as JSON.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TrainError> {
        let AdamState { weights, m, v, ema, step } = &self.adam;
        let bytes = |values: &[f32]| values.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>();
        let arrays =
            [("weights", bytes(weights)), ("adam.m", bytes(m)), ("adam.v", bytes(v)), ("ema", bytes(ema))];
        let view = |bytes| TensorView::new(Dtype::F32, vec![weights.len()], bytes).map_err(refused);
        let views = arrays
            .iter()
            .map(|(name, bytes)| Ok((*name, view(bytes)?)))
            .collect::<Result<Vec<_>, TrainError>>()?;
        let (config, data, progress) = (self.config.clone(), self.data.clone(), self.progress.clone());
        let computed_by = self.computed_by.clone();
        let header = Header { version: VERSION, config, data, progress, step: *step, computed_by };
        let header = serde_json::to_string(&header).map_err(refused)?;
        safetensors::serialize(views, Some(HashMap::from([(CHECKPOINT_KEY.into(), header)]))).map_err(refused)
    }

    /// Whether a file's bytes are a checkpoint rather than, say, a weights file.
    pub fn is_one(bytes: &[u8]) -> bool {
        header(bytes).is_some()
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// When they are no checkpoint of this version, or not a whole one.
    pub fn parse(bytes: &[u8]) -> Result<Self, TrainError> {
        let header = header(bytes).ok_or_else(|| refused("it is not the checkpoint of a training run"))?;
        let header: Header = serde_json::from_str(&header).map_err(refused)?;
        if header.version != VERSION {
            return Err(refused(format!("its version is {}, this program's {VERSION}", header.version)));
        }
        header.config.network.check()?;
        let file = SafeTensors::deserialize(bytes).map_err(refused)?;
        let length = parameter_count(&header.config.network);
        let array = |name: &str| -> Result<Vec<f32>, TrainError> {
            let view = file.tensor(name).map_err(refused)?;
            if view.dtype() != Dtype::F32 || view.shape() != [length] {
                return Err(refused(format!("{name} is not {length} f32 numbers")));
            }
            Ok(view.data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect())
        };
        let adam = AdamState {
            weights: array("weights")?,
            m: array("adam.m")?,
            v: array("adam.v")?,
            ema: array("ema")?,
            step: header.step,
        };
        if !adam.is_finite() {
            return Err(refused("its training had diverged, and it holds NaN or infinite numbers"));
        }
        let Header { config, data, progress, computed_by, .. } = header;
        Ok(Self { config, data, progress, adam, computed_by })
    }

    /// Whether a run may go on with this data.
    ///
    /// # Errors
    /// When it was begun on other images, or on other labels.
    pub fn check_data(&self, found: &DataInfo) -> Result<(), TrainError> {
        if self.data.sha256 != found.sha256 {
            return Err(TrainError::Data(format!(
                "this run was started on {} ({} images), but {} ({} images) was found: name the same data with --data",
                self.data.name, self.data.images, found.name, found.images
            )));
        }
        if self.data.labels_sha256.is_some() && self.data.labels_sha256 != found.labels_sha256 {
            return Err(TrainError::Data(format!(
                "this run was started on other labels of {}: name the same data with --data",
                self.data.name
            )));
        }
        Ok(())
    }

    /// The weights as the page and PyTorch load them: the exponential average, or with `raw` (and
    /// where the run keeps none) the parameters themselves.
    pub fn weights(&self, raw: bool) -> Weights {
        let ema_decay = self.config.ema.filter(|_| !raw);
        let flat = if ema_decay.is_some() { &self.adam.ema } else { &self.adam.weights };
        let metadata = Metadata {
            schedule: self.config.schedule,
            normalisation: NORMALISATION.into(),
            config: Some(self.config.network.clone()),
            image_size: self.config.network.image.side,
            dataset: self.data.name.clone(),
            classes: self.data.classes.clone(),
            train_images: self.data.images,
            losses: self.progress.epochs.iter().map(|epoch| epoch.loss).collect(),
            ema_decay,
            batch_size: self.config.step_images(),
            learning_rate: self.config.learning_rate,
            seed: self.config.seed,
            recipe: self.config.to_string(),
            moves: self.config.distill.as_ref().map_or(self.config.moves(), |distill| distill.moves),
            distilled: self.config.distill.as_ref().map(Distillation::told),
            pixels: self.data.pixels.clone(),
            ..Metadata::default()
        };
        let parameters = Parameters::from_flat(&self.config.network, flat.clone());
        Weights { parameters, schedule: self.config.schedule, metadata: Some(metadata) }
    }
}

fn refused(cause: impl ToString) -> TrainError {
    TrainError::Checkpoint(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn losses_come_back_to_the_bit(loss_sum in 0.0..10_000.0) {
            let progress = Progress { loss_sum, ..Progress::default() };
            let text = serde_json::to_string(&progress).unwrap();
            assert_eq!(serde_json::from_str::<Progress>(&text).unwrap(), progress);
        }
    }
}
