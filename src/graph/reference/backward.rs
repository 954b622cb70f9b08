//! The way back through every operation, from its definition: the oracle of the engines' gradients.

use super::{embeddings, normalized, pixels, planes, run, standardized, sum, terms};
use crate::graph::Graph;
use crate::graph::backward::TrainingGraph;
use crate::graph::ops::{Conv, Kind, Norm, Op};
use crate::model::tensors::Parameters;

/// The gradient of the sum of `of_output` times the network's output, with respect to every parameter as one
/// flat vector. It goes over the training graph's operations, in which every tensor keeps its place, and knows
/// nothing of the ways back that the graph says.
pub(crate) fn gradient(
    training: &TrainingGraph,
    parameters: &Parameters,
    x_t: &[f32],
    (t, class): (usize, Option<usize>),
    of_output: &[f32],
) -> Vec<f64> {
    let graph = &training.graph;
    let weights = graph.gather.pack(&parameters.flat);
    let time = embeddings(graph, parameters, &weights, t, class);
    let mut scratch = vec![0.0; graph.scratch_len];
    let (store, ops) = graph.ops.split_last().expect("a graph has operations");
    ops.iter().for_each(|op| run(op, &weights, x_t, &time, &mut scratch));

    let mut back = Back {
        weights: &weights,
        time: &time,
        scratch: &scratch,
        tensors: vec![0.0; scratch.len()],
        packed: vec![0.0; weights.len()],
        of_time: vec![0.0; time.len()],
    };
    planes(&store.input).zip(of_output).for_each(|(place, g)| back.tensors[place] = f64::from(*g));
    for op in ops.iter().rev() {
        match &op.kind {
            Kind::Conv(conv) => back.convolution(conv, op),
            Kind::Norm(norm) => back.norm(norm, op),
            Kind::Load | Kind::Store => (),
        }
    }
    let Back { mut packed, of_time, .. } = back;
    let differences = embedding_gradient(graph, parameters, &weights, (t, class), &of_time);
    packed[graph.weights_len..].iter_mut().zip(differences).for_each(|(to, g)| *to += g);

    let mut flat = vec![0.0; graph.gather.flat_len];
    let places = (0..training.forward_len).chain(graph.weights_len..packed.len());
    for place in places {
        if let Some(number) = flat.get_mut(graph.gather.sources[place] as usize) {
            *number += packed[place];
        }
    }
    flat
}

/// What the way back has so far.
struct Back<'a> {
    weights: &'a [f32],
    time: &'a [f32],
    /// All tensors after the forward pass.
    scratch: &'a [f32],
    /// The gradient of each of their numbers.
    tensors: Vec<f64>,
    /// Of each packed weight.
    packed: Vec<f64>,
    of_time: Vec<f64>,
}

impl Back<'_> {
    fn convolution(&mut self, conv: &Conv, op: &Op) {
        for pixel in pixels(&op.output) {
            for c in 0..op.output.channels.count {
                let slot = op.output.channels.slot(c);
                let terms = terms(conv, op, pixel, slot);
                let mut g = self.tensors[op.output.at(pixel.0, pixel.1) + slot];
                if conv.silu {
                    let sum = sum(&terms, conv.bias + slot, self.weights, self.scratch);
                    let sigmoid = 1.0 / (1.0 + (-sum).exp());
                    g *= sigmoid * (1.0 + sum * (1.0 - sigmoid));
                }
                self.packed[conv.bias + slot] += g;
                for (x, weight) in terms {
                    self.packed[weight] += g * f64::from(self.scratch[x]);
                    self.tensors[x] += g * f64::from(self.weights[weight]);
                }
            }
        }
    }

    fn norm(&mut self, norm: &Norm, op: &Op) {
        let (h, scale) = standardized(norm, &op.input, self.time, self.scratch);
        let mut g = vec![];
        for (h, (place, number, _)) in h.iter().zip(normalized(norm, &op.output)) {
            let dy = self.tensors[place];
            self.packed[norm.weight + number] += dy * h;
            self.packed[norm.bias + number] += dy;
            g.push(dy * f64::from(self.weights[norm.weight + number]));
        }
        let n = g.len() as f64;
        let mean = g.iter().sum::<f64>() / n;
        let product = g.iter().zip(&h).map(|(g, h)| g * h).sum::<f64>() / n;
        for ((g, h), (place, _, time)) in g.into_iter().zip(h).zip(normalized(norm, &op.input)) {
            let dx = scale * (g - mean - h * product);
            self.tensors[place] += dx;
            if let Some(time) = time {
                self.of_time[time] += dx;
            }
        }
    }
}

/// Of the embeddings' packed weights: a central difference would be too slow for all of them, and
/// [`Embeddings::backward`](crate::graph::embedding::Embeddings::backward) is short: a test holds it against
/// differences.
fn embedding_gradient(
    graph: &Graph,
    parameters: &Parameters,
    weights: &[f32],
    (t, class): (usize, Option<usize>),
    of_time: &[f64],
) -> Vec<f64> {
    let own = &weights[graph.weights_len..];
    let of_time: Vec<f32> = of_time.iter().map(|g| *g as f32).collect();
    let mut gradient = vec![0.0; own.len()];
    graph.embeddings.backward(own, &parameters.table, t, class, &of_time, &mut gradient);
    gradient.into_iter().map(f64::from).collect()
}
