//! The graph's contract: what each operation means, and how tensors lie in memory.
//!
//! Whoever runs a graph (the CPU's kernels, the shader, the reference interpreter) goes by this file alone:
//!
//! - Nothing looks across images: the whole list runs on one image, in one scratch buffer. Several images may be
//!   interleaved: each element is a run of as many then, one of each image, and no channels are padded.
//! - A tensor is rows of pixels with their channels side by side (HWC), padded with zeros to a multiple of
//!   [`LANES`], and has a border of [`BORDER`] zero pixels all around, so that no convolution has to check
//!   where the image ends. Whoever writes a tensor writes its border and its padding channels too.
//! - A concatenation is two tensors written next to each other, pixel by pixel: each half is a [`View`] of
//!   some of the channels, with padding of its own.
//! - SiLU belongs to its convolution. A transposed convolution is written as ordinary ones: see
//!   [`Conv::phases`]. A LayerNorm adds the level's time embedding first, and works in place in a graph for
//!   inference, from one tensor to another in one for training.
//! - Weights are one packed vector in which operations hold offsets; [`gather`](super::gather) says where
//!   its numbers come from.
//!
//! [`Graph::validate`](super::Graph::validate) checks what can be checked of this.

use std::fmt::{self, Display, Formatter};

/// Channels of a pixel are padded to a multiple of this, so that every vector of 4 is whole.
pub const LANES: usize = 4;
/// Zero pixels around every tensor.
pub const BORDER: usize = 1;
/// Added to the variance in LayerNorm.
pub const EPSILON: f32 = 1e-5;

/// One operation.
#[derive(Clone, Debug)]
pub struct Op {
    /// The layer's name in the state dict; `x_t` and `output` for the copies in and out.
    pub name: String,
    pub kind: Kind,
    pub input: View,
    pub output: View,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Copies the image x_t, [C, H, W], into the output.
    Load,
    Norm(Norm),
    Conv(Conv),
    /// Copies the input to the network's output, [C, H, W].
    Store,
}

/// LayerNorm over all channels and pixels: (x + time - mean) / std * weight + bias.
#[derive(Clone, Copy, Debug)]
pub struct Norm {
    /// Where among the embeddings the numbers are that are added to each channel first
    /// (`depth` of them, 0 in padding channels); none in a level's later blocks.
    pub time: Option<usize>,
    /// Offsets of [side, side, depth] numbers, 0 in padding channels.
    pub weight: usize,
    pub bias: usize,
}

/// A convolution. Output pixel q * phases + r, with r in 0..phases along each axis, sums over taps
/// k in 0..kernel the input pixel q * stride + r - padding + k.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    /// 1 for ordinary convolutions. A transposed one of stride s has s phases along each axis: the
    /// outputs at every s-th pixel see the same taps, and so are an ordinary convolution.
    pub phases: usize,
    pub silu: bool,
    /// Offset of [phase y, phase x, tap y, tap x, input's depth, output's depth] numbers, 0 for
    /// padding channels.
    pub weight: usize,
    /// Offset of [output's depth] numbers, 0 for padding channels.
    pub bias: usize,
}

/// A tensor in the scratch buffer, or some channels of one.
#[derive(Clone, Debug)]
pub struct View {
    pub(super) tensor: usize,
    /// Where the first channel of the border's top left pixel is, in f32 elements.
    pub offset: usize,
    /// Pixels along each axis, without the border.
    pub side: usize,
    pub channels: Channels,
    /// Elements from one pixel to the next: more than there are channels where this view is a part.
    pub pixel: usize,
}

/// A pixel's channels: one run of them, or two of a concatenation, each with its padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channels {
    /// Channels that mean something.
    pub count: usize,
    /// How many of these are in the first run.
    pub(super) first: usize,
    /// Each run is padded to a multiple of so many channels: [`LANES`], or 1 where images are interleaved.
    pub(super) pad: usize,
    /// How many images are interleaved: each channel is so many elements, one of each image.
    pub images: usize,
}

impl Channels {
    pub(super) fn new(count: usize, pad: usize) -> Self {
        Self { count, first: count, pad, images: 1 }
    }

    /// Two runs of as many channels each.
    pub(super) fn halves(count: usize, pad: usize) -> Self {
        Self { first: count / 2, ..Self::new(count, pad) }
    }

    /// The first run alone.
    pub(super) fn half(self) -> Self {
        Self { count: self.first, ..self }
    }

    /// The same channels of an image that lies alone.
    pub fn alone(self) -> Self {
        Self { pad: LANES, images: 1, ..self }
    }

    /// Elements from the first channel to the last one's padding.
    pub fn depth(self) -> usize {
        let [first, second] = [self.first, self.count - self.first];
        (first.next_multiple_of(self.pad) + second.next_multiple_of(self.pad)) * self.images
    }

    /// Where among the `depth` elements channel `c` starts.
    pub fn slot(self, c: usize) -> usize {
        let padding = self.first.next_multiple_of(self.pad) - self.first;
        (if c < self.first { c } else { c + padding }) * self.images
    }
}

impl View {
    /// The same view of a tensor in which so many images are interleaved.
    pub fn interleaved(&self, images: usize) -> Self {
        let channels = Channels { images, ..self.channels };
        Self { offset: self.offset * images, channels, pixel: self.pixel * images, ..*self }
    }

    /// Elements from one row of pixels to the next.
    pub fn row(&self) -> usize {
        (self.side + 2 * BORDER) * self.pixel
    }

    /// Where the first channel of pixel (y, x) is, counted from the border's top left pixel.
    pub fn at(&self, y: usize, x: usize) -> usize {
        self.offset + y * self.row() + x * self.pixel
    }

    /// The element after the last one that belongs to the view.
    fn end(&self) -> usize {
        self.at(self.side + BORDER, self.side + BORDER) + self.channels.depth()
    }
}

/// Lengths of what the operations hold offsets into, in f32 elements.
pub(super) struct Lengths {
    pub(super) scratch: usize,
    pub(super) weights: usize,
    pub(super) embeddings: usize,
}

/// Checks the contract.
///
/// # Errors
/// Says which operation breaks it, and how.
pub(super) fn validate(ops: &[Op], lengths: Lengths) -> Result<(), String> {
    let Lengths { scratch, weights, embeddings } = lengths;
    let last = ops.len() - 1;
    for (place, op) in ops.iter().enumerate() {
        let broken = |how: String| Err(format!("operation {place}, {}: {how}", op.name));
        for view in [&op.input, &op.output] {
            if view.end() > scratch || !view.offset.is_multiple_of(view.channels.pad) {
                return broken(format!("{view} lies outside of {} elements or unaligned", scratch));
            }
            if view.channels.depth() > view.pixel || view.side == 0 || view.channels.count == 0 {
                return broken(format!("{view} has more channels than a pixel has room for, or none"));
            }
        }
        match op.kind {
            Kind::Load if place != 0 => return broken("x_t is loaded once, first".into()),
            Kind::Store if place != last => return broken("the output is stored once, last".into()),
            Kind::Load | Kind::Store => (),
            Kind::Norm(Norm { time, weight, bias }) => {
                if op.input.side != op.output.side || op.input.channels != op.output.channels {
                    return broken("a LayerNorm keeps the shape".into());
                }
                if [&op.input, &op.output].iter().any(|view| view.pixel != view.channels.depth()) {
                    return broken("a LayerNorm takes whole tensors".into());
                }
                let numbers = op.input.side.pow(2) * op.input.channels.depth();
                if weight.max(bias) + numbers > weights {
                    return broken("its weights lie outside of the packed ones".into());
                }
                let depth = op.input.channels.depth();
                if time.is_some_and(|offset| offset + depth > embeddings) {
                    return broken("its time embedding lies outside of the others".into());
                }
            }
            Kind::Conv(conv) => {
                let Conv { kernel, stride, padding, phases, weight, bias, .. } = conv;
                // The last phase of the last output sees its last tap within the border.
                let reach = (op.output.side / phases - 1) * stride + phases - 1 + kernel;
                if op.output.side % phases != 0
                    || reach > op.input.side + padding + BORDER
                    || padding > BORDER
                {
                    return broken("a tap lies outside of the border".into());
                }
                if overlap(&op.input, &op.output) {
                    return broken("a convolution must not write where it reads".into());
                }
                let [from, to] = [&op.input, &op.output].map(|view| view.channels.depth());
                let numbers = (phases * kernel).pow(2) * from * to;
                if weight + numbers > weights || bias + to > weights {
                    return broken("its weights lie outside of the packed ones".into());
                }
            }
        }
        let before = &ops[..place];
        let written = |view: &View| before.iter().any(|op| op.output.tensor == view.tensor);
        if place > 0 && !written(&op.input) {
            return broken("its input was never written".into());
        }
    }
    Ok(())
}

/// Whether two views share elements. Halves of one concatenation lie between each other and do not.
fn overlap(a: &View, b: &View) -> bool {
    if a.tensor == b.tensor {
        let base = a.offset.min(b.offset);
        let [a_first, b_first] = [a, b].map(|view| view.offset - base);
        return a_first < b_first + b.channels.depth() && b_first < a_first + a.channels.depth();
    }
    let start = |view: &View| view.offset;
    start(a) < b.end() && start(b) < a.end()
}

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        match self {
            Self::Load => write!(f, "load"),
            Self::Norm(Norm { time, .. }) => {
                write!(f, "{}layer norm", if time.is_some() { "time + " } else { "" })
            }
            Self::Conv(Conv { kernel, stride, phases, silu, .. }) => {
                write!(f, "conv {kernel}x{kernel}")?;
                match (stride, phases) {
                    (1, 1) => (),
                    (_, 1) => write!(f, " /{stride}")?,
                    _ => write!(f, " x{phases}")?,
                }
                write!(f, "{}", if *silu { ", silu" } else { "" })
            }
            Self::Store => write!(f, "store"),
        }
    }
}

impl Display for View {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{0}x{0}x{1} @{2}", self.side, self.channels.count, self.offset)
    }
}
