//! Where packed weights come from: PyTorch's order, channels first, to the graph's, channels last and
//! padded.
//!
//! A gather is a list of u32: for each place of the packed vector, the place of its number among all
//! parameters as one flat vector ([`Parameters::flat`](crate::model::tensors::Parameters::flat)). Loading
//! weights is one gather; a gradient with respect to packed weights goes back through the same list.

use super::ops::{Channels, Conv};
use crate::model::config::UNetConfig;
use crate::model::tensors::{TensorSpec, tensors};
use std::collections::HashMap;
use std::ops::Range;

/// Marks a padding place, which no parameter fills.
pub const PADDING: u32 = u32::MAX;

/// For each packed place, which parameter is there.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gather {
    /// Places in the flat vector, or [`PADDING`].
    pub sources: Vec<u32>,
    /// Length of the flat vector.
    pub flat_len: usize,
}

impl Gather {
    /// The packed weights.
    ///
    /// # Panics
    /// When `flat` is not as long as the graph's parameters.
    pub fn pack(&self, flat: &[f32]) -> Vec<f32> {
        let mut packed = vec![0.0; self.sources.len()];
        self.pack_into(flat, &mut packed);
        packed
    }

    /// The packed weights, in a vector of their length.
    ///
    /// # Panics
    /// As [`pack`](Self::pack).
    pub fn pack_into(&self, flat: &[f32], packed: &mut [f32]) {
        assert!(flat.len() == self.flat_len && packed.len() == self.sources.len());
        gather(&self.sources, flat, packed);
    }

    /// Where each parameter stands among some of the packed places, one range after the other; [`PADDING`] for one that
    /// the network never uses.
    ///
    /// # Panics
    /// When a parameter stands there twice: its gradient would be a sum.
    pub fn places(&self, ranges: &[Range<usize>]) -> Vec<u32> {
        let mut places = vec![PADDING; self.flat_len];
        let sources = ranges.iter().flat_map(|range| &self.sources[range.clone()]);
        for (place, source) in sources.enumerate().filter(|(_, source)| **source != PADDING) {
            let before = std::mem::replace(&mut places[*source as usize], place as u32);
            assert_eq!(before, PADDING, "parameter {source} stands at place {place} too");
        }
        places
    }

    /// # Errors
    /// When a source lies outside of the flat vector.
    pub fn validate(&self) -> Result<(), String> {
        match self.sources.iter().find(|source| **source != PADDING && **source as usize >= self.flat_len) {
            Some(source) => Err(format!("parameter {source} is not among {}", self.flat_len)),
            None => Ok(()),
        }
    }
}

/// Writes some of the packed weights: those of these sources.
///
/// # Panics
/// When a source lies outside of `flat`.
pub fn gather(sources: &[u32], flat: &[f32], packed: &mut [f32]) {
    for (number, source) in packed.iter_mut().zip(sources) {
        *number = if *source == PADDING { 0.0 } else { flat[*source as usize] };
    }
}

/// Adds to `flat`, some of the parameters, the gradient of each: the sum of several packed gradients, in their order.
/// `places` are these parameters' of [`Gather::places`].
///
/// # Panics
/// When a place lies outside of a gradient.
pub fn collect(places: &[u32], gradients: &[&[f32]], flat: &mut [f32]) {
    for (sum, place) in flat.iter_mut().zip(places).filter(|(_, place)| **place != PADDING) {
        *sum += gradients.iter().map(|gradient| gradient[*place as usize]).sum::<f32>();
    }
}

/// Where each trainable tensor starts in the flat vector.
pub(super) struct Sources(HashMap<String, u32>);

impl Sources {
    pub(super) fn new(config: &UNetConfig) -> Self {
        let mut start = 0;
        let place = |spec: TensorSpec| {
            let own = start;
            start += spec.elements() as u32;
            (spec.name, own)
        };
        Self(tensors(config).into_iter().filter(TensorSpec::trainable).map(place).collect())
    }

    /// # Panics
    /// When there is no such tensor.
    pub(super) fn start(&self, name: &str) -> u32 {
        self.0[name]
    }
}

/// A convolution's weights in the flat vector: of shape [out, in, k, k], or [in, out, k, k] when transposed.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    pub(super) start: u32,
    pub(super) kernel: usize,
    pub(super) transposed: bool,
}

impl Taps {
    /// The convolution that takes the gradient of `conv`'s outputs to that of its inputs: it is the
    /// transposed one with the same weights.
    pub(super) fn adjoint(&self, conv: &Conv) -> (Self, Conv) {
        let taps = Self { transposed: !self.transposed, ..*self };
        let back = if self.transposed {
            Conv { kernel: self.kernel, stride: conv.phases, padding: conv.phases - 1, phases: 1, ..*conv }
        } else {
            let kernel = conv.kernel / conv.stride;
            let padding = if conv.stride == 1 { conv.kernel - 1 - conv.padding } else { 1 };
            Conv { kernel, stride: 1, padding, phases: conv.stride, ..*conv }
        };
        (taps, Conv { silu: false, ..back })
    }

    /// The place of the weight from input channel `from` to output channel `to` at tap (y, x).
    fn place(&self, to: usize, from: usize, outputs: usize, inputs: usize, [y, x]: [usize; 2]) -> u32 {
        let pair = if self.transposed { from * outputs + to } else { to * inputs + from };
        self.start + ((pair * self.kernel + y) * self.kernel + x) as u32
    }

    /// The tap of the source, along one axis, that phase `r`'s tap `k` is. A transposed convolution
    /// scatters input i to outputs i * stride - padding + tap; read the other way round, its taps run
    /// backwards.
    fn tap(&self, conv: &Conv, r: usize, k: usize) -> usize {
        if self.transposed { (conv.kernel - 1 - k) * conv.phases + (r + 1) % conv.phases } else { k }
    }

    /// [phase y, phase x, tap y, tap x, input's depth, output's depth].
    pub(super) fn packed(&self, conv: &Conv, from: Channels, to: Channels) -> Vec<u32> {
        let sides = [conv.phases, conv.phases, conv.kernel, conv.kernel];
        let matrix = from.depth() * to.depth();
        let mut packed = vec![PADDING; sides.iter().product::<usize>() * matrix];
        for (place, packed) in packed.chunks_exact_mut(matrix).enumerate() {
            let [ry, rx, ky, kx] = unravel(place, sides);
            let tap = [self.tap(conv, ry, ky), self.tap(conv, rx, kx)];
            for i in 0..from.count {
                for o in 0..to.count {
                    packed[from.slot(i) * to.depth() + to.slot(o)] =
                        self.place(o, i, to.count, from.count, tap);
                }
            }
        }
        packed
    }
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
pub(super) fn norm(start: u32, side: usize, channels: Channels) -> Vec<u32> {
    let pixels = side * side;
    let mut packed = vec![PADDING; pixels * channels.depth()];
    for c in 0..channels.count {
        for pixel in 0..pixels {
            packed[pixel * channels.depth() + channels.slot(c)] = start + (c * pixels + pixel) as u32;
        }
    }
    packed
}

/// A bias, a number for each channel, padded.
pub(super) fn bias(start: u32, channels: Channels) -> Vec<u32> {
    let mut packed: Vec<u32> = (start..start + channels.count as u32).collect();
    packed.resize(channels.depth(), PADDING);
    packed
}
