//! The weights file: one safetensors file, keys and shapes those of the (generalised) tutorial's
//! `state_dict()`.
//!
//! PyTorch loads it with `load_state_dict(strict=True)`, and a tutorial reader's own state dict,
//! saved as safetensors, loads here as it is. The header's metadata says how the model was trained
//! and what the sampler needs; without it the tensors' shapes say the network's sizes, the file's own `betas`
//! say the schedule, and the tutorial's defaults hold for the rest. [`Found`] reads files, in whatever
//! wrapping the tensors come.

mod betas;
mod error;
mod found;
mod metadata;
mod numbers;
mod recognise;
mod stored;
mod time_table;
mod wrapping;

pub use self::error::WeightsError;
pub use self::found::{Found, ScheduleSource};
pub use self::metadata::{CHECKPOINT_KEY, CLASSIFIER_KEY, Distilled, Metadata};
pub(crate) use self::numbers::{to_array, to_raw};
pub use self::recognise::{FileKind, recognise};
pub use self::stored::Stored;

use self::metadata::{FORMAT_VERSION, METADATA_KEY};
use super::config::UNetConfig;
use super::tensors::Parameters;
use crate::core::choice::choice;
use crate::core::pixel_stats::PixelStats;
use crate::core::samplers::SamplerConfig;
use crate::core::sampling::{Start, StartKind};
use crate::core::schedule::{Schedule, ScheduleConfig};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// The longest file worth opening, in bytes: the largest network's numbers take half of it as f32.
pub const MAX_FILE_BYTES: usize = 256 << 20;

/// A model as a file holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    pub parameters: Parameters,
    /// Absent in files that this program did not write.
    pub metadata: Option<Metadata>,
    /// T and the betas: the metadata's, else those that [`ScheduleSource`] names.
    pub schedule: ScheduleConfig,
}

/// How numbers are stored. f16 halves the file, at a rounding of 5e-4 of each weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F32,
    F16,
}

choice!(Precision {
    F32 = "f32", "Four bytes a number, exact";
    F16 = "f16", "Two bytes a number";
});

impl Weights {
    /// The network's sizes.
    pub fn config(&self) -> &UNetConfig {
        &self.parameters.config
    }

    /// Names of the classes that the network can be told: those of its file, or else their numbers; empty for
    /// a network without classes.
    pub fn class_names(&self) -> Vec<String> {
        let Some(classes) = self.config().classes else { return vec![] };
        let named = self.metadata.as_ref().map(|metadata| metadata.classes.clone());
        let numbers = || (0..classes).map(|class| class.to_string()).collect();
        named.filter(|names| names.len() == classes).unwrap_or_else(numbers)
    }

    /// Where a walk starts: by default matched to the training images, where they are known. Every
    /// walk's first t is the schedule's last.
    ///
    /// # Errors
    /// When it shall be matched, and there is nothing to match it to.
    pub fn start(&self, kind: Option<StartKind>) -> Result<Start, WeightsError> {
        let schedule = Schedule::new(self.schedule)?;
        let stats = self.metadata.as_ref().and_then(|metadata| metadata.pixels.as_ref());
        match (kind, stats) {
            (Some(StartKind::Pure), _) | (None, None) => Ok(Start::pure(self.config().image.numbers())),
            (Some(StartKind::Matched), None) => Err(WeightsError::NoPixelStats),
            (_, Some(PixelStats { mean, variance })) => {
                Ok(Start::matched(&schedule, schedule.timesteps() - 1, mean, variance))
            }
        }
    }

    /// How the model was distilled, where it was.
    pub fn distilled(&self) -> Option<&Distilled> {
        self.metadata.as_ref()?.distilled.as_ref()
    }

    /// The sampler of whoever asks for none: of a distilled model the walk of the most steps that it was taught.
    pub fn sampler(&self) -> SamplerConfig {
        self.distilled()
            .map_or_else(SamplerConfig::default, |distilled| Distilled::sampler(distilled.most_steps()))
    }

    /// SHA-256 over the tensors as f32: what the metadata of a file of this precision says.
    ///
    /// # Errors
    /// When they hold numbers that are none.
    pub fn sha256(&self) -> Result<String, WeightsError> {
        let plain = Self { metadata: None, ..self.clone() }.to_bytes(Precision::F32)?;
        let file = SafeTensors::deserialize(&plain);
        Ok(hash(&file.map_err(|error| WeightsError::NotSafetensors(error.to_string()))?))
    }

    /// Reads a weights file; [`Found::parse`] tells what was assumed and left out, too.
    ///
    /// # Errors
    /// When the bytes are not such a file, whole and of a UNet that there is.
    pub fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        Ok(Found::parse(bytes, None)?.weights)
    }

    /// What the file says of the model: at least its schedule, where that is not the one that is assumed of
    /// a file without a description.
    fn description(&self) -> Option<Metadata> {
        let schedule = self.schedule;
        let needed = schedule != ScheduleConfig::default();
        self.metadata.clone().or_else(|| needed.then(|| Metadata::of_schedule(schedule)))
    }

    /// The file's bytes. The hash in the metadata is computed here.
    ///
    /// # Errors
    /// When it holds numbers beyond the precision's range.
    pub fn to_bytes(&self, precision: Precision) -> Result<Vec<u8>, WeightsError> {
        let state = self.parameters.to_state();
        let raw: Vec<(&String, Vec<u8>)> =
            state.iter().map(|(name, array)| (name, to_raw(&array.data, precision))).collect();
        let dtype = if precision == Precision::F16 { Dtype::F16 } else { Dtype::F32 };
        let view = |(name, raw)| {
            let name: &String = name;
            let view = TensorView::new(dtype, state[name].shape.clone(), raw).expect("bytes match the shape");
            (name.clone(), view)
        };
        let views: Vec<(String, TensorView)> = raw.iter().map(|(name, raw)| view((*name, raw))).collect();
        if let Some((name, _)) = views.iter().find(|(name, view)| to_array(name, view).is_err()) {
            return Err(WeightsError::NonFinite(name.clone()));
        }
        let serialize = |metadata| {
            let views = views.iter().map(|(name, view)| (name.as_str(), view));
            safetensors::serialize(views, metadata)
                .map_err(|error| WeightsError::NotSafetensors(error.to_string()))
        };
        let Some(mut metadata) = self.description() else { return serialize(None) };
        let plain = serialize(None)?;
        metadata.format_version = FORMAT_VERSION;
        metadata.config = Some(self.config().clone());
        metadata.image_size = self.config().image.side;
        metadata.sha256 = hash(&SafeTensors::deserialize(&plain).expect("just written"));
        let json =
            serde_json::to_string(&metadata).map_err(|error| WeightsError::Metadata(error.to_string()))?;
        serialize(Some(HashMap::from([(METADATA_KEY.to_string(), json)])))
    }
}

/// SHA-256 over every tensor in name order: its name, dtype, shape and bytes.
pub(crate) fn hash(file: &SafeTensors) -> String {
    let mut tensors = file.tensors();
    tensors.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let mut sha = Sha256::new();
    for (name, view) in tensors {
        sha.update(format!("{name} {:?} {:?}\n", view.dtype(), view.shape()));
        sha.update(view.data());
    }
    hex(&sha.finalize())
}

/// A hash as people write it.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
