//! The graph for training: the same operations, and each one's way back.
//!
//! Every tensor keeps its own place, and the gradient of the loss with respect to it lies
//! [`mirror`](TrainingGraph::mirror) elements further on. Where SiLU has made a tensor, the forward pass
//! leaves SiLU's slope there, and whoever brings the gradient multiplies it with that.

use super::Graph;
use super::build::Builder;
use super::gather;
use super::ops::{Conv, Kind, LANES, Op, View};
use crate::model::config::UNetConfig;

/// The network's operations with what training needs.
#[derive(Debug)]
pub struct TrainingGraph {
    /// The forward pass; its packed weights also hold those of the way back, after its own.
    pub graph: Graph,
    /// For each operation.
    pub back: Vec<Back>,
    /// From a tensor to its gradient, in f32 elements; [`Back`] says where another place is taken.
    pub mirror: usize,
    /// How many of the packed weights belong to the forward pass's operations.
    pub forward_len: usize,
    /// Where each parameter's gradient is in a packed gradient: see [`gather::collect`].
    pub places: Vec<u32>,
}

/// Where an operation finds its output's gradient, and where its input's goes.
#[derive(Clone, Debug)]
pub struct Back {
    pub output: View,
    pub input: View,
    /// The convolution from the one to the other; an operation that is no convolution has its own way.
    pub adjoint: Option<Conv>,
    /// Whether SiLU has made the input.
    pub slope: bool,
    /// How far from the input's gradient another part of it lies, that is there already: a skip
    /// connection goes two ways. 0 where there is none.
    pub plus: isize,
}

impl Back {
    /// The same way where so many images are interleaved.
    pub fn interleaved(&self, images: usize) -> Self {
        let [output, input] = [&self.output, &self.input].map(|view| view.interleaved(images));
        Self { output, input, plus: self.plus * images as isize, ..*self }
    }
}

impl TrainingGraph {
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
        let mut builder = Builder::new(config, pad, true);
        builder.unet();
        let forward_len = builder.packed.len();
        let (adjoints, ways) = (adjoints(&mut builder), ways(&mut builder));
        let mut offsets = vec![0];
        builder.tensors.iter().for_each(|tensor| offsets.push(offsets[offsets.len() - 1] + tensor.len));
        let mirror = offsets[builder.tensors.len()];
        let graph = builder.finish(&offsets, 2 * mirror);
        let mut adjoints = adjoints.into_iter();
        let back = graph.ops.iter().zip(ways).map(|(op, way)| {
            let beside = |raw: Option<usize>, from: usize| {
                raw.map(|raw| offsets[raw] as isize - offsets[from] as isize)
            };
            let shift =
                |view: &View, by: isize| View { offset: view.offset.strict_add_signed(by), ..view.clone() };
            let mirror = mirror as isize;
            Back {
                output: shift(&op.output, beside(way.output, op.output.tensor).unwrap_or(mirror)),
                input: shift(&op.input, beside(way.input, op.input.tensor).unwrap_or(mirror)),
                adjoint: if let Kind::Conv(_) = op.kind { adjoints.next() } else { None },
                slope: way.slope,
                plus: beside(way.plus, op.input.tensor).map_or(0, |by| by - mirror),
            }
        });
        let back = back.collect();
        let places = graph.gather.places(&[0..forward_len, graph.weights_len..graph.gather.sources.len()]);
        Self { back, mirror, forward_len, places, graph }
    }

    /// The same for an engine that needs no tensor any more once its gradient is there: the gradient of what a LayerNorm
    /// has made, which a single convolution reads, takes that tensor's place, so that less memory is gone through.
    #[must_use]
    pub fn in_place(mut self) -> Self {
        let normed: Vec<&View> = self
            .graph
            .ops
            .iter()
            .filter(|op| matches!(op.kind, Kind::Norm(_)))
            .map(|op| &op.output)
            .collect();
        for (op, back) in self.graph.ops.iter().zip(&mut self.back) {
            match op.kind {
                Kind::Norm(_) => back.output = op.output.clone(),
                Kind::Conv(_) if normed.iter().any(|view| view.tensor == op.input.tensor) => {
                    back.input = op.input.clone();
                }
                _ => (),
            }
        }
        self
    }

    /// Length of a packed gradient: the forward pass's weights, and then the embeddings'.
    pub fn gradient_len(&self) -> usize {
        self.forward_len + self.graph.gather.sources.len() - self.graph.weights_len
    }
}

/// Each convolution's way back, its weights packed after all others.
fn adjoints(builder: &mut Builder) -> Vec<Conv> {
    let mut taps = std::mem::take(&mut builder.taps).into_iter();
    let mut adjoints = vec![];
    for i in 0..builder.ops.len() {
        let Kind::Conv(conv) = builder.ops[i].kind else { continue };
        let (taps, back) = taps.next().expect("each convolution has weights").adjoint(&conv);
        let [from, to] = [builder.ops[i].output.channels, builder.ops[i].input.channels];
        let weight = builder.pack(taps.packed(&back, from, to));
        let bias = builder.pack(vec![gather::PADDING; to.depth()]);
        adjoints.push(Conv { weight, bias, ..back });
    }
    adjoints
}

/// Tensors in which gradients lie, where it is not a tensor's own mirror.
struct Way {
    output: Option<usize>,
    input: Option<usize>,
    plus: Option<usize>,
    slope: bool,
}

/// What a concatenation's LayerNorm gives back goes to a tensor of its own: the skip connection's
/// slope must wait until its other part comes.
fn ways(builder: &mut Builder) -> Vec<Way> {
    let raw: Vec<(usize, usize)> = std::mem::take(&mut builder.concats)
        .into_iter()
        .map(|concat| {
            let norm =
                builder.ops.iter().find(|op| matches!(op.kind, Kind::Norm(_)) && op.input.tensor == concat);
            let view = norm.expect("every concatenation is normalized").input.clone();
            (concat, builder.tensor(view.side, view.channels).tensor)
        })
        .collect();
    let raw = |view: &View| raw.iter().find(|(concat, _)| *concat == view.tensor).map(|(_, raw)| *raw);
    let silu = |kind: &Kind| matches!(kind, Kind::Conv(Conv { silu: true, .. }));
    let ops = &builder.ops;
    let made_by_silu = |view: &View| {
        let makes = |kind: &Kind, output: &View| {
            silu(kind)
                && (output.tensor, output.offset, output.channels.depth())
                    == (view.tensor, view.offset, view.channels.depth())
        };
        ops.iter().any(|op| makes(&op.kind, &op.output))
    };
    let way = |op: &Op| {
        let conv = matches!(op.kind, Kind::Conv(_));
        Way {
            output: if conv && !silu(&op.kind) { raw(&op.output) } else { None },
            input: if conv { None } else { raw(&op.input) },
            plus: if conv { raw(&op.input) } else { None },
            slope: made_by_silu(&op.input),
        }
    };
    ops.iter().map(way).collect()
}
