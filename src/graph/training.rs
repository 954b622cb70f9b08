//! The plan for training: the same operations, and each one's way back.
//!
//! Every tensor keeps its own place, and the gradient of the loss with respect to it lies
//! [`mirror`](TrainingPlan::mirror) numbers further on. Where SiLU has made a tensor, the forward pass
//! leaves SiLU's slope there, and whoever brings the gradient multiplies it with that.

use super::build::Builder;
use super::pack;
use super::time::TimeEmbeddings;
use super::{Conv, Kind, Plan, View};
use crate::model::file::{Array, StateDict};
use crate::model::tensors;

/// Of a number that no parameter fills: padding.
const NONE: u32 = u32::MAX;

/// The network's operations with what training needs.
pub struct TrainingPlan {
    /// The forward pass; also holds the weights of the way back, after its own.
    pub plan: Plan,
    /// For each operation.
    pub back: Vec<Back>,
    /// From a tensor to its gradient, in numbers.
    pub mirror: usize,
    /// Numbers in [`Plan::weights`] that belong to the forward pass.
    pub forward: usize,
    /// For each of the plan's weights, and then each parameter of the time embeddings: which of the
    /// flat vector's numbers it is.
    sources: Vec<u32>,
    /// For each of the flat vector's numbers, where its gradient is among [`forward`](Self::forward)
    /// numbers of the plan's and then the time embeddings'.
    places: Vec<u32>,
}

/// Where an operation finds its output's gradient, and where its input's goes.
#[derive(Clone, Debug)]
pub struct Back {
    pub output: View,
    pub input: View,
    /// From the one to the other; an operation that is no convolution has its own way.
    pub adjoint: Option<Conv>,
    /// SiLU has made the input.
    pub slope: bool,
    /// How far from the input's gradient another part of it lies, that is there already: a skip
    /// connection goes two ways. 0 where there is none.
    pub plus: isize,
}

impl TrainingPlan {
    /// Without weights: [`load`](Self::load) some.
    pub fn new() -> Self {
        // The packing is found out by packing each number's own place, counted from 1.
        let state = numbered();
        let mut builder = Builder::new(&state, true);
        builder.unet();
        let forward = builder.weights.len();
        let (adjoints, ways) = (adjoints(&mut builder), ways(&mut builder));
        let Builder { mut ops, weights, tensors, .. } = builder;
        let mut offsets = vec![0];
        tensors.iter().for_each(|tensor| offsets.push(offsets[offsets.len() - 1] + tensor.len));
        let mirror = offsets[tensors.len()];
        for op in &mut ops {
            op.input.offset += offsets[op.input.tensor];
            op.output.offset += offsets[op.output.tensor];
        }
        let mut adjoints = adjoints.into_iter();
        let back = ops.iter().zip(ways).map(|(op, way)| {
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
        let time = TimeEmbeddings::new(&state);
        let source = |number: &f32| if *number == 0.0 { NONE } else { *number as u32 - 1 };
        let sources: Vec<u32> = weights.iter().chain(time.parameters()).map(source).collect();
        let parameters =
            tensors::tensors().iter().filter(|spec| spec.trainable()).map(|spec| spec.elements()).sum();
        let mut places = vec![NONE; parameters];
        let own = sources[..forward].iter().chain(&sources[weights.len()..]);
        for (place, source) in own.enumerate().filter(|(_, source)| **source != NONE) {
            places[*source as usize] = place as u32;
        }
        let plan = Plan { ops, weights, scratch: 2 * mirror, time };
        Self { plan, back, mirror, forward, sources, places }
    }

    /// Sets all weights from one flat vector in the order of [`tensors::tensors`].
    pub fn load(&mut self, flat: &[f32]) {
        let (of_plan, of_time) = self.sources.split_at(self.plan.weights.len());
        let value = |source: u32| if source == NONE { 0.0 } else { flat[source as usize] };
        for (weight, source) in self.plan.weights.iter_mut().zip(of_plan) {
            *weight = value(*source);
        }
        for (weight, source) in self.plan.time.parameters_mut().zip(of_time) {
            *weight = value(*source);
        }
    }

    /// Numbers in a gradient, packed like the weights: [`forward`](Self::forward), and then the time
    /// embeddings'.
    pub fn gradient_len(&self) -> usize {
        self.forward + self.sources.len() - self.plan.weights.len()
    }

    /// The sum of packed gradients as a flat vector in the order of [`tensors::tensors`]. Parameters that
    /// the network never uses have 0.
    pub fn unpack(&self, gradients: &[&[f32]], flat: &mut [f32]) {
        for (number, place) in flat.iter_mut().zip(&self.places) {
            let all = gradients.iter().filter_map(|gradient| gradient.get(*place as usize));
            *number = all.sum();
        }
    }

    /// Adds the time embeddings' part to a packed gradient, from what each of the time embeddings at
    /// `t` has.
    pub fn time_backward(&self, t: usize, embeddings: &[f32], gradient: &mut [f32]) {
        self.plan.time.backward(t, embeddings, &mut gradient[self.forward..]);
    }
}

impl Default for TrainingPlan {
    fn default() -> Self {
        Self::new()
    }
}

/// Every trainable number is its place in the flat vector, plus 1.
fn numbered() -> StateDict {
    let mut next = 1;
    let array = |spec: tensors::TensorSpec| {
        let data = if spec.trainable() {
            let first = next;
            next += spec.elements();
            (first..next).map(|number| number as f32).collect()
        } else {
            tensors::sinusoidal_embedding(spec.shape[0], spec.shape[1])
        };
        (spec.name, Array { shape: spec.shape, data })
    };
    tensors::tensors().into_iter().map(array).collect()
}

/// Each convolution's way back, its weights packed after all others.
fn adjoints(builder: &mut Builder) -> Vec<Conv> {
    let mut sources = std::mem::take(&mut builder.sources).into_iter();
    let mut adjoints = vec![];
    for i in 0..builder.ops.len() {
        let Kind::Conv(conv) = builder.ops[i].kind else { continue };
        let (source, back) = sources.next().expect("each convolution has weights").adjoint(&conv);
        let [from, to] = [builder.ops[i].output.channels, builder.ops[i].input.channels];
        let weight = builder.pack(pack::conv(&source, &back, from, to));
        let bias = builder.pack(vec![0.0; to.depth()]);
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
    let way = |op: &super::Op| {
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
