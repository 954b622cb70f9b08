//! Weights from PyTorch's order, channels first, to the plan's, channels last and padded.

use super::{Channels, Conv, padded};

/// A convolution's weights: of shape [out, in, k, k], or [in, out, k, k] when transposed.
pub(super) struct Source<'a> {
    pub(super) data: &'a [f32],
    pub(super) kernel: usize,
    pub(super) transposed: bool,
}

impl<'a> Source<'a> {
    /// The convolution that takes the gradient of `conv`'s outputs to that of its inputs: it is the
    /// transposed one with the same weights.
    #[cfg_attr(not(feature = "native"), expect(dead_code, reason = "training's"))]
    pub(super) fn adjoint(&self, conv: &Conv) -> (Self, Conv) {
        let source = Self { data: self.data, kernel: self.kernel, transposed: !self.transposed };
        let back = if self.transposed {
            Conv { kernel: self.kernel, stride: conv.phases, padding: conv.phases - 1, phases: 1, ..*conv }
        } else {
            let kernel = conv.kernel / conv.stride;
            let padding = if conv.stride == 1 { conv.kernel - 1 - conv.padding } else { 1 };
            Conv { kernel, stride: 1, padding, phases: conv.stride, ..*conv }
        };
        (source, Conv { silu: false, ..back })
    }

    /// The weight from input channel `from` to output channel `to` at tap (y, x).
    fn get(&self, to: usize, from: usize, outputs: usize, inputs: usize, [y, x]: [usize; 2]) -> f32 {
        let pair = if self.transposed { from * outputs + to } else { to * inputs + from };
        self.data[(pair * self.kernel + y) * self.kernel + x]
    }

    /// The source's tap, along one axis, that phase `r`'s tap `k` is. A transposed convolution
    /// scatters input i to outputs i * stride - padding + tap; read the other way round, its taps run
    /// backwards.
    fn tap(&self, conv: &Conv, r: usize, k: usize) -> usize {
        if self.transposed { (conv.kernel - 1 - k) * conv.phases + (r + 1) % conv.phases } else { k }
    }
}

/// [phase y, phase x, tap y, tap x, input's depth, output's depth].
pub(super) fn conv(source: &Source, conv: &Conv, from: Channels, to: Channels) -> Vec<f32> {
    let mut packed = vec![];
    let sides = [conv.phases, conv.phases, conv.kernel, conv.kernel];
    for place in 0..sides.iter().product() {
        let [ry, rx, ky, kx] = unravel(place, sides);
        let tap = [source.tap(conv, ry, ky), source.tap(conv, rx, kx)];
        let mut matrix = vec![0.0; from.depth() * to.depth()];
        for i in 0..from.count {
            for o in 0..to.count {
                matrix[from.slot(i) * to.depth() + to.slot(o)] = source.get(o, i, to.count, from.count, tap);
            }
        }
        packed.extend(matrix);
    }
    packed
}

fn unravel(mut place: usize, sides: [usize; 4]) -> [usize; 4] {
    let mut index = [0; 4];
    for axis in (0..4).rev() {
        index[axis] = place % sides[axis];
        place /= sides[axis];
    }
    index
}

/// From [channel, pixel] to [pixel, depth].
pub(super) fn norm(data: &[f32], channels: Channels) -> Vec<f32> {
    let pixels = data.len() / channels.count;
    let mut packed = vec![0.0; pixels * channels.depth()];
    for c in 0..channels.count {
        for pixel in 0..pixels {
            packed[pixel * channels.depth() + channels.slot(c)] = data[c * pixels + pixel];
        }
    }
    packed
}

pub(super) fn bias(data: &[f32]) -> Vec<f32> {
    let mut packed = data.to_vec();
    packed.resize(padded(data.len()), 0.0);
    packed
}
