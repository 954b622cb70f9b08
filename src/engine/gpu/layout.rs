//! What Rust and the shader both have to know, each thing written once: the structs in buffers, the bindings and
//! the constants. WGSL's declarations of them are made here, and the words that go into the buffers too.

use super::shared::{Scalar, Shared, shared};
use crate::core::noise::Use;
use crate::graph::Graph;
use crate::graph::ops::{BORDER, EPSILON, LANES};

/// The kinds of operations.
pub(super) const LOAD: u32 = 0;
pub(super) const NORM: u32 = 1;
pub(super) const CONV: u32 = 2;
pub(super) const STORE: u32 = 3;

/// How a convolution's sums are written: as they are, or with SiLU applied.
pub(super) const KEEP: u32 = 0;
pub(super) const SILU: u32 = 1;

/// Pixels along x, and channels that are [`LANES`] apart, of which an invocation keeps the sums: the shader
/// names 7 and 3 of them.
pub(super) const TILE_PIXELS: usize = 7;
pub(super) const TILE_CHANNELS: usize = 3;

/// Partial sums that a workgroup's sum is made of.
pub(super) const PARTIAL_SUMS: usize = 8;

/// Numbers of an image whose noise is one block of ChaCha's; every image is whole blocks.
pub(super) const NOISE_BLOCK: usize = 16;

/// The planes of a batch on the device, each of all images: x_t, what the sampler remembers, and the network's
/// output for x_t.
pub(super) const X: usize = 0;
pub(super) const MEMORY: usize = 1;
pub(super) const OUTPUT: usize = 2;
pub(super) const PLANES: usize = 3;

// The shader clears one ring of pixels around a tensor, an invocation loads or stores a pixel's channel, and one
// takes a block of noise.
const _: () = assert!(BORDER == 1 && LANES == 4 && NOISE_BLOCK.is_multiple_of(4));

shared! {
    /// An operation of the graph. Offsets count f32 elements; `pixel` and `row` lead to the next one of either.
    /// What a kind has no use for is 0.
    struct Op {
        kind: u32,
        /// Where output pixel (0, 0) finds its first tap.
        input: u32,
        input_pixel: u32,
        input_row: u32,
        /// Channels of the input with their padding, and those up to the last that means something.
        input_depth: u32,
        input_used: u32,
        /// Pixel (0, 0), within the border.
        output: u32,
        output_pixel: u32,
        output_row: u32,
        /// The output's pixels along an axis, and its vectors of channels.
        side: u32,
        vectors: u32,
        kernel: u32,
        stride: u32,
        phases: u32,
        /// How sums are written: KEEP, SILU, and in training SILU_AND_SLOPE, SLOPE.
        finish: u32,
        weight: u32,
        bias: u32,
        /// Where the level's embedding is among all, plus 1; 0 for none.
        time: u32,
        /// Of every `run_depth` channels of the output, the first `run` mean something, the rest is padding.
        run: u32,
        run_depth: u32,
        /// In training: where another part of the gradient is, counted from the place that is written; where a
        /// LayerNorm keeps its mean and deviation; where the gradient of its output is.
        plus: u32,
        moments: u32,
        of_output: u32,
    }

    /// A reverse step: the sums of a `samplers::Step`, and its place in the walk.
    struct Step {
        t: u32,
        index: u32,
        x: f32,
        net: f32,
        z: f32,
        memory: f32,
        memory_x: f32,
        memory_net: f32,
        x0_x: f32,
        x0_net: f32,
        eps_x: f32,
        eps_net: f32,
    }

    /// What a dispatch does of a step: some operations for some images of the batch.
    struct Dispatch {
        /// The walk's, for its noise.
        seed_low: u32,
        seed_high: u32,
        first_image: u32,
        /// Images of the batch, and which one is the dispatch's first.
        images: u32,
        offset: u32,
        /// Steps that `recorded` has room for: it begins anew after them.
        kept: u32,
        /// Steps that `times` has room for, likewise, and its rows for each.
        window: u32,
        rows: u32,
        /// Operations from `first` to before `end`; those of a second walk through the network, the guide's, are
        /// counted on.
        first: u32,
        end: u32,
        /// Tiles of each convolution from `first_tile` to before `end_tile`.
        first_tile: u32,
        end_tile: u32,
        /// 1 where the step's sums follow the operations.
        steps: u32,
        /// Where the guide's weights start, and the guidance's scale less 1.
        guide_weights: u32,
        guidance: f32,
    }

    /// Which rows of a step's embeddings an image sees: the network's, and the guide's.
    struct Rows {
        own: u32,
        guide: u32,
    }
}

/// A binding as the shader declares it.
pub(super) struct Binding {
    pub(super) name: &'static str,
    /// The address space; uniforms lie at an offset that each dispatch says.
    pub(super) space: Space,
    pub(super) contents: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Space {
    Read,
    ReadWrite,
    Uniform,
}

impl Space {
    fn wgsl(self) -> &'static str {
        match self {
            Self::Read => "var<storage, read>",
            Self::ReadWrite => "var<storage, read_write>",
            Self::Uniform => "var<uniform>",
        }
    }
}

/// Declares the struct that holds the buffers, and the bindings in its order.
macro_rules! bindings {
    ($($(#[doc = $about:literal])+ $name:ident: $space:ident $contents:literal,)+) => {
        /// What the shader binds, in its order.
        pub(super) struct Bound { $($(#[doc = $about])+ pub(super) $name: wgpu::Buffer,)+ }

        impl Bound {
            pub(super) fn buffers(&self) -> Vec<&wgpu::Buffer> {
                vec![$(&self.$name),+]
            }
        }

        pub(super) const BINDINGS: &[Binding] = &[
            $(Binding { name: stringify!($name), space: Space::$space, contents: $contents },)+
        ];
    };
}

bindings! {
    /// The graph's operations.
    ops: Read "array<Op>",
    /// The operations' packed weights, and behind them the guide's where it has its own.
    weights: Read "array<f32>",
    /// Embeddings: [step % window, row, EMBEDDINGS].
    times: Read "array<f32>",
    /// [image]
    rows: Read "array<Rows>",
    /// [workgroup, SCRATCH]
    scratch: ReadWrite "array<f32>",
    /// [plane, image, NUMBERS]
    images: ReadWrite "array<f32>",
    /// [step % kept, x and x_0 and eps, image, NUMBERS / 4], each word the bytes of 4 numbers.
    recorded: ReadWrite "array<u32>",
    /// One row for each step.
    step: Uniform "Step",
    /// One row for each dispatch of a step.
    dispatch: Uniform "Dispatch",
}

/// Room for a row of either uniform.
pub(super) const UNIFORM_BYTES: usize = {
    let most = if Step::BYTES > Dispatch::BYTES { Step::BYTES } else { Dispatch::BYTES };
    most.next_multiple_of(16)
};

/// What network.wgsl needs to know.
pub(super) fn constants(graph: &Graph, invocations: usize) -> String {
    let image = graph.config.image;
    let constants = [
        ("LOAD", LOAD as usize),
        ("NORM", NORM as usize),
        ("CONV", CONV as usize),
        ("STORE", STORE as usize),
        ("KEEP", KEEP as usize),
        ("SILU", SILU as usize),
        ("LANES", LANES),
        ("INVOCATIONS", invocations),
        ("QUADS", invocations / LANES),
        ("TILE_PIXELS", TILE_PIXELS),
        ("TILE_CHANNELS", TILE_CHANNELS),
        ("PARTIAL_SUMS", PARTIAL_SUMS),
        ("CHANNELS", image.channels),
        ("PIXELS", image.pixels()),
        ("NUMBERS", image.numbers()),
    ];
    declare(&constants) + &format!("const EPSILON = {EPSILON:e}f;\n")
}

pub(super) fn declare(constants: &[(&str, usize)]) -> String {
    constants.iter().map(|(name, value)| format!("const {name} = {value}u;\n")).collect()
}

/// The declaration of a binding.
pub(super) fn declaration(place: usize, Binding { name, space, contents }: &Binding) -> String {
    format!("@group(0) @binding({place}) {} {name}: {contents};\n", space.wgsl())
}

/// All that stands in front of the shader's functions.
pub(super) fn declarations(graph: &Graph, invocations: usize) -> String {
    let own = [
        ("SCRATCH", graph.scratch_len),
        ("EMBEDDINGS", graph.embeddings.len()),
        ("X", X),
        ("MEMORY", MEMORY),
        ("OUTPUT", OUTPUT),
        ("NOISE_BLOCK", NOISE_BLOCK),
        ("NOISE_USE", Use::Reverse as usize),
    ];
    let structs = [Op::wgsl(), Step::wgsl(), Dispatch::wgsl(), Rows::wgsl()].concat();
    let bindings: String = BINDINGS.iter().enumerate().map(|(place, one)| declaration(place, one)).collect();
    constants(graph, invocations) + &declare(&own) + &structs + &bindings
}
