//! A training graph's operations as the shader reads them: an image's way forwards, its way back, and what the weights'
//! gradients are summed from.

use super::super::layout::{CONV, KEEP, NORM, Op, TILE_CHANNELS};
use super::super::table;
use super::layout::*;
use super::places::Places;
use crate::graph::backward::{Back, TrainingGraph};
use crate::graph::embedding::Level;
use crate::graph::ops::{self, BORDER, Kind, LANES, View};
use crate::model::config::TIME_DIM;

/// The rows, in one list.
pub(super) struct Table {
    pub(super) rows: Vec<Op>,
    /// How many are an image's way; the rest are jobs'.
    pub(super) walk: usize,
}

impl Table {
    pub(super) fn new(graph: &TrainingGraph, places: &Places) -> Self {
        let forward = &graph.graph;
        let (layers, layers_back, of_layers) = linear(graph, places);
        let mut rows = layers;
        rows.extend(forward.ops.iter().enumerate().map(|(n, op)| there(op, places.moments + 2 * n)));
        let pairs = || forward.ops.iter().zip(&graph.back).enumerate();
        rows.extend(pairs().rev().filter_map(|(n, (op, back))| way_back(op, back, places.moments + 2 * n)));
        rows.extend(layers_back);
        let walk = rows.len();
        rows.extend(pairs().flat_map(|(n, (op, back))| of_weights(op, back, places.moments + 2 * n)));
        rows.extend(of_layers);
        rows.push(Op { kind: OF_LOSS, ..Op::default() });
        Self { rows, walk }
    }
}

fn number(x: usize) -> u32 {
    x as u32
}

/// Pixel (0, 0) of a view.
fn first(view: &View) -> u32 {
    number(view.at(BORDER, BORDER))
}

/// An operation on the way forwards.
fn there(op: &ops::Op, moments: usize) -> Op {
    let row = table::row(op);
    match op.kind {
        Kind::Conv(conv) if conv.silu => Op { finish: SILU_AND_SLOPE, ..row },
        Kind::Norm(_) => Op { moments: number(moments), ..row },
        _ => row,
    }
}

/// The same on the way back, if anything is left to do.
fn way_back(op: &ops::Op, back: &Back, moments: usize) -> Option<Op> {
    let (finish, plus) = if back.slope { (SLOPE, number_from(back.plus)) } else { (KEEP, 0) };
    match (op.kind, back.adjoint) {
        (Kind::Norm(_), _) => {
            let whole = ops::Op { output: back.input.clone(), ..op.clone() };
            let (kind, of_output) = (NORM_BACK, first(&back.output));
            Some(Op { kind, finish, plus, of_output, moments: number(moments), ..table::row(&whole) })
        }
        (Kind::Conv(_), Some(adjoint)) => {
            let kind = Kind::Conv(adjoint);
            let adjoint =
                ops::Op { kind, input: back.output.clone(), output: back.input.clone(), ..op.clone() };
            Some(Op { finish, plus, ..table::row(&adjoint) })
        }
        _ => None,
    }
}

/// As the shader adds it: u32 wraps around.
fn number_from(distance: isize) -> u32 {
    distance as u32
}

/// What an operation's gradients are summed from.
fn of_weights(op: &ops::Op, back: &Back, moments: usize) -> Vec<Op> {
    let seen = ops::Op { output: back.output.clone(), ..op.clone() };
    let row = Op { finish: KEEP, moments: number(moments), ..table::row(&seen) };
    match row.kind {
        CONV => vec![Op { kind: OF_CONV, ..row }, Op { kind: OF_BIAS, ..row }],
        NORM => vec![Op { kind: OF_NORM, ..row }],
        _ => vec![],
    }
}

/// The embeddings' layers: their way forwards, their way back, and what their gradients are summed from.
fn linear(graph: &TrainingGraph, places: &Places) -> (Vec<Op>, Vec<Op>, Vec<Op>) {
    let TrainingGraph { graph: forward, forward_len, .. } = graph;
    let Places { times, of_times, row, of_row, hidden, hidden_len, .. } = *places;
    let classes = forward.embeddings.classes();
    let class_table = forward.weights_len + classes.unwrap_or(0);
    let see = Op { kind: ROW, output: number(row), weight: number(class_table), ..Op::default() };
    let (mut there, mut back, mut of) = (vec![see], vec![], vec![]);
    let (mut at, mut embedding) = (hidden, 0);
    for Level { channels, layers: [one, two] } in forward.embeddings.levels() {
        let count = channels.count;
        let [run, run_depth] = table::runs(channels).map(number);
        // A layer of so many numbers in a single run.
        let dense = Op { run: number(count), run_depth: number(count), ..Op::default() };
        let halves = Op { run, run_depth, ..dense };
        let sizes = |op: Op, inputs: usize, outputs: usize| Op {
            input_used: number(inputs),
            side: number(outputs),
            ..op
        };
        let weights = |op: Op, start: usize, weight: usize, bias: usize| Op {
            weight: number(start + weight),
            bias: number(start + bias),
            ..op
        };
        let of_hidden = at + hidden_len;
        let start = forward.weights_len;
        // 1. Forwards: the row to the hidden numbers, and these to the embedding.
        let first = sizes(Op { kind: LINEAR, finish: SILU_AND_SLOPE, ..dense }, TIME_DIM, count);
        let first = Op { input: number(row), output: number(at), plus: number(hidden_len), ..first };
        there.push(weights(first, start, one.weight, one.bias));
        let second = sizes(Op { kind: LINEAR, ..halves }, count, count);
        let second = Op { input: number(at), output: number(times + embedding), ..second };
        there.push(weights(second, start, two.weight, two.bias));
        // 2. Back: the embedding's gradient to that of the hidden numbers, and that to the row's.
        let of_embedding = number(of_times + embedding);
        let second = sizes(Op { kind: LINEAR_BACK, finish: SLOPE, ..halves }, count, count);
        let second = Op { input: of_embedding, output: number(of_hidden), ..second };
        back.push(weights(second, start, two.weight, two.bias));
        if classes.is_some() {
            let finish = if embedding == 0 { KEEP } else { ADD };
            let first = sizes(Op { kind: LINEAR_BACK, finish, ..dense }, count, TIME_DIM);
            let first = Op { input: number(of_hidden), output: number(of_row), ..first };
            back.push(weights(first, start, one.weight, one.bias));
        }
        // 3. The weights' gradients, packed behind those of the operations.
        let first = sizes(Op { kind: OF_LINEAR, ..dense }, TIME_DIM, count);
        let first = Op { input: number(row), output: number(of_hidden), ..first };
        of.push(weights(first, *forward_len, one.weight, one.bias));
        let second = sizes(Op { kind: OF_LINEAR, ..halves }, count, count);
        let second = Op { input: number(at), output: of_embedding, ..second };
        of.push(weights(second, *forward_len, two.weight, two.bias));
        at += count;
        embedding += channels.depth();
    }
    if let Some(offset) = classes {
        let weight = number(forward_len + offset);
        of.push(Op { kind: OF_CLASS, output: number(of_row), weight, ..Op::default() });
    }
    (there, back, of)
}

/// The cells of a row of the weights' gradients, and how many of them a workgroup takes.
pub(super) fn cells(op: &Op, classes: Option<usize>) -> (usize, usize) {
    let [side, vectors, used, kernel, phases] =
        [op.side, op.vectors, op.input_used, op.kernel, op.phases].map(|x| x as usize);
    let quads = JOB_INVOCATIONS / LANES;
    let blocks = vectors.div_ceil(TILE_CHANNELS);
    match op.kind {
        OF_CONV if kernel == 3 => (blocks * used.div_ceil(2), quads),
        OF_CONV => ((phases * kernel).pow(2) * blocks * used.div_ceil(INPUTS), quads),
        OF_BIAS => (vectors, quads),
        OF_NORM => (side * side * vectors, quads),
        OF_LINEAR => ((used + 1) * side, JOB_INVOCATIONS),
        OF_CLASS => ((classes.unwrap_or(0) + 1) * TIME_DIM, JOB_INVOCATIONS),
        _ => (1, JOB_INVOCATIONS),
    }
}

/// A workgroup for each stretch of a row's cells.
pub(super) fn jobs(table: &Table, classes: Option<usize>) -> Vec<Job> {
    let of = |n: usize| {
        let (cells, each) = cells(&table.rows[n], classes);
        (0..cells).step_by(each).map(move |first| Job { op: number(n), first: number(first) })
    };
    (table.walk..table.rows.len()).flat_map(of).collect()
}

/// Each parameter's places in the packed weights, first the way forward's.
pub(super) fn parameter_places(graph: &TrainingGraph) -> Vec<Place> {
    let TrainingGraph { graph: forward, forward_len, .. } = graph;
    let mut places = vec![Place { forward: NOWHERE, back: NOWHERE }; forward.gather.flat_len];
    for (packed, source) in forward.gather.sources.iter().enumerate() {
        let Some(place) = places.get_mut(*source as usize) else { continue };
        let is_back = (*forward_len..forward.weights_len).contains(&packed);
        *(if is_back { &mut place.back } else { &mut place.forward }) = number(packed);
    }
    places
}
