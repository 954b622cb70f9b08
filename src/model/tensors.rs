//! The network's tensors: names, shapes, initial values, and all trainable ones as one vector.
//!
//! Names and shapes are those of the tutorial's `state_dict()`, generalised to any [`UNetConfig`].

use super::config::{BLOCKS, Level, Resample, TIME_DIM, UNetConfig};
use crate::core::image::ImageSpec;
use crate::core::noise::{self, Use};
use crate::core::schedule::MAX_TIMESTEPS;
use std::collections::BTreeMap;

/// The frozen sinusoidal table, [1000, 100].
pub const TIME_EMBED: &str = "time_embed.weight";
/// A row for each class, and a last one for "no class": [classes + 1, 100].
pub const CLASS_EMBED: &str = "class_embed.weight";

/// A tensor's shape and its numbers, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    pub shape: Vec<usize>,
    pub data: Vec<f32>,
}

/// A model's tensors by the tutorial's names.
pub type StateDict = BTreeMap<String, Array>;

/// A state dict of these tensors. They are put in one by one: collecting would bring in a sort for each place that
/// does, which the page's visitors would have to download.
pub(super) fn state_dict(arrays: impl Iterator<Item = (String, Array)>) -> StateDict {
    let mut state = StateDict::new();
    arrays.for_each(|(name, array)| drop(state.insert(name, array)));
    state
}

/// How a tensor starts before training; PyTorch's defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Init {
    /// Uniform in +-1/sqrt(fan_in).
    FanIn(usize),
    /// N(0, 1).
    Normal,
    Ones,
    Zeros,
    Sinusoidal,
}

/// A tensor of the state dict.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorSpec {
    pub name: String,
    pub shape: Vec<usize>,
    init: Init,
}

impl TensorSpec {
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether training changes it: everything but the time-embedding table.
    pub fn trainable(&self) -> bool {
        self.init != Init::Sinusoidal
    }
}

/// Every tensor of the state dict, in the order in which the network uses them, the class table last.
pub fn tensors(config: &UNetConfig) -> Vec<TensorSpec> {
    let mut list = List(vec![]);
    list.push(TIME_EMBED.into(), &[MAX_TIMESTEPS, TIME_DIM], Init::Sinusoidal);
    for Level { name, side, channels } in config.levels() {
        let dim = channels[0];
        list.layer(&format!("{name}_time_embedding.layer_1"), &[dim, TIME_DIM], dim, TIME_DIM);
        list.layer(&format!("{name}_time_embedding.layer_2"), &[dim, dim], dim, dim);
        for block in 0..BLOCKS {
            let [from, to] = [channels[block], channels[block + 1]];
            let name = format!("{name}_block.{block}");
            list.push(format!("{name}.layer_norm.weight"), &[from, side, side], Init::Ones);
            list.push(format!("{name}.layer_norm.bias"), &[from, side, side], Init::Zeros);
            list.layer(&format!("{name}.conv_1"), &[to, from, 3, 3], to, from * 9);
            list.layer(&format!("{name}.conv_2"), &[to, to, 3, 3], to, to * 9);
        }
    }
    for Resample { name, channels, kernel, .. } in config.down().into_iter().chain(config.up()).flatten() {
        let fan_in = channels * kernel * kernel;
        list.layer(&name, &[channels, channels, kernel, kernel], channels, fan_in);
    }
    let ([width, ..], channels) = (config.widths, config.image.channels);
    list.layer("conv_out", &[channels, width, 3, 3], channels, 9 * width);
    if let Some(classes) = config.classes {
        list.push(CLASS_EMBED.into(), &[classes + 1, TIME_DIM], Init::Normal);
    }
    list.0
}

/// Reads the sizes off a state dict's shapes, from the few tensors that show them; the others are yet to
/// be compared with [`tensors`]. `None` where one of the few is not there or has
/// another number of axes: its name.
pub(super) fn config_from_shapes(state: &StateDict) -> Result<UNetConfig, String> {
    let find = |name: &str, axes: usize| match state.get(name) {
        Some(array) if array.shape.len() == axes => Ok(&array.shape),
        _ => Err(name.to_string()),
    };
    let norm = find("layer_1_block.0.layer_norm.weight", 3)?;
    let width = |level: usize| find(&format!("layer_{level}_block.0.conv_1.weight"), 4).map(|shape| shape[0]);
    let classes = match state.contains_key(CLASS_EMBED) {
        true => Some(find(CLASS_EMBED, 2)?[0].saturating_sub(1)),
        false => None,
    };
    Ok(UNetConfig {
        image: ImageSpec { channels: norm[0], side: norm[2] },
        widths: [width(1)?, width(2)?, width(3)?],
        classes,
    })
}

/// How many numbers training changes.
pub fn parameter_count(config: &UNetConfig) -> usize {
    tensors(config).iter().filter(|spec| spec.trainable()).map(TensorSpec::elements).sum()
}

struct List(Vec<TensorSpec>);

impl List {
    fn push(&mut self, name: String, shape: &[usize], init: Init) {
        self.0.push(TensorSpec { name, shape: shape.to_vec(), init });
    }

    /// A weight and a bias that share their fan-in.
    fn layer(&mut self, name: &str, shape: &[usize], outputs: usize, fan_in: usize) {
        self.push(format!("{name}.weight"), shape, Init::FanIn(fan_in));
        self.push(format!("{name}.bias"), &[outputs], Init::FanIn(fan_in));
    }
}

/// The tutorial's sinusoidal table, [rows, d]: sin in even columns, cos in odd ones. Column pairs
/// 2i, 2i + 1 share the frequency 1 / 10000^(4i / d) (the tutorial's exponent, twice the usual).
pub fn sinusoidal_embedding(rows: usize, d: usize) -> Vec<f32> {
    let frequency = |column: usize| 10_000f64.powf(-2.0 * (column - column % 2) as f64 / d as f64) as f32;
    let frequencies: Vec<f32> = (0..d).map(frequency).collect();
    let mut table = vec![0.0; rows * d];
    for (t, row) in table.chunks_exact_mut(d).enumerate() {
        for (column, (cell, frequency)) in row.iter_mut().zip(&frequencies).enumerate() {
            let angle = t as f32 * frequency;
            *cell = if column.is_multiple_of(2) { libm::sinf(angle) } else { libm::cosf(angle) };
        }
    }
    table
}

/// A network's numbers: what an engine computes with and training changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    pub config: UNetConfig,
    /// The frozen time-embedding table, [1000, 100].
    pub table: Vec<f32>,
    /// All trainable tensors, one after the other in the order of [`tensors`].
    pub flat: Vec<f32>,
}

impl Parameters {
    /// Untrained ones; a seed gives the same ones everywhere.
    pub fn init(config: &UNetConfig, seed: u64) -> Self {
        let mut flat = vec![];
        for (place, spec) in tensors(config).into_iter().enumerate() {
            let mut data = vec![0.0; spec.elements()];
            match spec.init {
                Init::Sinusoidal => continue,
                Init::Zeros => (),
                Init::Ones => data.fill(1.0),
                Init::Normal => noise::gaussian(seed, Use::Init, place as u32, 0, &mut data),
                Init::FanIn(fan_in) => {
                    let mut rng = noise::stream(seed, Use::Init, place as u32, 0);
                    let limit = (fan_in as f32).sqrt().recip();
                    data.iter_mut().for_each(|x| *x = noise::symmetric(&mut rng, limit));
                }
            }
            flat.extend(data);
        }
        Self::from_flat(config, flat)
    }

    /// With the usual time-embedding table.
    ///
    /// # Panics
    /// When there are not as many numbers as the network has.
    pub fn from_flat(config: &UNetConfig, flat: Vec<f32>) -> Self {
        assert_eq!(flat.len(), parameter_count(config), "numbers of {config}");
        Self { config: config.clone(), table: sinusoidal_embedding(MAX_TIMESTEPS, TIME_DIM), flat }
    }

    /// Takes the numbers of a state dict that is complete and of the right shapes.
    ///
    /// # Panics
    /// When a tensor is missing.
    pub fn from_state(config: &UNetConfig, state: &StateDict) -> Self {
        let mut flat = Vec::with_capacity(parameter_count(config));
        for spec in tensors(config).into_iter().filter(TensorSpec::trainable) {
            flat.extend_from_slice(&state[&spec.name].data);
        }
        Self { config: config.clone(), table: state[TIME_EMBED].data.clone(), flat }
    }

    /// The same network for so many classes. A table that it does not have yet is of zeros, and so changes no output;
    /// one that is not wanted is left out. None where it has another number of classes.
    pub fn with_classes(&self, classes: Option<usize>) -> Option<Self> {
        let config = UNetConfig { classes, ..self.config.clone() };
        if self.config.classes.is_some() && classes.is_some() && classes != self.config.classes {
            return None;
        }
        let state = self.to_state();
        let trainable = tensors(&config).into_iter().filter(TensorSpec::trainable);
        let numbers = |spec: TensorSpec| match state.get(&spec.name) {
            Some(array) => array.data.clone(),
            None => vec![0.0; spec.elements()],
        };
        let flat = trainable.flat_map(numbers).collect();
        Some(Self { config, table: self.table.clone(), flat })
    }

    /// The tensors by name.
    pub fn to_state(&self) -> StateDict {
        let mut rest = &self.flat[..];
        let array = |spec: TensorSpec| {
            let data = if spec.trainable() {
                let own;
                (own, rest) = rest.split_at(spec.elements());
                own.to_vec()
            } else {
                self.table.clone()
            };
            (spec.name, Array { shape: spec.shape, data })
        };
        state_dict(tensors(&self.config).into_iter().map(array))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_tutorials_parameters() {
        let tensors = tensors(&UNetConfig::tutorial());
        assert_eq!(tensors.len(), 173);
        assert_eq!(parameter_count(&UNetConfig::tutorial()), 506_852);
    }

    #[test]
    fn has_the_reference_configs_parameters() {
        for (side, channels, widths, classes, count) in [
            (28, 1, [6, 10, 14], Some(10), 156_036),
            (32, 3, [5, 8, 12], None, 148_324),
            (16, 3, [10, 20, 40], Some(5), 383_434),
            (28, 1, [18, 22, 26], None, 515_680),
        ] {
            let config = UNetConfig { image: ImageSpec { side, channels }, widths, classes };
            assert_eq!(parameter_count(&config), count, "{config}");
        }
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_gives_others() {
        let init = |seed| Parameters::init(&UNetConfig::tutorial(), seed);
        assert_eq!(init(1), init(1));
        let [one, two] = [1, 2].map(|seed| init(seed).to_state());
        assert_ne!(one["conv_out.weight"], two["conv_out.weight"]);
        let weight = &one["layer_4_block.0.conv_1.weight"].data;
        let limit = 1.0 / (80.0 * 9.0f32).sqrt();
        assert!(weight.iter().all(|w| w.abs() <= limit));
        let variance = weight.iter().map(|w| w * w).sum::<f32>() / weight.len() as f32;
        assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.03);
    }

    #[test]
    fn classes_are_added_as_zeros_and_left_out() {
        let plain = Parameters::init(&UNetConfig::tutorial(), 4);
        let told = plain.with_classes(Some(3)).unwrap();
        assert_eq!(told.config.classes, Some(3));
        assert_eq!(told.to_state()[CLASS_EMBED].data, [0.0; 4 * TIME_DIM]);
        assert_eq!(told.flat.len(), plain.flat.len() + 4 * TIME_DIM);
        assert_eq!(told.with_classes(None).unwrap(), plain);
        assert_eq!(told.with_classes(Some(3)).unwrap(), told);
        assert!(told.with_classes(Some(4)).is_none());
    }

    #[test]
    fn a_state_dict_comes_back() {
        let config = UNetConfig { classes: Some(3), ..UNetConfig::tutorial() };
        let parameters = Parameters::init(&config, 4);
        assert_eq!(Parameters::from_state(&config, &parameters.to_state()), parameters);
    }
}
