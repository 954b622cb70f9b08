//! The embeddings of t and of the class: two linear layers a level, which see neither images nor pixels.
//! So they run once for each t and class that a batch has.

use super::gather::{PADDING, Sources};
use super::ops::Channels;
use crate::model::config::{BOTTLENECK, LEVELS, MAX_WIDTH, TIME_DIM, UNetConfig};
use crate::model::tensors::CLASS_EMBED;

/// The most channels that a level starts with.
const MAX_CHANNELS: usize = 2 * MAX_WIDTH;

/// A linear layer's offsets in the embeddings' packed weights; its weights are [in, out], so that each input
/// adds a row to the output. The bias follows them.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    pub inputs: usize,
    pub outputs: usize,
    pub weight: usize,
    pub bias: usize,
}

/// A level's embedding: the channels that the level starts with, and the two layers.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    pub channels: Channels,
    pub layers: [Linear; 2],
}

/// Which layers there are, and where their numbers lie.
#[derive(Clone, Debug, Default)]
pub struct Embeddings {
    levels: Vec<Level>,
    /// Classes, and the offset of the class table.
    classes: Option<(usize, usize)>,
}

/// The channels that a level starts with: above the bottleneck, half are the skip connection's.
pub(super) fn first_channels(level: usize, count: usize, pad: usize) -> Channels {
    if level > BOTTLENECK { Channels::halves(count, pad) } else { Channels::new(count, pad) }
}

impl Embeddings {
    /// The layers, and where the numbers of their packed weights come from.
    pub(super) fn new(config: &UNetConfig, pad: usize, sources: &Sources) -> (Self, Vec<u32>) {
        let mut packed = vec![];
        let mut linear = |name: String, inputs: usize, outputs: usize| {
            let [weight, bias] = ["weight", "bias"].map(|half| sources.start(&format!("{name}.{half}")));
            let place = |i: usize, o: usize| weight + (o * inputs + i) as u32;
            let layer =
                Linear { inputs, outputs, weight: packed.len(), bias: packed.len() + inputs * outputs };
            packed.extend((0..inputs).flat_map(|i| (0..outputs).map(move |o| place(i, o))));
            packed.extend(bias..bias + outputs as u32);
            layer
        };
        let mut levels = vec![];
        for (place, level) in config.levels().iter().enumerate() {
            let channels = first_channels(place, level.channels[0], pad);
            let name = |layer: usize| format!("{}_time_embedding.layer_{layer}", level.name);
            let first = linear(name(1), TIME_DIM, channels.count);
            let second = linear(name(2), channels.count, channels.count);
            levels.push(Level { channels, layers: [first, second] });
        }
        let classes = config.classes.map(|classes| {
            let start = sources.start(CLASS_EMBED);
            let offset = packed.len();
            packed.extend(start..start + ((classes + 1) * TIME_DIM) as u32);
            (classes, offset)
        });
        debug_assert!(levels.len() == LEVELS && !packed.contains(&PADDING));
        (Self { levels, classes }, packed)
    }

    /// Where level `level`'s embedding starts among all levels': they follow each other.
    pub(super) fn offset(&self, level: usize) -> usize {
        self.levels[..level].iter().map(|level| level.channels.depth()).sum()
    }

    /// The levels, whose embeddings follow each other.
    pub fn levels(&self) -> impl Iterator<Item = Level> {
        self.levels.iter().copied()
    }

    /// Offset of the class table in the packed weights, where there are classes.
    pub fn classes(&self) -> Option<usize> {
        self.classes.map(|(_, offset)| offset)
    }

    /// Numbers that [`forward`](Self::forward) writes.
    pub fn len(&self) -> usize {
        self.offset(self.levels.len())
    }

    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// For both layers of all levels.
    pub(super) fn multiply_adds(&self) -> usize {
        self.levels.iter().flat_map(|level| level.layers).map(|layer| layer.inputs * layer.outputs).sum()
    }

    /// The row that the layers see: the table's at `t`, plus the class's, or that of "no class".
    fn row(&self, weights: &[f32], table: &[f32], t: usize, class: Option<usize>) -> [f32; TIME_DIM] {
        let mut row = [0.0; TIME_DIM];
        row.copy_from_slice(&table[t * TIME_DIM..][..TIME_DIM]);
        if let Some(offset) = self.class_row(class) {
            row.iter_mut().zip(&weights[offset..]).for_each(|(row, class)| *row += class);
        }
        row
    }

    /// Offset of a class's row.
    ///
    /// # Panics
    /// When the network has no such class.
    fn class_row(&self, class: Option<usize>) -> Option<usize> {
        let Some((classes, offset)) = self.classes else {
            assert!(class.is_none(), "a network without classes was told one");
            return None;
        };
        let class = class.unwrap_or(classes);
        assert!(class <= classes, "class {class} of {classes}");
        Some(offset + class * TIME_DIM)
    }

    /// Every level's embedding of `t` and `class`. `weights` are the embeddings' packed ones, `table` is
    /// [rows, 100], and `out` holds [`len`](Self::len) numbers; padding channels are 0.
    ///
    /// # Panics
    /// When the table has no row for `t`, or the network no such class.
    pub fn forward(&self, weights: &[f32], table: &[f32], t: usize, class: Option<usize>, out: &mut [f32]) {
        out.fill(0.0);
        let row = self.row(weights, table, t, class);
        let [mut hidden, mut embedding] = [[0.0; MAX_CHANNELS]; 2];
        let mut rest = out;
        for Level { channels, layers: [layer_1, layer_2] } in &self.levels {
            let [hidden, embedding] = [&mut hidden[..channels.count], &mut embedding[..channels.count]];
            layer_1.forward(weights, &row, hidden);
            hidden.iter_mut().for_each(|x| *x /= 1.0 + (-*x).exp());
            layer_2.forward(weights, hidden, embedding);
            let (own, after) = rest.split_at_mut(channels.depth());
            rest = after;
            for (c, x) in embedding.iter().enumerate() {
                own[channels.slot(c)] = *x;
            }
        }
    }

    /// Adds the gradients of the packed weights at `t` and `class`, from those of what
    /// [`forward`](Self::forward) writes.
    pub fn backward(
        &self,
        weights: &[f32],
        table: &[f32],
        t: usize,
        class: Option<usize>,
        embeddings: &[f32],
        gradient: &mut [f32],
    ) {
        let row = self.row(weights, table, t, class);
        let mut row_gradient = [0.0; TIME_DIM];
        let [mut sums, mut hidden, mut back, mut embedding] = [[0.0; MAX_CHANNELS]; 4];
        let mut rest = embeddings;
        for Level { channels, layers: [layer_1, layer_2] } in &self.levels {
            let [sums, hidden, back, embedding] =
                [&mut sums, &mut hidden, &mut back, &mut embedding].map(|all| &mut all[..channels.count]);
            let (own, after) = rest.split_at(channels.depth());
            rest = after;
            for (c, x) in embedding.iter_mut().enumerate() {
                *x = own[channels.slot(c)];
            }
            layer_1.forward(weights, &row, sums);
            for (hidden, x) in hidden.iter_mut().zip(&*sums) {
                *hidden = x / (1.0 + (-x).exp());
            }
            layer_2.backward(hidden, embedding, gradient);
            layer_2.input_gradient(weights, embedding, back);
            for (back, x) in back.iter_mut().zip(&*sums) {
                let sigmoid = 1.0 / (1.0 + (-x).exp());
                *back *= sigmoid * (1.0 + x * (1.0 - sigmoid));
            }
            layer_1.backward(&row, back, gradient);
            if self.classes.is_some() {
                let mut own = [0.0; TIME_DIM];
                layer_1.input_gradient(weights, back, &mut own);
                row_gradient.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            }
        }
        if let Some(offset) = self.class_row(class) {
            gradient[offset..].iter_mut().zip(row_gradient).for_each(|(sum, own)| *sum += own);
        }
    }
}

impl Linear {
    fn matrix<'a>(&self, weights: &'a [f32]) -> &'a [f32] {
        &weights[self.weight..][..self.inputs * self.outputs]
    }

    fn forward(&self, weights: &[f32], x: &[f32], out: &mut [f32]) {
        out.copy_from_slice(&weights[self.bias..][..self.outputs]);
        for (x, row) in x.iter().zip(self.matrix(weights).chunks_exact(self.outputs)) {
            for (out, weight) in out.iter_mut().zip(row) {
                *out += x * weight;
            }
        }
    }

    /// Adds the gradients of the weights and of the bias, from that of the output.
    fn backward(&self, x: &[f32], out: &[f32], gradient: &mut [f32]) {
        let (weight, bias) = gradient[self.weight..][..(self.inputs + 1) * self.outputs]
            .split_at_mut(self.inputs * self.outputs);
        let add =
            |to: &mut [f32], factor: f32| to.iter_mut().zip(out).for_each(|(to, out)| *to += factor * out);
        x.iter().zip(weight.chunks_exact_mut(self.outputs)).for_each(|(x, row)| add(row, *x));
        add(bias, 1.0);
    }

    fn input_gradient(&self, weights: &[f32], out: &[f32], x: &mut [f32]) {
        for (x, row) in x.iter_mut().zip(self.matrix(weights).chunks_exact(self.outputs)) {
            *x = row.iter().zip(out).map(|(weight, out)| weight * out).sum();
        }
    }
}
