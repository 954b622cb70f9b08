//! The weights file: one safetensors file, keys and shapes those of the (generalised) tutorial's
//! `state_dict()`.
//!
//! PyTorch loads it with `load_state_dict(strict=True)`, and a tutorial reader's own state dict,
//! saved as safetensors, loads here as it is. The header's metadata says how the model was trained
//! and what the sampler needs; without it the tensors' shapes say the network's sizes, and the tutorial's
//! defaults hold for the rest.

mod error;
mod metadata;

pub use self::error::WeightsError;
pub use self::metadata::Metadata;
use self::metadata::{FORMAT_VERSION, METADATA_KEY};

use super::config::UNetConfig;
use super::tensors::{Array, Parameters, StateDict, config_from_shapes, state_dict, tensors};
use crate::core::choice::choice;
use crate::core::pixel_stats::PixelStats;
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
    /// T and the betas: the metadata's, else the file's own `betas`, else the tutorial's.
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

    /// Reads a weights file.
    ///
    /// # Errors
    /// When the bytes are not such a file, whole and of a UNet that there is.
    pub fn parse(bytes: &[u8]) -> Result<Self, WeightsError> {
        let not_safetensors =
            |error: safetensors::SafeTensorError| WeightsError::NotSafetensors(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
        let file = SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
        let metadata = header.metadata().as_ref().and_then(|map| map.get(METADATA_KEY));
        let metadata = metadata.map(|json| Metadata::parse(json)).transpose()?;
        if metadata.as_ref().is_some_and(|metadata| metadata.sha256 != hash(&file)) {
            return Err(WeightsError::Hash);
        }
        let arrays =
            file.tensors().into_iter().map(|(name, view)| Ok((name.clone(), to_array(&name, &view)?)));
        let arrays: Vec<(String, Array)> = arrays.collect::<Result<_, WeightsError>>()?;
        let mut weights = Self::from_arrays(state_dict(arrays.into_iter()))?;
        if let Some(metadata) = metadata {
            metadata.check(weights.config())?;
            weights.schedule = metadata.schedule;
            weights.metadata = Some(metadata);
        }
        Ok(weights)
    }

    /// Takes a state dict in which nothing has been checked yet. That of the tutorial's whole
    /// `DDPM` module will do too: its `network.` prefix goes and its `betas` say the schedule.
    ///
    /// # Errors
    /// When it is of no UNet that there is.
    pub fn from_arrays(mut arrays: StateDict) -> Result<Self, WeightsError> {
        let mut schedule = ScheduleConfig::default();
        if arrays.keys().any(|name| name.starts_with("network.")) {
            if let Some(betas) = arrays.remove("betas") {
                schedule = linear_schedule(&betas.data)?;
            }
            arrays.retain(|name, _| name != "alphas" && name != "alpha_bars");
            let strip =
                |(name, array): (String, Array)| (name.trim_start_matches("network.").to_string(), array);
            arrays = state_dict(arrays.into_iter().map(strip));
        }
        let config = config_of(&arrays)?;
        Ok(Self { parameters: Parameters::from_state(&config, &arrays), metadata: None, schedule })
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
        let Some(mut metadata) = self.metadata.clone() else { return serialize(None) };
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

pub(crate) fn to_raw(data: &[f32], precision: Precision) -> Vec<u8> {
    match precision {
        Precision::F32 => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        Precision::F16 => data.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
    }
}

pub(crate) fn to_array(name: &str, view: &TensorView) -> Result<Array, WeightsError> {
    let bytes = view.data();
    let data: Vec<f32> = match view.dtype() {
        Dtype::F32 => bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        Dtype::F16 => bytes.as_chunks().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect(),
        other => return Err(WeightsError::Dtype { name: name.into(), found: format!("{other:?}") }),
    };
    if data.iter().any(|x| !x.is_finite()) {
        return Err(WeightsError::NonFinite(name.into()));
    }
    Ok(Array { shape: view.shape().to_vec(), data })
}

/// The sizes of the network whose tensors these are, no more and no less, in their shapes.
fn config_of(state: &StateDict) -> Result<UNetConfig, WeightsError> {
    let broken = |name: String| {
        let missing = missing(state, &UNetConfig::tutorial());
        match state.get(&name) {
            None if missing.is_empty() => WeightsError::Missing(vec![name]),
            None => WeightsError::Missing(missing),
            Some(array) => WeightsError::Axes { name, found: array.shape.clone() },
        }
    };
    let config = config_from_shapes(state).map_err(broken)?;
    config.check()?;
    let missing = missing(state, &config);
    if !missing.is_empty() {
        return Err(WeightsError::Missing(missing));
    }
    let specs = tensors(&config);
    let known = |name: &String| specs.iter().any(|spec| spec.name == *name);
    let unexpected: Vec<String> = state.keys().filter(|name| !known(name)).cloned().collect();
    if !unexpected.is_empty() {
        return Err(WeightsError::Unexpected(unexpected));
    }
    for spec in specs {
        let found = &state[&spec.name].shape;
        if *found != spec.shape {
            return Err(WeightsError::Shape {
                name: spec.name,
                expected: spec.shape,
                found: found.clone(),
                config: Box::new(config),
            });
        }
    }
    Ok(config)
}

/// Names of the network's tensors that are not there.
fn missing(state: &StateDict, config: &UNetConfig) -> Vec<String> {
    tensors(config).into_iter().map(|spec| spec.name).filter(|name| !state.contains_key(name)).collect()
}

/// The linear schedule whose betas these are.
fn linear_schedule(betas: &[f32]) -> Result<ScheduleConfig, WeightsError> {
    let end = |beta: Option<&f32>| beta.map_or(f64::NAN, |beta| f64::from(*beta));
    let config = ScheduleConfig {
        timesteps: betas.len(),
        beta_start: end(betas.first()),
        beta_end: end(betas.last()),
        ..ScheduleConfig::default()
    };
    let schedule = Schedule::new(config)?;
    let differs = |(a, b): (&f64, &f32)| (a - f64::from(*b)).abs() > 1e-6;
    if schedule.betas.iter().zip(betas).any(differs) {
        return Err(WeightsError::Betas(config.beta_start, config.beta_end));
    }
    Ok(config)
}
