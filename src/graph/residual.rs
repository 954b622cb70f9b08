//! The residual classifier as a list of operations, each with its way back.
//!
//! The contract is that of [`ops`], and of [`backward`](super::backward) for gradients. The list ends with
//! the last LayerNorm; what follows it, a mean and a linear layer, is no operation on pixels. A block's LayerNorm has
//! one weight a channel, which the packed weights repeat for every pixel.

use super::backward::Back;
use super::gather::{self, Gather, Taps};
use super::ops::{self, BORDER, Channels, Conv, Kind, LANES, Lengths, Norm, Op, View};
use crate::model::residual::ResidualConfig;
use std::collections::HashMap;

/// The classifier's operations, without its numbers.
#[derive(Debug)]
pub struct ResidualGraph {
    pub config: ResidualConfig,
    pub steps: Vec<ResidualStep>,
    /// Length of one image's scratch buffer, in f32 elements: all tensors, and then all their gradients.
    pub scratch_len: usize,
    /// From a tensor to its gradient, in f32 elements.
    pub mirror: usize,
    /// Where the packed weights come from: the forward pass's, and then those of the way back.
    pub gather: Gather,
    /// How many of the packed weights are the forward pass's; a packed gradient is as long.
    pub forward_len: usize,
    /// Offsets of the linear layer's weight, [classes, width], and bias among the packed weights.
    pub logits: [usize; 2],
}

/// An operation and its way back.
#[derive(Debug)]
pub struct ResidualStep {
    pub op: Op,
    pub back: Back,
    /// How far from the output lies what is added to it: the block's input; none elsewhere.
    pub plus: Option<isize>,
}

impl ResidualGraph {
    /// # Panics
    /// When the side is no multiple of 4.
    pub fn new(config: &ResidualConfig) -> Self {
        assert!(config.image.side.is_multiple_of(4), "sides are multiples of 4");
        let mut builder = Builder::new(config);
        builder.network();
        let logits = ["logits.weight", "logits.bias"].map(|name| {
            let (start, len) = builder.sources[name];
            builder.pack((start..start + len).collect())
        });
        let forward_len = builder.packed.len();
        builder.finish(logits, forward_len)
    }

    /// Where the last LayerNorm's output lies.
    pub fn last(&self) -> &View {
        &self.steps.last().expect("a network has operations").op.output
    }

    /// Checks the contract of [`ops`].
    ///
    /// # Errors
    /// Says which operation breaks it, and how.
    pub fn validate(&self) -> Result<(), String> {
        let ops: Vec<Op> = self.steps.iter().map(|step| step.op.clone()).collect();
        let lengths = Lengths { scratch: self.mirror, weights: self.forward_len, embeddings: 0 };
        ops::validate(&ops, lengths)?;
        self.gather.validate()
    }

    /// The sum of packed gradients as a flat vector, in the order of the config's tensors.
    pub fn collect(&self, gradients: &[&[f32]], flat: &mut [f32]) {
        flat.fill(0.0);
        for (place, source) in self.gather.sources[..self.forward_len].iter().enumerate() {
            if *source != gather::PADDING {
                flat[*source as usize] += gradients.iter().map(|gradient| gradient[place]).sum::<f32>();
            }
        }
    }
}

/// A convolution that has been written, for its way back.
struct Written {
    op: Op,
    taps: Option<Taps>,
    /// The tensor that is added to the output.
    plus: Option<usize>,
    /// Whether SiLU has made the input.
    slope: bool,
    /// Another tensor whose gradient the input's takes part in.
    skip: Option<usize>,
}

struct Builder<'a> {
    config: &'a ResidualConfig,
    /// Where each tensor starts in the flat vector, and its length.
    sources: HashMap<String, (u32, u32)>,
    packed: Vec<u32>,
    /// Each tensor's length.
    lengths: Vec<usize>,
    written: Vec<Written>,
}

impl<'a> Builder<'a> {
    fn new(config: &'a ResidualConfig) -> Self {
        let mut start = 0;
        let place = |tensor: crate::model::residual::ResidualTensor| {
            let (own, len) = (start, tensor.elements() as u32);
            start += len;
            (tensor.name, (own, len))
        };
        let sources = config.tensors().into_iter().map(place).collect();
        Self { config, sources, packed: vec![], lengths: vec![], written: vec![] }
    }

    fn network(&mut self) {
        let [(side, full), first, second] = self.config.levels();
        let image = self.tensor(side, self.config.image.channels);
        self.push("x", Kind::Load, [&image, &image], None);
        let mut x = self.tensor(side, full);
        self.conv("conv_in", [3, 1], true, [&image, &x], false);
        for (stage, (side, width)) in [first, second].into_iter().enumerate() {
            let out = self.tensor(side, width);
            self.conv(&format!("down_{}", stage + 1), [4, 2], false, [&x, &out], stage == 0);
            x = out;
            for block in 0..self.config.blocks[stage] {
                x = self.block(&format!("stage_{}.{block}", stage + 1), &x);
            }
        }
        self.norm("norm", &x);
    }

    fn block(&mut self, name: &str, x: &View) -> View {
        let [middle, out] = std::array::from_fn(|_| self.tensor(x.side, x.channels.count));
        let (place, normed) = (self.written.len(), self.norm(&format!("{name}.norm"), x));
        self.written[place].skip = Some(out.tensor);
        self.conv(&format!("{name}.conv_1"), [3, 1], true, [&normed, &middle], false);
        self.conv(&format!("{name}.conv_2"), [3, 1], false, [&middle, &out], true);
        self.written.last_mut().expect("just written").plus = Some(x.tensor);
        out
    }

    fn norm(&mut self, name: &str, x: &View) -> View {
        let pixels = x.side * x.side;
        let [weight, bias] = ["weight", "bias"].map(|half| {
            let (start, len) = self.sources[&format!("{name}.{half}")];
            let pixel = gather::bias(start, Channels::new(len as usize, LANES));
            self.pack(pixel.repeat(pixels))
        });
        let out = self.tensor(x.side, x.channels.count);
        self.push(name, Kind::Norm(Norm { time: None, weight, bias }), [x, &out], None);
        out
    }

    /// `slope`: whether SiLU has made the input.
    fn conv(
        &mut self,
        name: &str,
        [kernel, stride]: [usize; 2],
        silu: bool,
        [x, out]: [&View; 2],
        slope: bool,
    ) {
        let conv = Conv { kernel, stride, padding: 1, phases: 1, silu, weight: 0, bias: 0 };
        let (start, _) = self.sources[&format!("{name}.weight")];
        let taps = Taps { start, kernel, transposed: false };
        let weight = self.pack(taps.packed(&conv, x.channels, out.channels));
        let (bias, _) = self.sources[&format!("{name}.bias")];
        let bias = self.pack(gather::bias(bias, out.channels));
        self.push(name, Kind::Conv(Conv { weight, bias, ..conv }), [x, out], Some(taps));
        self.written.last_mut().expect("just written").slope = slope;
    }

    fn push(&mut self, name: &str, kind: Kind, [input, output]: [&View; 2], taps: Option<Taps>) {
        let op = Op { name: name.into(), kind, input: input.clone(), output: output.clone() };
        self.written.push(Written { op, taps, plus: None, slope: false, skip: None });
    }

    fn pack(&mut self, sources: Vec<u32>) -> usize {
        let offset = self.packed.len();
        self.packed.extend(sources);
        offset
    }

    fn tensor(&mut self, side: usize, channels: usize) -> View {
        let channels = Channels::new(channels, LANES);
        let view = View { tensor: self.lengths.len(), offset: 0, side, channels, pixel: channels.depth() };
        self.lengths.push((side + 2 * BORDER) * view.row());
        view
    }

    /// Every tensor gets a place of its own, and gradients lie behind all of them.
    fn finish(mut self, logits: [usize; 2], forward_len: usize) -> ResidualGraph {
        let mut offsets = vec![0];
        self.lengths.iter().for_each(|len| offsets.push(offsets[offsets.len() - 1] + len));
        let mirror = offsets[self.lengths.len()];
        let apart = |to: usize, from: usize| offsets[to] as isize - offsets[from] as isize;
        let written = std::mem::take(&mut self.written);
        let mut steps = vec![];
        for Written { mut op, taps, plus, slope, skip } in written {
            let adjoint = taps.zip(conv_of(&op)).map(|(taps, conv)| self.adjoint(&taps, &conv, &op));
            op.input.offset = offsets[op.input.tensor];
            op.output.offset = offsets[op.output.tensor];
            let further = |view: &View| View { offset: view.offset + mirror, ..view.clone() };
            let back = Back {
                output: further(&op.output),
                input: further(&op.input),
                adjoint,
                slope,
                plus: skip.map_or(0, |skip| apart(skip, op.input.tensor)),
            };
            let plus = plus.map(|plus| apart(plus, op.output.tensor));
            steps.push(ResidualStep { op, back, plus });
        }
        let gather = Gather { sources: self.packed, flat_len: self.config.parameters() };
        let config = self.config.clone();
        ResidualGraph { config, steps, scratch_len: 2 * mirror, mirror, gather, forward_len, logits }
    }

    /// A convolution's way back, its weights packed after all others.
    fn adjoint(&mut self, taps: &Taps, conv: &Conv, op: &Op) -> Conv {
        let (taps, back) = taps.adjoint(conv);
        let [from, to] = [op.output.channels, op.input.channels];
        let weight = self.pack(taps.packed(&back, from, to));
        let bias = self.pack(vec![gather::PADDING; to.depth()]);
        Conv { weight, bias, ..back }
    }
}

fn conv_of(op: &Op) -> Option<Conv> {
    if let Kind::Conv(conv) = op.kind { Some(conv) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;

    #[test]
    fn every_size_keeps_the_contract() {
        for (side, channels) in [(12, 1), (28, 1), (32, 3), (20, 3), (64, 3)] {
            let image = ImageSpec { side, channels };
            let graph = ResidualGraph::new(&ResidualConfig::usual(image, 7));
            graph.validate().unwrap();
            assert_eq!((graph.last().side, graph.last().channels.count), (side / 4, 64));
            // Every parameter is packed for the forward pass.
            let forward = &graph.gather.sources[..graph.forward_len];
            let used: std::collections::HashSet<u32> =
                forward.iter().copied().filter(|source| *source != gather::PADDING).collect();
            assert_eq!(used.len(), graph.config.parameters());
        }
    }
}
