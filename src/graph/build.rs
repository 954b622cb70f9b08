//! The walk down and up the U that writes the plan.

use super::layout::{self, Tensor};
use super::pack::{self, Source};
use super::time::{self, TimeEmbeddings};
use super::{BORDER, BOTTLENECK, Channels, Conv, Kind, Norm, Op, Plan, View, padded};
use crate::model::file::StateDict;
use crate::model::tensors::{DOWN, LEVELS, Resample, UP};

pub(super) fn plan(state: &StateDict) -> Plan {
    let mut builder = Builder::new(state, false);
    builder.unet();
    let Builder { mut ops, weights, tensors, .. } = builder;
    let (offsets, scratch) = layout::place(&tensors);
    for op in &mut ops {
        op.input.offset += offsets[op.input.tensor];
        op.output.offset += offsets[op.output.tensor];
    }
    Plan { ops, weights, scratch, time: TimeEmbeddings::new(state) }
}

/// Two tensors side by side: `skip` comes down, `up` comes from below, and `both` goes on.
struct Concat {
    skip: View,
    up: View,
    both: View,
}

pub(super) struct Builder<'a> {
    state: &'a StateDict,
    /// For the way back: every tensor is written once, so that all are there in the end.
    keep: bool,
    pub(super) ops: Vec<Op>,
    pub(super) weights: Vec<f32>,
    pub(super) tensors: Vec<Tensor>,
    /// Each convolution's weights, in the order of the operations.
    pub(super) sources: Vec<Source<'a>>,
    /// The tensors of concatenations.
    pub(super) concats: Vec<usize>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(state: &'a StateDict, keep: bool) -> Self {
        let (ops, weights, tensors) = (vec![], vec![], vec![]);
        Self { state, keep, ops, weights, tensors, sources: vec![], concats: vec![] }
    }

    /// The whole network, as in `UNet::forward`.
    pub(super) fn unet(&mut self) {
        let mut x = self.tensor(LEVELS[0].side, Channels::of_level(0));
        self.push("x_t", Kind::Load, &x, &x);

        let mut skips = vec![];
        for level in 0..BOTTLENECK {
            let concat = self.concat(LEVELS.len() - 1 - level);
            self.level(level, &x, &concat.skip);
            x = match level {
                2 => {
                    let x = self.down(&DOWN[2], &concat.skip, true);
                    self.down(&DOWN[3], &x, false)
                }
                _ => self.down(&DOWN[level], &concat.skip, false),
            };
            skips.push(concat);
        }
        let bottom = &LEVELS[BOTTLENECK];
        let out = self.tensor(bottom.side, Channels::new(bottom.channels[3]));
        self.level(BOTTLENECK, &x, &out);
        x = self.up_to(&UP[0], &out, true);
        for level in BOTTLENECK + 1..LEVELS.len() {
            let Concat { up, both, .. } = skips.pop().expect("as many levels up as down");
            self.up(&UP[level - BOTTLENECK], &x, &up, false);
            let out = self.tensor(both.side, Channels::new(LEVELS[level].channels[3]));
            self.level(level, &both, &out);
            x = out;
        }
        let eps = self.tensor(x.side, Channels::new(1));
        self.conv_3x3("conv_out", &x, &eps, false);
        self.push("eps", Kind::Store, &eps, &eps);
    }

    /// A level's three blocks, from `x` to `out`.
    fn level(&mut self, level: usize, x: &View, out: &View) {
        let mut x = x.clone();
        for block in 0..3 {
            let name = format!("{}_block.{block}", LEVELS[level].name);
            if LEVELS[level].normalizes(block) {
                let time = (block == 0).then(|| time::offset(level));
                x = self.norm(&format!("{name}.layer_norm"), &x, time);
            }
            let channels = Channels::new(LEVELS[level].channels[block + 1]);
            let middle = self.tensor(x.side, channels);
            self.conv_3x3(&format!("{name}.conv_1"), &x, &middle, true);
            let end = if block == 2 { out.clone() } else { self.tensor(x.side, channels) };
            self.conv_3x3(&format!("{name}.conv_2"), &middle, &end, true);
            x = end;
        }
    }

    fn norm(&mut self, name: &str, x: &View, time: Option<usize>) -> View {
        let [weight, bias] = ["weight", "bias"].map(|half| {
            let packed = pack::norm(&self.state[&format!("{name}.{half}")].data, x.channels);
            self.pack(packed)
        });
        let out = if self.keep { self.tensor(x.side, x.channels) } else { x.clone() };
        self.push(name, Kind::Norm(Norm { time, weight, bias }), x, &out);
        out
    }

    fn conv_3x3(&mut self, name: &str, x: &View, out: &View, silu: bool) {
        let conv = Conv { kernel: 3, stride: 1, padding: 1, phases: 1, silu, weight: 0, bias: 0 };
        self.conv(name, conv, None, x, out);
    }

    fn down(&mut self, resample: &Resample, x: &View, silu: bool) -> View {
        let &Resample { name, channels, kernel, stride, padding } = resample;
        let out = self.tensor((x.side + 2 * padding - kernel) / stride + 1, Channels::new(channels));
        let conv = Conv { kernel, stride, padding, phases: 1, silu, weight: 0, bias: 0 };
        self.conv(name, conv, None, x, &out);
        out
    }

    fn up_to(&mut self, resample: &Resample, x: &View, silu: bool) -> View {
        let &Resample { channels, kernel, stride, padding, .. } = resample;
        let out = self.tensor((x.side - 1) * stride + kernel - 2 * padding, Channels::new(channels));
        self.up(resample, x, &out, silu);
        out
    }

    /// A transposed convolution, read the other way round: which inputs an output sees.
    fn up(&mut self, resample: &Resample, x: &View, out: &View, silu: bool) {
        let &Resample { name, kernel, stride, padding, .. } = resample;
        let taps = kernel / stride;
        assert!(kernel == taps * stride && padding + 1 == stride, "what pack.rs knows to gather");
        let conv = Conv { kernel: taps, stride: 1, padding: 1, phases: stride, silu, weight: 0, bias: 0 };
        self.conv(name, conv, Some(kernel), x, out);
    }

    /// `transposed` is the source's kernel then.
    fn conv(&mut self, name: &str, conv: Conv, transposed: Option<usize>, x: &View, out: &View) {
        let source = Source {
            data: &self.state[&format!("{name}.weight")].data,
            kernel: transposed.unwrap_or(conv.kernel),
            transposed: transposed.is_some(),
        };
        let weight = pack::conv(&source, &conv, x.channels, out.channels);
        self.sources.push(source);
        let weight = self.pack(weight);
        let bias = self.pack(pack::bias(&self.state[&format!("{name}.bias")].data));
        self.push(name, Kind::Conv(Conv { weight, bias, ..conv }), x, out);
    }

    fn push(&mut self, name: &str, kind: Kind, input: &View, output: &View) {
        for view in [input, output] {
            let tensor = &mut self.tensors[view.tensor];
            tensor.first_use = tensor.first_use.min(self.ops.len());
            tensor.last_use = self.ops.len();
        }
        self.ops.push(Op { name: name.into(), kind, input: input.clone(), output: output.clone() });
    }

    pub(super) fn pack(&mut self, numbers: Vec<f32>) -> usize {
        let offset = self.weights.len();
        self.weights.extend(numbers);
        offset
    }

    pub(super) fn tensor(&mut self, side: usize, channels: Channels) -> View {
        let view = View { tensor: self.tensors.len(), offset: 0, side, channels, pixel: channels.depth() };
        let len = (side + 2 * BORDER) * view.row();
        self.tensors.push(Tensor { len, first_use: usize::MAX, last_use: 0 });
        view
    }

    fn concat(&mut self, level: usize) -> Concat {
        let both = self.tensor(LEVELS[level].side, Channels::of_level(level));
        self.concats.push(both.tensor);
        let half = Channels::new(both.channels.first);
        let skip = View { channels: half, ..both.clone() };
        let up = View { offset: padded(half.count), ..skip.clone() };
        Concat { skip, up, both }
    }
}
