//! What each operation means, number by number and in f64: slow, and what the engines' tests compare with.

mod backward;
pub(crate) mod trial;

pub(crate) use self::backward::gradient;

use super::Graph;
use super::ops::{BORDER, Conv, EPSILON, Kind, Norm, Op, View};
use crate::model::tensors::Parameters;

/// The network's output for one image [C, H, W].
pub(crate) fn output(
    graph: &Graph,
    parameters: &Parameters,
    x_t: &[f32],
    t: usize,
    class: Option<usize>,
) -> Vec<f32> {
    let weights = graph.gather.pack(&parameters.flat);
    let time = embeddings(graph, parameters, &weights, t, class);
    // A border or padding that an operation forgets to write would show.
    let mut scratch = vec![f32::NAN; graph.scratch_len];
    let mut output = vec![];
    for op in &graph.ops {
        match op.kind {
            Kind::Store => output = planes(&op.input).map(|place| scratch[place]).collect(),
            _ => run(op, &weights, x_t, &time, &mut scratch),
        }
    }
    assert_eq!(output.len(), x_t.len());
    output
}

fn embeddings(
    graph: &Graph,
    parameters: &Parameters,
    weights: &[f32],
    t: usize,
    class: Option<usize>,
) -> Vec<f32> {
    let mut time = vec![0.0; graph.embeddings.len()];
    graph.embeddings.forward(&weights[graph.weights_len..], &parameters.table, t, class, &mut time);
    time
}

/// One operation that is not [`Kind::Store`].
pub(crate) fn run(op: &Op, weights: &[f32], x_t: &[f32], time: &[f32], scratch: &mut [f32]) {
    match &op.kind {
        Kind::Load => {
            clear(&op.output, scratch);
            for (place, value) in planes(&op.output).zip(x_t) {
                scratch[place] = *value;
            }
        }
        Kind::Norm(norm) => normalize(norm, op, weights, time, scratch),
        Kind::Conv(conv) => convolve(conv, op, weights, scratch),
        Kind::Store => unreachable!(),
    }
}

/// A view's pixels without its border, row by row.
pub(crate) fn pixels(view: &View) -> impl Iterator<Item = (usize, usize)> + use<> {
    let side = view.side;
    (0..side * side).map(move |i| (i / side + BORDER, i % side + BORDER))
}

/// Places of a view's numbers, channel by channel: [C, H, W].
pub(crate) fn planes(view: &View) -> impl Iterator<Item = usize> {
    (0..view.channels.count)
        .flat_map(move |c| pixels(view).map(move |(y, x)| view.at(y, x) + view.channels.slot(c)))
}

fn clear(view: &View, scratch: &mut [f32]) {
    let side = view.side + 2 * BORDER;
    for i in 0..side * side {
        scratch[view.at(i / side, i % side)..][..view.channels.depth()].fill(0.0);
    }
}

/// Places of a LayerNorm's numbers, of those in its weights, and where their channel's embedding is.
fn normalized(norm: &Norm, view: &View) -> Vec<(usize, usize, Option<usize>)> {
    let depth = view.channels.depth();
    let slots = (0..view.channels.count).map(|c| view.channels.slot(c));
    slots
        .flat_map(|slot| pixels(view).enumerate().map(move |(i, (y, x))| (slot, i, (y, x))))
        .map(|(slot, i, (y, x))| {
            (view.at(y, x) + slot, i * depth + slot, norm.time.map(|offset| offset + slot))
        })
        .collect()
}

/// The numbers that a LayerNorm sees, normalised, and 1 / standard deviation.
fn standardized(norm: &Norm, view: &View, time: &[f32], scratch: &[f32]) -> (Vec<f64>, f64) {
    let shifted = |(place, _, time_place): &(usize, usize, Option<usize>)| {
        f64::from(scratch[*place]) + time_place.map_or(0.0, |place| f64::from(time[place]))
    };
    let all: Vec<f64> = normalized(norm, view).iter().map(shifted).collect();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64;
    let scale = (variance + f64::from(EPSILON)).sqrt().recip();
    (all.into_iter().map(|x| (x - mean) * scale).collect(), scale)
}

fn normalize(norm: &Norm, op: &Op, weights: &[f32], time: &[f32], scratch: &mut [f32]) {
    let (h, _) = standardized(norm, &op.input, time, scratch);
    if op.input.offset != op.output.offset {
        clear(&op.output, scratch);
    }
    for (h, (place, number, _)) in h.into_iter().zip(normalized(norm, &op.output)) {
        let [weight, bias] = [norm.weight, norm.bias].map(|offset| f64::from(weights[offset + number]));
        scratch[place] = (h * weight + bias) as f32;
    }
}

/// The places of the inputs and of the weights that an output channel sums over.
fn terms(conv: &Conv, op: &Op, (oy, ox): (usize, usize), slot: usize) -> Vec<(usize, usize)> {
    let [from, to] = [&op.input, &op.output].map(|view| view.channels.depth());
    let &Conv { kernel, stride, padding, phases, .. } = conv;
    let [(qy, ry), (qx, rx)] = [oy, ox].map(|o| ((o - BORDER) / phases, (o - BORDER) % phases));
    let mut terms = vec![];
    for tap in 0..kernel * kernel {
        let [ky, kx] = [tap / kernel, tap % kernel];
        let [iy, ix] = [qy * stride + ry + ky, qx * stride + rx + kx].map(|i| i + BORDER - padding);
        let matrix = ((ry * phases + rx) * kernel * kernel + tap) * from * to;
        for i in 0..from {
            terms.push((op.input.at(iy, ix) + i, conv.weight + matrix + i * to + slot));
        }
    }
    terms
}

fn sum(terms: &[(usize, usize)], bias: usize, weights: &[f32], scratch: &[f32]) -> f64 {
    let product = |(x, weight): &(usize, usize)| f64::from(scratch[*x]) * f64::from(weights[*weight]);
    f64::from(weights[bias]) + terms.iter().map(product).sum::<f64>()
}

fn convolve(conv: &Conv, op: &Op, weights: &[f32], scratch: &mut [f32]) {
    clear(&op.output, scratch);
    for pixel in pixels(&op.output) {
        for slot in 0..op.output.channels.depth() {
            let sum = sum(&terms(conv, op, pixel, slot), conv.bias + slot, weights, scratch);
            let value = if conv.silu { sum / (1.0 + (-sum).exp()) } else { sum };
            scratch[op.output.at(pixel.0, pixel.1) + slot] = value as f32;
        }
    }
}
