//! What Rust and the training shader both have to know beyond what sampling needs, each thing written once.

use super::super::layout::{self, Binding, Op, Space, declare};
use super::super::shared::{Scalar, Shared, shared};
use super::places::Places;
use crate::graph::backward::TrainingGraph;
use crate::model::config::TIME_DIM;

/// More kinds of operations: those of an image's way, and those of the weights' gradients.
pub(super) const ROW: u32 = 4;
pub(super) const LINEAR: u32 = 5;
pub(super) const LINEAR_BACK: u32 = 6;
pub(super) const NORM_BACK: u32 = 7;
pub(super) const OF_CONV: u32 = 8;
pub(super) const OF_BIAS: u32 = 9;
pub(super) const OF_NORM: u32 = 10;
pub(super) const OF_LINEAR: u32 = 11;
pub(super) const OF_CLASS: u32 = 12;
pub(super) const OF_LOSS: u32 = 13;

/// More ways to write sums: SiLU of them, and its slope where the gradient will be; times the slope that waits
/// there; added to what is there.
pub(super) const SILU_AND_SLOPE: u32 = 2;
pub(super) const SLOPE: u32 = 3;
pub(super) const ADD: u32 = 4;

/// Invocations of a job's workgroup.
pub(super) const JOB_INVOCATIONS: usize = 64;
/// Input channels of which an invocation keeps sums, where the kernel is not 3x3: the shader names 5.
pub(super) const INPUTS: usize = 5;
/// Shares of a slice's images whose gradients are summed apart, so that there are enough workgroups.
pub(super) const SHARES: usize = 4;
/// Steps whose losses wait on the device to be read.
pub(super) const KEPT: usize = 64;
/// The most workgroups that share the parameters: each of them adds up the parts of the gradient's norm.
const MOST_CHUNKS: usize = 1024;

/// Marks a parameter that has no such place.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Numbers of an example beside its image's: x_t and the target come first.
pub(super) const BESIDE: usize = TIME_DIM + 2;

shared! {
    /// A workgroup of `of_weights`: a row of the operations, and the first of its cells.
    struct Job {
        op: u32,
        first: u32,
    }

    /// What a dispatch of `walk` does: some operations, and some tiles of each convolution among them.
    struct Dispatch {
        first: u32,
        end: u32,
        first_tile: u32,
        end_tile: u32,
    }

    /// Images that go through the network at once.
    struct Slice {
        images: u32,
        /// 1 where they are a step's first: their gradient replaces the last step's.
        begins: u32,
        /// Where the step's loss goes, below KEPT.
        place: u32,
        /// What a squared error counts: 1 / (images of the whole batch * numbers of one).
        scale: f32,
    }

    /// How far a step of Adam goes.
    struct Update {
        /// 1 where the gradient was given, and is not to be collected.
        is_given: u32,
        rate: f32,
        beta_1: f32,
        beta_2: f32,
        /// 1 / (1 - beta^step) of both averages.
        of_m: f32,
        of_v: f32,
        epsilon: f32,
        /// The weights' average's.
        decay: f32,
        /// The largest norm that the gradient keeps; 0 for any.
        clip: f32,
    }

    /// A parameter's places in the packed weights: the way forward's and the way back's.
    struct Place {
        forward: u32,
        back: u32,
    }
}

/// A binding by its number in [`BINDINGS`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(usize)]
pub(super) enum At {
    Ops,
    Weights,
    Scratch,
    Examples,
    Jobs,
    Sums,
    State,
    Places,
    Report,
    Packed,
    Dispatch,
    Slice,
    Update,
}

const fn binding(name: &'static str, space: Space, contents: &'static str) -> Binding {
    Binding { name, space, contents }
}

/// What the shader binds; each of its entries has some of them.
pub(super) const BINDINGS: [Binding; 13] = [
    binding("ops", Space::Read, "array<Op>"),
    // The packed weights: the operations', and then the embeddings'.
    binding("weights", Space::Read, "array<f32>"),
    // [image of the slice, SCRATCH]
    binding("scratch", Space::ReadWrite, "array<f32>"),
    // [image of the slice, EXAMPLE]
    binding("examples", Space::Read, "array<f32>"),
    binding("jobs", Space::Read, "array<Job>"),
    // [share, GRADIENT]
    binding("sums", Space::ReadWrite, "array<f32>"),
    // [weights and Adam's m and v and the weights' average and the gradient, PARAMETERS]
    binding("state", Space::ReadWrite, "array<f32>"),
    // [PARAMETERS]; vec2u because that needs no name.
    binding("places", Space::Read, "array<vec2u>"),
    // Losses of KEPT steps, and then CHUNKS parts of the gradient's squared norm.
    binding("report", Space::ReadWrite, "array<f32>"),
    // The weights once more, for who writes them.
    binding("packed", Space::ReadWrite, "array<f32>"),
    binding("dispatch", Space::Uniform, "Dispatch"),
    binding("slice", Space::Uniform, "Slice"),
    binding("update", Space::Uniform, "Update"),
];

/// An entry of the shader, and what it binds.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) bound: &'static [At],
}

pub(super) const WALK: Entry = Entry {
    name: "walk",
    bound: &[At::Ops, At::Weights, At::Scratch, At::Examples, At::Dispatch, At::Slice],
};
pub(super) const OF_WEIGHTS: Entry = Entry {
    name: "of_weights",
    bound: &[At::Ops, At::Scratch, At::Examples, At::Jobs, At::Sums, At::Report, At::Slice],
};
pub(super) const COLLECT: Entry =
    Entry { name: "collect", bound: &[At::Sums, At::State, At::Places, At::Report, At::Update] };
pub(super) const ADAM: Entry =
    Entry { name: "adam", bound: &[At::State, At::Places, At::Report, At::Packed, At::Update] };

/// How the parameters are shared out to workgroups.
#[derive(Clone, Copy)]
pub(super) struct Chunks {
    /// Parameters of each.
    pub(super) len: usize,
    pub(super) count: usize,
}

impl Chunks {
    pub(super) fn new(parameters: usize, invocations: usize) -> Self {
        let len = parameters.div_ceil(MOST_CHUNKS).next_multiple_of(invocations);
        Self { len, count: parameters.div_ceil(len) }
    }
}

/// All that stands in front of network.wgsl and the shader's functions.
pub(super) fn declarations(graph: &TrainingGraph, places: &Places, invocations: usize) -> String {
    let TrainingGraph { graph: forward, mirror, forward_len, .. } = graph;
    let parameters = forward.gather.flat_len;
    let chunks = Chunks::new(parameters, invocations);
    let kinds = [
        ("ROW", ROW),
        ("LINEAR", LINEAR),
        ("LINEAR_BACK", LINEAR_BACK),
        ("NORM_BACK", NORM_BACK),
        ("OF_CONV", OF_CONV),
        ("OF_BIAS", OF_BIAS),
        ("OF_NORM", OF_NORM),
        ("OF_LINEAR", OF_LINEAR),
        ("OF_CLASS", OF_CLASS),
        ("OF_LOSS", OF_LOSS),
        ("SILU_AND_SLOPE", SILU_AND_SLOPE),
        ("SLOPE", SLOPE),
        ("ADD", ADD),
        ("NOWHERE", NOWHERE),
    ];
    let constants = [
        ("SCRATCH", places.len),
        ("MIRROR", *mirror),
        ("TIMES", places.times),
        ("OF_TIMES", places.of_times),
        ("ROW_SUMS", places.row_sums),
        ("LOSS", places.loss),
        ("TIME_DIM", TIME_DIM),
        ("CLASSES", forward.config.classes.unwrap_or(0)),
        ("EXAMPLE", 2 * forward.config.image.numbers() + BESIDE),
        ("JOB_INVOCATIONS", JOB_INVOCATIONS),
        ("INPUTS", INPUTS),
        ("SHARES", SHARES),
        ("WEIGHTS", forward.weights_len),
        ("FORWARD", *forward_len),
        ("GRADIENT", graph.gradient_len()),
        ("PARAMETERS", parameters),
        ("KEPT", KEPT),
        ("CHUNK", chunks.len),
        ("CHUNKS", chunks.count),
    ];
    let structs = [Op::wgsl(), Job::wgsl(), Dispatch::wgsl(), Slice::wgsl(), Update::wgsl()].concat();
    let bindings: String =
        BINDINGS.iter().enumerate().map(|(place, one)| layout::declaration(place, one)).collect();
    layout::constants(forward, invocations)
        + &declare(&kinds.map(|(name, kind)| (name, kind as usize)))
        + &declare(&constants)
        + &structs
        + &bindings
}
