//! The time embeddings: two linear layers a level that see t alone, so once a step for all images.

use super::Channels;
use crate::arch::{LEVELS, Level, TIME_DIM, TIME_EMBED};
use crate::weights::StateDict;

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

#[cfg(feature = "native")]
impl Linear {
    fn len(&self) -> usize {
        self.weight.len() + self.bias.len()
    }

    /// Adds the gradients of the weights and then of the bias, from that of the output.
    fn backward(&self, x: &[f32], out: &[f32], gradient: &mut [f32]) {
        let (weight, bias) = gradient.split_at_mut(self.weight.len());
        let add =
            |to: &mut [f32], factor: f32| to.iter_mut().zip(out).for_each(|(to, out)| *to += factor * out);
        x.iter().zip(weight.chunks_exact_mut(out.len())).for_each(|(x, row)| add(row, *x));
        add(bias, 1.0);
    }

    fn input_gradient(&self, out: &[f32], x: &mut [f32]) {
        for (x, row) in x.iter_mut().zip(self.weight.chunks_exact(out.len())) {
            *x = row.iter().zip(out).map(|(weight, out)| weight * out).sum();
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

    /// The layers' weights and biases, one after the other; the weights transposed, [in, out].
    #[cfg(feature = "native")]
    pub(super) fn parameters(&self) -> impl Iterator<Item = &f32> {
        self.levels.iter().flatten().flat_map(|layer| layer.weight.iter().chain(&layer.bias))
    }

    #[cfg(feature = "native")]
    pub(super) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.levels.iter_mut().flatten().flat_map(|layer| layer.weight.iter_mut().chain(&mut layer.bias))
    }

    /// Adds the gradients of [`parameters`](Self::parameters) at `t`, from those of what
    /// [`at`](Self::at) writes.
    #[cfg(feature = "native")]
    pub(super) fn backward(&self, t: usize, embeddings: &[f32], gradient: &mut [f32]) {
        let row = &self.table[t * TIME_DIM..][..TIME_DIM];
        let [mut sums, mut hidden, mut back, mut embedding] = [[0.0; MAX_CHANNELS]; 4];
        let mut rest = gradient;
        for (level, [layer_1, layer_2]) in self.levels.iter().enumerate() {
            let channels = Channels::of_level(level);
            let [sums, hidden, back, embedding] =
                [&mut sums, &mut hidden, &mut back, &mut embedding].map(|all| &mut all[..channels.count]);
            for (c, x) in embedding.iter_mut().enumerate() {
                *x = embeddings[offset(level) + channels.slot(c)];
            }
            layer_1.forward(row, sums);
            for (hidden, x) in hidden.iter_mut().zip(&*sums) {
                *hidden = x / (1.0 + (-x).exp());
            }
            let (of_1, after) = rest.split_at_mut(layer_1.len());
            let (of_2, after) = after.split_at_mut(layer_2.len());
            rest = after;
            layer_2.backward(hidden, embedding, of_2);
            layer_2.input_gradient(embedding, back);
            for (back, x) in back.iter_mut().zip(&*sums) {
                let sigmoid = 1.0 / (1.0 + (-x).exp());
                *back *= sigmoid * (1.0 + x * (1.0 - sigmoid));
            }
            layer_1.backward(row, back, of_1);
        }
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
