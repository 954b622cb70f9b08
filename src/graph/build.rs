//! The walk down and up the U that writes the graph.

use super::Graph;
use super::embedding::{Embeddings, first_channels};
use super::gather::{self, Gather, Sources, Taps};
use super::layout::{self, Tensor};
use super::ops::{BORDER, Channels, Conv, Kind, LANES, Norm, Op, View};
use crate::model::config::{BLOCKS, BOTTLENECK, LEVELS, Level, Resample, UNetConfig};
use crate::model::tensors::parameter_count;

impl Graph {
    /// The network for sampling: tensors that never live at once share memory.
    ///
    /// # Panics
    /// When the config's sizes are outside their ranges.
    pub fn new(config: &UNetConfig) -> Self {
        Self::padded(config, LANES)
    }

    /// The same with channels padded to multiples of `pad`; 1 is for interleaved images.
    ///
    /// # Panics
    /// As [`new`](Self::new).
    pub fn padded(config: &UNetConfig, pad: usize) -> Self {
        let mut builder = Builder::new(config, pad, false);
        builder.unet();
        let (offsets, scratch_len) = layout::place(&builder.tensors);
        builder.finish(&offsets, scratch_len)
    }
}

/// Two tensors side by side: `skip` comes down, `up` comes from below, and `both` goes on.
struct Concat {
    skip: View,
    up: View,
    both: View,
}

pub(super) struct Builder<'a> {
    config: &'a UNetConfig,
    /// Channels are padded to multiples of this.
    pad: usize,
    levels: [Level; LEVELS],
    sources: Sources,
    embeddings: Embeddings,
    embeddings_packed: Vec<u32>,
    /// For the way back: every tensor is written once, so that all are there in the end.
    keep: bool,
    pub(super) ops: Vec<Op>,
    /// Where the packed weights come from.
    pub(super) packed: Vec<u32>,
    pub(super) tensors: Vec<Tensor>,
    /// Each convolution's weights, in the order of the operations.
    pub(super) taps: Vec<Taps>,
    /// The tensors of concatenations.
    pub(super) concats: Vec<usize>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(config: &'a UNetConfig, pad: usize, keep: bool) -> Self {
        config.check().expect("the config was checked where it came from");
        let sources = Sources::new(config);
        let (embeddings, embeddings_packed) = Embeddings::new(config, pad, &sources);
        Self {
            config,
            pad,
            levels: config.levels(),
            sources,
            embeddings,
            embeddings_packed,
            keep,
            ops: vec![],
            packed: vec![],
            tensors: vec![],
            taps: vec![],
            concats: vec![],
        }
    }

    /// The graph whose tensors lie at these offsets.
    pub(super) fn finish(self, offsets: &[usize], scratch_len: usize) -> Graph {
        let Self { config, mut ops, packed: mut sources, embeddings, embeddings_packed, .. } = self;
        for op in &mut ops {
            op.input.offset += offsets[op.input.tensor];
            op.output.offset += offsets[op.output.tensor];
        }
        let weights_len = sources.len();
        sources.extend(embeddings_packed);
        let gather = Gather { sources, flat_len: parameter_count(config) };
        Graph { config: config.clone(), ops, scratch_len, gather, weights_len, embeddings }
    }

    /// The whole network, as in `UNet::forward`.
    pub(super) fn unet(&mut self) {
        let [down, up] = [self.config.down(), self.config.up()];
        let image = Channels::new(self.config.image.channels, self.pad);
        let mut x = self.tensor(self.config.image.side, image);
        self.push("x_t", Kind::Load, &x, &x);

        let mut skips = vec![];
        for (level, down) in down.iter().enumerate() {
            let concat = self.concat(LEVELS - 1 - level);
            self.level(level, &x, &concat.skip);
            x = concat.skip.clone();
            for (i, resample) in down.iter().enumerate() {
                x = self.down(resample, &x, i + 1 < down.len());
            }
            skips.push(concat);
        }
        let bottom = self.levels[BOTTLENECK];
        let out = self.tensor(bottom.side, Channels::new(bottom.channels[BLOCKS], self.pad));
        self.level(BOTTLENECK, &x, &out);
        x = out;
        for (level, up) in (BOTTLENECK + 1..).zip(&up) {
            let (last, before) = up.split_last().expect("a level has a convolution before it");
            for resample in before {
                x = self.up_to(resample, &x, true);
            }
            let concat = skips.pop().expect("as many levels up as down");
            self.up(last, &x, &concat.up, false);
            let out =
                self.tensor(concat.both.side, Channels::new(self.levels[level].channels[BLOCKS], self.pad));
            self.level(level, &concat.both, &out);
            x = out;
        }
        let output = self.tensor(x.side, image);
        self.conv_3x3("conv_out", &x, &output, false);
        self.push("output", Kind::Store, &output, &output);
    }

    /// A level's three blocks, from `x` to `out`.
    fn level(&mut self, level: usize, x: &View, out: &View) {
        let mut x = x.clone();
        let Level { name, channels, .. } = self.levels[level];
        for block in 0..BLOCKS {
            let name = format!("{name}_block.{block}");
            if self.levels[level].normalizes(block) {
                let time = (block == 0).then(|| self.embeddings.offset(level));
                x = self.norm(&format!("{name}.layer_norm"), &x, time);
            }
            let channels = Channels::new(channels[block + 1], self.pad);
            let middle = self.tensor(x.side, channels);
            self.conv_3x3(&format!("{name}.conv_1"), &x, &middle, true);
            let end = if block == BLOCKS - 1 { out.clone() } else { self.tensor(x.side, channels) };
            self.conv_3x3(&format!("{name}.conv_2"), &middle, &end, true);
            x = end;
        }
    }

    fn norm(&mut self, name: &str, x: &View, time: Option<usize>) -> View {
        let [weight, bias] = ["weight", "bias"].map(|half| {
            let start = self.sources.start(&format!("{name}.{half}"));
            self.pack(gather::norm(start, x.side, x.channels))
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
        let &Resample { ref name, channels, kernel, stride, padding } = resample;
        let out =
            self.tensor((x.side + 2 * padding - kernel) / stride + 1, Channels::new(channels, self.pad));
        let conv = Conv { kernel, stride, padding, phases: 1, silu, weight: 0, bias: 0 };
        self.conv(name, conv, None, x, &out);
        out
    }

    fn up_to(&mut self, resample: &Resample, x: &View, silu: bool) -> View {
        let &Resample { channels, kernel, stride, padding, .. } = resample;
        let out =
            self.tensor((x.side - 1) * stride + kernel - 2 * padding, Channels::new(channels, self.pad));
        self.up(resample, x, &out, silu);
        out
    }

    /// A transposed convolution, read the other way round: which inputs an output sees.
    fn up(&mut self, resample: &Resample, x: &View, out: &View, silu: bool) {
        let &Resample { ref name, kernel, stride, padding, .. } = resample;
        let taps = kernel / stride;
        assert!(kernel == taps * stride && padding + 1 == stride, "what gather.rs knows to read");
        let conv = Conv { kernel: taps, stride: 1, padding: 1, phases: stride, silu, weight: 0, bias: 0 };
        self.conv(name, conv, Some(kernel), x, out);
    }

    /// `transposed` is the kernel of the state dict's tensor then.
    fn conv(&mut self, name: &str, conv: Conv, transposed: Option<usize>, x: &View, out: &View) {
        let taps = Taps {
            start: self.sources.start(&format!("{name}.weight")),
            kernel: transposed.unwrap_or(conv.kernel),
            transposed: transposed.is_some(),
        };
        let weight = self.pack(taps.packed(&conv, x.channels, out.channels));
        self.taps.push(taps);
        let bias = self.sources.start(&format!("{name}.bias"));
        let bias = self.pack(gather::bias(bias, out.channels));
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

    pub(super) fn pack(&mut self, sources: Vec<u32>) -> usize {
        let offset = self.packed.len();
        self.packed.extend(sources);
        offset
    }

    pub(super) fn tensor(&mut self, side: usize, channels: Channels) -> View {
        let view = View { tensor: self.tensors.len(), offset: 0, side, channels, pixel: channels.depth() };
        let len = (side + 2 * BORDER) * view.row();
        self.tensors.push(Tensor { len, first_use: usize::MAX, last_use: 0 });
        view
    }

    fn concat(&mut self, level: usize) -> Concat {
        let Level { side, channels, .. } = self.levels[level];
        let both = self.tensor(side, first_channels(level, channels[0], self.pad));
        self.concats.push(both.tensor);
        let half = both.channels.half();
        let skip = View { channels: half, ..both.clone() };
        let up = View { offset: half.depth(), ..skip.clone() };
        Concat { skip, up, both }
    }
}
