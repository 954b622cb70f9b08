//! The time embeddings' parameters and gradients, for training.

use super::{Linear, MAX_CHANNELS, TimeEmbeddings, offset};
use crate::graph::Channels;
use crate::model::tensors::TIME_DIM;

impl TimeEmbeddings {
    /// The layers' weights and biases, one after the other; the weights transposed, [in, out].
    pub(in crate::graph) fn parameters(&self) -> impl Iterator<Item = &f32> {
        self.levels.iter().flatten().flat_map(|layer| layer.weight.iter().chain(&layer.bias))
    }

    pub(in crate::graph) fn parameters_mut(&mut self) -> impl Iterator<Item = &mut f32> {
        self.levels.iter_mut().flatten().flat_map(|layer| layer.weight.iter_mut().chain(&mut layer.bias))
    }

    /// Adds the gradients of [`parameters`](Self::parameters) at `t`, from those of what
    /// [`at`](Self::at) writes.
    pub(in crate::graph) fn backward(&self, t: usize, embeddings: &[f32], gradient: &mut [f32]) {
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
}

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
