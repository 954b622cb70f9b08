//! Single operations on random numbers, for the engines to be tried on.

use super::{fill, run, single};
use crate::core::noise::{Use, stream, symmetric};
use crate::graph::{Conv, Kind, Norm, Plan};

/// A plan of one operation, and what it makes of a scratch buffer.
pub(crate) struct Trial {
    pub(crate) plan: Plan,
    pub(crate) scratch: Vec<f32>,
    /// Time embeddings.
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
        let mut plan = single(Kind::Conv(conv), [side, output], channels, outputs);
        let [from, to] = [&plan.ops[0].input, &plan.ops[0].output].map(|view| view.channels.depth());
        let bias = (phases * kernel).pow(2) * from * to;
        plan.ops[0].kind = Kind::Conv(Conv { bias, ..conv });
        Self::of(plan, seed)
    }

    /// On `channels`, with a time embedding if `timed`; the bias follows the weights.
    pub(crate) fn norm(timed: bool, side: usize, channels: [usize; 2], seed: u64) -> Self {
        let norm = |bias| Kind::Norm(Norm { time: timed.then_some(0), weight: 0, bias });
        let mut plan = single(norm(0), [side, side], channels, 0);
        plan.ops[0].kind = norm(side * side * plan.ops[0].input.channels.depth());
        Self::of(plan, seed)
    }

    fn of(mut plan: Plan, seed: u64) -> Self {
        let mut rng = stream(seed, Use::Init, 0, 0);
        let scratch = fill(&mut plan, || symmetric(&mut rng, 1.0));
        let channels = plan.ops[0].input.channels;
        if let Kind::Conv(Conv { kernel, .. }) = plan.ops[0].kind {
            // As large as a network's: errors grow with the sums.
            let fan_in = (kernel * kernel * channels.count) as f32;
            plan.weights.iter_mut().for_each(|weight| *weight /= fan_in.sqrt());
        }
        let mut time = vec![0.0; plan.time_len().max(channels.depth())];
        (0..channels.count).for_each(|c| time[channels.slot(c)] = symmetric(&mut rng, 1.0));
        let mut expected = scratch.clone();
        run(&plan.ops[0], &plan, &[], &time, &mut expected);
        Self { plan, scratch, time, expected }
    }
}
