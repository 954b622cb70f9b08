//! The UNet's architecture as a table: the one place that knows its layers' names and sizes.
//!
//! The Burn module, the check of a weights file and the initial weights all derive from it.
//! Names and shapes are those of the tutorial's `state_dict()`.

use crate::core::noise::{self, Use};
use crate::core::schedule::MAX_TIMESTEPS;
use crate::model::file::{Array, StateDict};

/// Width of a row of the time-embedding table.
pub const TIME_DIM: usize = 100;
/// The frozen sinusoidal table, [1000, 100].
pub const TIME_EMBED: &str = "time_embed.weight";

/// One resolution of the UNet: a time embedding of `channels[0]` numbers and three blocks, block i
/// taking `channels[i]` to `channels[i + 1]` channels on `side` x `side` pixels.
pub struct Level {
    pub name: &'static str,
    pub side: usize,
    pub channels: [usize; 4],
}

impl Level {
    /// Whether block `block` starts with its LayerNorm; the network's very last one does not.
    pub fn normalizes(&self, block: usize) -> bool {
        !(self.name == "layer_6" && block == 2)
    }
}

/// A convolution between two levels, as many channels out as in.
pub struct Resample {
    pub name: &'static str,
    pub channels: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

const fn level(name: &'static str, side: usize, channels: [usize; 4]) -> Level {
    Level { name, side, channels }
}

/// Halves (or, transposed, doubles) the image's side.
const fn by_two(name: &'static str, channels: usize) -> Resample {
    Resample { name, channels, kernel: 4, stride: 2, padding: 1 }
}

/// Takes 7 pixels to 6 (or, transposed, 6 to 7).
const fn by_one(name: &'static str, channels: usize) -> Resample {
    Resample { name, channels, kernel: 2, stride: 1, padding: 0 }
}

/// Down to the bottleneck and up again; levels 4, 5 and 6 start from twice the channels, the skip
/// connection's and those from below.
pub const LEVELS: [Level; 7] = [
    level("layer_1", 28, [1, 10, 10, 10]),
    level("layer_2", 14, [10, 20, 20, 20]),
    level("layer_3", 7, [20, 40, 40, 40]),
    level("layer_bottleneck", 3, [40, 20, 20, 40]),
    level("layer_4", 7, [80, 40, 20, 20]),
    level("layer_5", 14, [40, 20, 10, 10]),
    level("layer_6", 28, [20, 10, 10, 10]),
];
pub const DOWN: [Resample; 4] = [
    by_two("layer_1_down", 10),
    by_two("layer_2_down", 20),
    by_one("layer_3_down.0", 40),
    by_two("layer_3_down.2", 40),
];
pub const UP: [Resample; 4] = [
    by_two("layer_4_up.0", 40),
    by_one("layer_4_up.2", 40),
    by_two("layer_5_up", 20),
    by_two("layer_6_up", 10),
];

/// How a tensor starts before training; PyTorch's defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Init {
    /// Uniform in +-1/sqrt(fan_in).
    FanIn(usize),
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

/// Every tensor of the state dict, in the order in which the network uses them.
pub fn tensors() -> Vec<TensorSpec> {
    let mut list = List(vec![]);
    list.push(TIME_EMBED.into(), &[MAX_TIMESTEPS, TIME_DIM], Init::Sinusoidal);
    for Level { name, side, channels } in &LEVELS {
        let dim = channels[0];
        list.layer(&format!("{name}_time_embedding.layer_1"), &[dim, TIME_DIM], dim, TIME_DIM);
        list.layer(&format!("{name}_time_embedding.layer_2"), &[dim, dim], dim, dim);
        for block in 0..3 {
            let [from, to] = [channels[block], channels[block + 1]];
            let name = format!("{name}_block.{block}");
            list.push(format!("{name}.layer_norm.weight"), &[from, *side, *side], Init::Ones);
            list.push(format!("{name}.layer_norm.bias"), &[from, *side, *side], Init::Zeros);
            list.layer(&format!("{name}.conv_1"), &[to, from, 3, 3], to, from * 9);
            list.layer(&format!("{name}.conv_2"), &[to, to, 3, 3], to, to * 9);
        }
    }
    for Resample { name, channels, kernel, .. } in DOWN.iter().chain(&UP) {
        let fan_in = channels * kernel * kernel;
        list.layer(name, &[*channels, *channels, *kernel, *kernel], *channels, fan_in);
    }
    list.layer("conv_out", &[1, 10, 3, 3], 1, 90);
    list.0
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
    let cell = |t: usize, column: usize| {
        let frequency = 10_000f64.powf(-2.0 * (column - column % 2) as f64 / d as f64) as f32;
        let angle = t as f32 * frequency;
        if column.is_multiple_of(2) { libm::sinf(angle) } else { libm::cosf(angle) }
    };
    (0..rows).flat_map(|t| (0..d).map(move |column| cell(t, column))).collect()
}

/// Untrained weights; a seed gives the same ones everywhere.
pub fn init(seed: u64) -> StateDict {
    let array = |(place, spec): (usize, TensorSpec)| {
        let data = match spec.init {
            Init::Ones => vec![1.0; spec.elements()],
            Init::Zeros => vec![0.0; spec.elements()],
            Init::Sinusoidal => sinusoidal_embedding(spec.shape[0], spec.shape[1]),
            Init::FanIn(fan_in) => {
                let mut rng = noise::stream(seed, Use::Init, place as u32, 0);
                let limit = (fan_in as f32).sqrt().recip();
                (0..spec.elements()).map(|_| noise::symmetric(&mut rng, limit)).collect()
            }
        };
        (spec.name, Array { shape: spec.shape, data })
    };
    tensors().into_iter().enumerate().map(array).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_tutorials_parameters() {
        let tensors = tensors();
        assert_eq!(tensors.len(), 173);
        let count: usize = tensors.iter().filter(|spec| spec.trainable()).map(TensorSpec::elements).sum();
        assert_eq!(count, 506_852);
    }

    #[test]
    fn a_seed_gives_the_same_weights_and_another_gives_others() {
        assert_eq!(init(1), init(1));
        assert_ne!(init(1)["conv_out.weight"], init(2)["conv_out.weight"]);
        let weight = &init(1)["layer_4_block.0.conv_1.weight"].data;
        let limit = 1.0 / (80.0 * 9.0f32).sqrt();
        assert!(weight.iter().all(|w| w.abs() <= limit));
        let variance = weight.iter().map(|w| w * w).sum::<f32>() / weight.len() as f32;
        assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.03);
    }
}
