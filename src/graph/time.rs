//! The time embeddings: two linear layers a level that see t alone, so once a step for all images.

#[cfg(feature = "native")]
mod backward;

use super::Channels;
use crate::model::file::StateDict;
use crate::model::tensors::{LEVELS, Level, TIME_DIM, TIME_EMBED};

/// A linear layer, its weights transposed to [in, out]: each input adds a row to the output.
struct Linear {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    fn new(state: &StateDict, name: &str) -> Self {
        let bias = state[&format!("{name}.bias")].data.clone();
        let weight = &state[&format!("{name}.weight")].data;
        let inputs = weight.len() / bias.len();
        let transposed = (0..weight.len()).map(|i| weight[i % bias.len() * inputs + i / bias.len()]);
        Self { weight: transposed.collect(), bias }
    }

    fn forward(&self, x: &[f32], out: &mut [f32]) {
        out.copy_from_slice(&self.bias);
        for (x, row) in x.iter().zip(self.weight.chunks_exact(out.len())) {
            for (out, weight) in out.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
    }
}

/// At least as many channels as any level starts with.
const MAX_CHANNELS: usize = 128;

/// The sinusoidal table, [1000, 100], and each level's two layers.
#[cfg_attr(test, derive(Default))]
pub(super) struct TimeEmbeddings {
    table: Vec<f32>,
    levels: Vec<[Linear; 2]>,
}

/// Where level `level`'s embedding starts among all levels': they follow each other.
pub(super) fn offset(level: usize) -> usize {
    (0..level).map(|level| Channels::of_level(level).depth()).sum()
}

impl TimeEmbeddings {
    pub(super) fn new(state: &StateDict) -> Self {
        let layers = |Level { name, .. }: &Level| {
            ["layer_1", "layer_2"].map(|layer| Linear::new(state, &format!("{name}_time_embedding.{layer}")))
        };
        Self { table: state[TIME_EMBED].data.clone(), levels: LEVELS.iter().map(layers).collect() }
    }

    /// Of both layers of all levels.
    pub(super) fn multiply_adds(&self) -> usize {
        self.levels.iter().flatten().map(|layer| layer.weight.len()).sum()
    }

    pub(super) fn len(&self) -> usize {
        offset(LEVELS.len())
    }

    pub(super) fn at(&self, t: usize, out: &mut [f32]) {
        out.fill(0.0);
        let row = &self.table[t * TIME_DIM..][..TIME_DIM];
        let [mut hidden, mut embedding] = [[0.0; MAX_CHANNELS]; 2];
        for (level, [layer_1, layer_2]) in self.levels.iter().enumerate() {
            let channels = Channels::of_level(level);
            let [hidden, embedding] = [&mut hidden[..channels.count], &mut embedding[..channels.count]];
            layer_1.forward(row, hidden);
            hidden.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp());
            layer_2.forward(hidden, embedding);
            for (c, x) in embedding.iter().enumerate() {
                out[offset(level) + channels.slot(c)] = *x;
            }
        }
    }
}
