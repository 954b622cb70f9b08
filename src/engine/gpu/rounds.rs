//! How many rounds the shader's loops take, and how a step is cut into dispatches accordingly.
//!
//! Mesa's software adapter ends an invocation's loops after 65,535 rounds in all, without a word: what is not
//! computed by then never is. So the rounds of a dispatch are counted beforehand. The functions that count are
//! called as those of the shader whose loops they count. Measured on networks around the limit: steps of 61,315
//! rounds by this count are whole, those of 66,083 are not.

use super::layout::{CONV, LOAD, NOISE_BLOCK, NORM, Op, PARTIAL_SUMS, TILE_CHANNELS, TILE_PIXELS};
use crate::core::image::ImageSpec;
use crate::graph::ops::LANES;
use std::ops::Range;

/// The most rounds that a dispatch may take.
pub(super) const MOST_ROUNDS: usize = 60_000;

/// The most invocations of a workgroup within WebGPU's default limits.
const MOST_INVOCATIONS: usize = 256;

/// Every tile of an operation's.
const ALL_TILES: Range<usize> = 0..u32::MAX as usize;

/// Invocations in a workgroup.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Invocations(pub(super) usize);

/// What one dispatch does of a step.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Share {
    /// Operations; those of a second walk through the network are counted on.
    pub(super) ops: Range<usize>,
    /// Tiles of each convolution among them.
    pub(super) tiles: Range<usize>,
}

/// Rounds of a loop with `inner` rounds in each: one more finds that it is over.
pub(super) fn rounds(count: usize, inner: usize) -> usize {
    count * (1 + inner) + 1
}

impl Invocations {
    /// As many as suit the device and the operations of an image.
    ///
    /// A GPU's compute unit hides its memory's latency behind four or more subgroups. A software adapter runs
    /// the invocations in turns, and switches between all of them at each barrier: there fewer are faster (a training step
    /// takes 6 % less time with 32 than with 64, and with 16 another 2 %, but with 16 too many steps have to be cut).
    pub(super) fn suited(device_type: wgpu::DeviceType, ops: &[Op], image: ImageSpec) -> Self {
        Self::fewest(device_type, |choice| choice.shares(ops, image, 1, MOST_ROUNDS))
    }

    /// The device's usual ones, or more where that makes a single dispatch of what `cut` cuts.
    pub(super) fn fewest(device_type: wgpu::DeviceType, cut: impl Fn(Self) -> Vec<Share>) -> Self {
        let mut choice = Self(if device_type == wgpu::DeviceType::Cpu { 32 } else { 128 });
        while choice.0 < MOST_INVOCATIONS && cut(choice).len() > 1 {
            choice.0 *= 2;
        }
        choice
    }

    pub(super) fn quads(self) -> usize {
        self.0 / LANES
    }

    /// The dispatches of a step that walks `walks` times through the network, each of at most `most` rounds
    /// unless a single LayerNorm takes more.
    pub(super) fn shares(self, ops: &[Op], image: ImageSpec, walks: usize, most: usize) -> Vec<Share> {
        let total = walks * ops.len();
        let last = |n: usize| if n + 1 == total { self.reverse_step(image) } else { 0 };
        let walked = (0..total).map(|n| (&ops[n % ops.len()], last(n)));
        self.cut(walked.map(|(op, more)| (op, self.operation(op, image) + more)), most)
    }

    /// The dispatches of operations that take so many rounds each.
    pub(super) fn cut<'a>(self, ops: impl Iterator<Item = (&'a Op, usize)>, most: usize) -> Vec<Share> {
        let mut shares = vec![];
        let (mut first, mut taken, mut total) = (0, 1, 0);
        for (n, (op, own)) in ops.enumerate() {
            total = n + 1;
            if taken + own > most {
                if first < n {
                    shares.push(Share { ops: first..n, tiles: ALL_TILES });
                }
                (first, taken) = (n, 1);
                if taken + own > most && op.kind == CONV {
                    let parts = self.parts(op, most);
                    shares.extend(parts.map(|tiles| Share { ops: n..n + 1, tiles }));
                    first = n + 1;
                    continue;
                }
            }
            taken += own;
        }
        if first < total {
            shares.push(Share { ops: first..total, tiles: ALL_TILES });
        }
        shares
    }

    /// A convolution's tiles in parts, each of at most `most` rounds where that is possible.
    fn parts(self, op: &Op, most: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let fixed = 1 + self.operation_of(op, 0);
        let each = 1 + convolve(op);
        let part = (most.saturating_sub(fixed) / each).max(1) * self.quads();
        let tiles = tiles(op);
        (0..tiles).step_by(part).map(move |start| start..tiles.min(start + part))
    }

    /// An operation's, with the round that takes it.
    fn operation(self, op: &Op, image: ImageSpec) -> usize {
        match op.kind {
            LOAD => 1 + self.clear_border(op) + self.by_quads(image.pixels(), 0),
            NORM => 1 + self.layer_norm(op),
            CONV => self.operation_of(op, tiles(op)),
            _ => 1 + self.by_invocations(image.numbers(), 0),
        }
    }

    /// Of some of a convolution's tiles.
    fn operation_of(self, op: &Op, tiles: usize) -> usize {
        1 + self.clear_border(op) + self.by_quads(tiles, convolve(op))
    }

    pub(super) fn by_quads(self, count: usize, inner: usize) -> usize {
        rounds(count.div_ceil(self.quads()), inner)
    }

    pub(super) fn by_invocations(self, count: usize, inner: usize) -> usize {
        rounds(count.div_ceil(self.0), inner)
    }

    fn clear_border(self, op: &Op) -> usize {
        self.by_quads(4 * (op.side as usize + 1), rounds(op.vectors as usize, 0))
    }

    pub(super) fn layer_norm(self, op: &Op) -> usize {
        3 * self.by_quads((op.side * op.vectors) as usize, rounds(op.side as usize, 0)) + 2 * self.total()
    }

    pub(super) fn total(self) -> usize {
        rounds(self.0.div_ceil(PARTIAL_SUMS), 0) + rounds(PARTIAL_SUMS, 0)
    }

    fn reverse_step(self, image: ImageSpec) -> usize {
        let chacha8 = rounds(4, 0);
        self.by_invocations(image.numbers() / NOISE_BLOCK, chacha8 + rounds(NOISE_BLOCK / 4, 0))
    }
}

/// How many tiles a convolution's outputs are.
pub(super) fn tiles(op: &Op) -> usize {
    let [side, phases, vectors] = [op.side / op.phases, op.phases, op.vectors].map(|x| x as usize);
    let lines = if op.kernel == 3 { side.div_ceil(2) } else { side };
    phases * phases * lines * side.div_ceil(TILE_PIXELS) * vectors.div_ceil(TILE_CHANNELS)
}

/// Of one tile. All of a 3x3 kernel's taps are taken in one round.
pub(super) fn convolve(op: &Op) -> usize {
    let channels = rounds(op.input_used as usize, 0);
    if op.kernel == 3 { channels } else { rounds((op.kernel * op.kernel) as usize, channels) }
}

#[cfg(test)]
mod tests;
