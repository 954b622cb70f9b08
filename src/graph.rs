//! The UNet as a straight list of operations on one image: what the fast engines run.
//!
//! Nothing here looks across images, so an engine can run the whole list on one image in a small
//! scratch buffer. Tensors lie there as rows of pixels with their channels side by side (HWC),
//! padded with zeros to a multiple of 4, and with a border of one zero pixel all around, so that no
//! convolution has to check where the image ends. There are four kinds of operations: SiLU belongs
//! to its convolution, a transposed convolution is written as ordinary ones (see [`Conv::phases`]),
//! a LayerNorm adds the level's time embedding first and works in place, and a concatenation costs
//! nothing because both halves are written next to each other.

mod build;
mod layout;
mod pack;
#[cfg(test)]
pub(crate) mod reference;
mod time;
#[cfg(feature = "native")]
mod training;

use self::time::TimeEmbeddings;
#[cfg(feature = "native")]
pub use self::training::{Back, TrainingPlan};
use crate::model::file::StateDict;
use crate::model::tensors::LEVELS;
use std::fmt::{self, Display, Formatter};

/// Channels per pixel are padded to a multiple of this.
pub const LANES: usize = 4;
/// Zero pixels around every tensor.
pub const BORDER: usize = 1;
/// The level at the bottom of the U.
const BOTTLENECK: usize = LEVELS.len() / 2;
/// Added to the variance in LayerNorm.
pub const EPSILON: f32 = 1e-5;

/// `channels` rounded up to whole vectors of [`LANES`].
pub const fn padded(channels: usize) -> usize {
    channels.next_multiple_of(LANES)
}

/// The operations, and every number they need.
pub struct Plan {
    pub ops: Vec<Op>,
    /// Of all operations, packed; they hold offsets into it.
    pub weights: Vec<f32>,
    scratch: usize,
    time: TimeEmbeddings,
}

/// One operation.
#[derive(Clone, Debug)]
pub struct Op {
    /// The layer's name in the state dict; `x_t` and `eps` for the copies in and out.
    pub name: String,
    pub kind: Kind,
    pub input: View,
    /// Whoever writes a tensor writes its border of zeros and its padding channels too.
    pub output: View,
}

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Copies the image x_t into channel 0 of the output.
    Load,
    Norm(Norm),
    Conv(Conv),
    /// Copies channel 0 of the input to the image eps.
    Store,
}

/// LayerNorm over all channels and pixels, in place: (x + time - mean) / std * weight + bias.
#[derive(Clone, Copy, Debug)]
pub struct Norm {
    /// Where in [`Plan::time_embeddings`] the numbers are that are added to each channel first
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
    tensor: usize,
    /// In numbers: where the first channel of the border's top left pixel is.
    pub offset: usize,
    /// Pixels along each axis, without the border.
    pub side: usize,
    pub channels: Channels,
    /// Numbers from one pixel to the next: more than there are channels where this view is a part.
    pub pixel: usize,
}

/// A pixel's channels: one run of them, or two of a concatenation, each with its padding.
#[derive(Clone, Copy, Debug)]
pub struct Channels {
    /// Channels that mean something.
    pub count: usize,
    /// How many of these are in the first run.
    first: usize,
}

impl Channels {
    fn new(count: usize) -> Self {
        Self { count, first: count }
    }

    /// Those that level `level` starts with: above the bottleneck, half are the skip connection's.
    fn of_level(level: usize) -> Self {
        let count = LEVELS[level].channels[0];
        Self { count, first: if level > BOTTLENECK { count / 2 } else { count } }
    }

    /// Numbers from the first channel to the last one's padding, a multiple of [`LANES`].
    pub fn depth(self) -> usize {
        padded(self.first) + padded(self.count - self.first)
    }

    /// Where among the `depth` numbers channel `c` is.
    pub fn slot(self, c: usize) -> usize {
        if c < self.first { c } else { padded(self.first) + c - self.first }
    }
}

impl View {
    /// Numbers from one row of pixels to the next.
    pub fn row(&self) -> usize {
        (self.side + 2 * BORDER) * self.pixel
    }

    /// Where the first channel of pixel (y, x) is, counted from the border's top left pixel.
    pub fn at(&self, y: usize, x: usize) -> usize {
        self.offset + y * self.row() + x * self.pixel
    }
}

impl Plan {
    /// `state` is complete and of the right shapes.
    pub fn new(state: &StateDict) -> Self {
        build::plan(state)
    }

    /// Numbers in one image's scratch buffer.
    pub fn scratch_len(&self) -> usize {
        self.scratch
    }

    /// One image's scratch buffer.
    pub fn scratch_bytes(&self) -> usize {
        self.scratch * size_of::<f32>()
    }

    /// Numbers that [`time_embeddings`](Self::time_embeddings) writes.
    pub fn time_len(&self) -> usize {
        self.time.len()
    }

    /// All operations' packed weights.
    pub fn weight_bytes(&self) -> usize {
        self.weights.len() * size_of::<f32>()
    }

    /// Multiply-adds for one image: the convolutions', without padding channels, and the time
    /// embeddings'. A transposed convolution is counted by its inputs: what borders give is 0.
    pub fn multiply_adds(&self) -> usize {
        let of = |op: &Op| match op.kind {
            Kind::Conv(Conv { kernel, phases, .. }) => {
                let side = op.input.side.min(op.output.side / phases);
                (side * phases * kernel).pow(2) * op.input.channels.count * op.output.channels.count
            }
            _ => 0,
        };
        self.ops.iter().map(of).sum::<usize>() + self.time.multiply_adds()
    }

    /// Every level's time embedding at `t`, for all images of a batch. `out` holds
    /// [`time_len`](Self::time_len) numbers.
    pub fn time_embeddings(&self, t: usize, out: &mut [f32]) {
        self.time.at(t, out);
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        writeln!(f, "{:35}  {:22}  {:16}    output", "layer", "operation", "input")?;
        for op in &self.ops {
            let kind = op.kind.to_string();
            writeln!(f, "{:35}  {kind:22}  {:16}    {}", op.name, op.input.to_string(), op.output)?;
        }
        write!(
            f,
            "{} operations, {} bytes of weights, {} bytes of scratch an image",
            self.ops.len(),
            self.weight_bytes(),
            self.scratch_bytes()
        )
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::PIXELS;
    use crate::model::file::Weights;
    use safetensors::SafeTensors;

    fn fixture(name: &str) -> Vec<u8> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        std::fs::read(format!("{folder}/{name}.safetensors")).unwrap()
    }

    fn numbers(file: &SafeTensors, name: &str) -> Vec<f32> {
        file.tensor(name).unwrap().data().as_chunks().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
    }

    /// What the plan means is PyTorch's network.
    #[test]
    fn is_the_tutorials_network() {
        let plan = Plan::new(&Weights::parse(&fixture("unet_random")).unwrap().state);
        let bytes = fixture("forward_random");
        let golden = SafeTensors::deserialize(&bytes).unwrap();
        let [x, expected] = ["x", "eps"].map(|name| numbers(&golden, name));
        let t = golden.tensor("t").unwrap().data().as_chunks().0.iter().map(|b| i64::from_le_bytes(*b));
        for ((t, x), expected) in t.zip(x.chunks(PIXELS)).zip(expected.chunks(PIXELS)) {
            for (found, expected) in reference::eps(&plan, x, t as usize).iter().zip(expected) {
                assert!((found - expected).abs() < 2e-6, "{found} for {expected}");
            }
        }
    }

    #[test]
    fn is_small_and_readable() {
        let plan = Plan::new(&crate::model::tensors::init(0));
        assert!(plan.scratch_bytes() < 200_000, "{}", plan.scratch_bytes());
        assert_eq!(plan.multiply_adds() / 10_000, 2493);
        let text = plan.to_string();
        assert_eq!(text.lines().count(), plan.ops.len() + 2);
        assert!(text.contains("layer_4_up.0"));
    }
}
