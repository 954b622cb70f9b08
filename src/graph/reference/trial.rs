//! Single operations on random numbers, for the engines to be tried on.

use super::{clear, pixels, run};
use crate::core::noise::{Use, stream, symmetric};
use crate::graph::ops::{BORDER, Channels, Conv, Kind, LANES, Norm, Op, View};

/// One operation, and what it makes of a scratch buffer.
pub(crate) struct Trial {
    pub(crate) op: Op,
    pub(crate) weights: Vec<f32>,
    pub(crate) scratch: Vec<f32>,
    /// Embeddings.
    pub(crate) time: Vec<f32>,
    /// All of the scratch buffer afterwards.
    pub(crate) expected: Vec<f32>,
}

/// A convolution whose weights are yet to be placed.
pub(crate) fn conv(kernel: usize, stride: usize, padding: usize, phases: usize, silu: bool) -> Conv {
    Conv { kernel, stride, padding, phases, silu, weight: 0, bias: 0 }
}

impl Trial {
    /// On `channels` (in two runs where there are two) of `side` pixels; the bias follows the weights.
    pub(crate) fn conv(conv: Conv, side: usize, channels: [usize; 2], outputs: usize, seed: u64) -> Self {
        let Conv { kernel, stride, padding, phases, .. } = conv;
        // A transposed convolution sees one pixel of border on either side of each phase's outputs.
        let output = if phases > 1 { side * phases } else { (side + 2 * padding - kernel) / stride + 1 };
        let mut op = op(Kind::Conv(conv), [side, output], channels, outputs);
        let [from, to] = [&op.input, &op.output].map(|view| view.channels.depth());
        let bias = (phases * kernel).pow(2) * from * to;
        op.kind = Kind::Conv(Conv { bias, ..conv });
        Self::new(op, seed)
    }

    /// On `channels`, with an embedding if `timed`; the bias follows the weights.
    pub(crate) fn norm(timed: bool, side: usize, channels: [usize; 2], seed: u64) -> Self {
        let norm = |bias| Kind::Norm(Norm { time: timed.then_some(0), weight: 0, bias });
        let mut op = op(norm(0), [side, side], channels, 0);
        op.kind = norm(side * side * op.input.channels.depth());
        Self::new(op, seed)
    }

    fn new(op: Op, seed: u64) -> Self {
        let mut rng = stream(seed, Use::Init, 0, 0);
        let (mut weights, scratch) = fill(&op, || symmetric(&mut rng, 1.0));
        let channels = op.input.channels;
        if let Kind::Conv(Conv { kernel, .. }) = op.kind {
            // As large as a network's: errors grow with the sums.
            let fan_in = (kernel * kernel * channels.count) as f32;
            weights.iter_mut().for_each(|weight| *weight /= fan_in.sqrt());
        }
        let mut time = vec![0.0; channels.depth()];
        (0..channels.count).for_each(|c| time[channels.slot(c)] = symmetric(&mut rng, 1.0));
        let mut expected = scratch.clone();
        run(&op, &weights, &[], &time, &mut expected);
        Self { op, weights, scratch, time, expected }
    }
}

/// An operation on `channels` (in two runs where there are two), from `sides[0]` to `sides[1]`.
fn op(kind: Kind, sides: [usize; 2], channels: [usize; 2], outputs: usize) -> Op {
    let from = Channels { first: channels[0], ..Channels::new(channels[0] + channels[1], LANES) };
    let view = |tensor, offset, side, channels: Channels| View {
        tensor,
        offset,
        side,
        channels,
        pixel: channels.depth(),
    };
    let input = view(0, 0, sides[0], from);
    let output = match kind {
        Kind::Norm(_) => input.clone(),
        _ => view(1, len(&input), sides[1], Channels::new(outputs, LANES)),
    };
    Op { name: "single".into(), kind, input, output }
}

fn len(view: &View) -> usize {
    (view.side + 2 * BORDER) * view.row()
}

/// Random numbers in the operation's weights, unless they are padding's, and in its inputs.
fn fill(op: &Op, mut random: impl FnMut() -> f32) -> (Vec<f32>, Vec<f32>) {
    let Op { kind, input, output, .. } = op;
    let real = |view: &View, slot: usize| (0..view.channels.count).any(|c| view.channels.slot(c) == slot);
    let (from, to) = (input.channels.depth(), output.channels.depth());
    let mut weight = |place: usize, rows: usize| {
        let known = real(output, place % to) && (rows == 1 || real(input, place / to % rows));
        if known { random() } else { 0.0 }
    };
    let weights = match kind {
        Kind::Conv(conv) => {
            let numbers = (conv.phases * conv.kernel).pow(2) * from * to;
            let bias = (0..to).map(|place| (place, 1));
            (0..numbers)
                .map(|place| (place, from))
                .chain(bias)
                .map(|(place, rows)| weight(place, rows))
                .collect()
        }
        _ => (0..2 * input.side * input.side * from).map(|place| weight(place, 1)).collect(),
    };
    let mut scratch = vec![f32::NAN; (output.offset + len(output)).max(len(input))];
    clear(input, &mut scratch);
    for (y, x) in pixels(input) {
        for c in 0..input.channels.count {
            scratch[input.at(y, x) + input.channels.slot(c)] = random();
        }
    }
    (weights, scratch)
}
