//! The network as a straight list of operations on one image: what the engines run.
//!
//! [`ops`] is the contract; [`build`] writes the list for sampling and [`backward`] the one for training;
//! [`gather`] says where the weights come from.

pub mod backward;
mod build;
pub mod embedding;
pub mod gather;
mod layout;
pub mod ops;
#[cfg(test)]
pub(crate) mod reference;
#[cfg(feature = "native")]
pub mod residual;

use self::embedding::Embeddings;
use self::gather::Gather;
use self::ops::{Conv, Kind, Lengths, Op};
use crate::model::config::UNetConfig;
use std::fmt::{self, Display, Formatter};

/// The network as a straight list of operations, without its numbers.
#[derive(Clone, Debug)]
pub struct Graph {
    pub config: UNetConfig,
    pub ops: Vec<Op>,
    /// Length of one image's scratch buffer, in f32 elements.
    pub scratch_len: usize,
    /// Where the packed weights come from: the operations', and then the embeddings'.
    pub gather: Gather,
    /// How many of the packed weights are the operations'.
    pub weights_len: usize,
    pub embeddings: Embeddings,
}

impl Graph {
    /// One image's scratch buffer in bytes.
    pub fn scratch_bytes(&self) -> usize {
        self.scratch_len * size_of::<f32>()
    }

    /// All operations' packed weights in bytes.
    pub fn weight_bytes(&self) -> usize {
        self.weights_len * size_of::<f32>()
    }

    /// Multiply-adds for one image: the convolutions', without padding channels, and the
    /// embeddings'. A transposed convolution is counted by its inputs: what borders give is 0.
    pub fn multiply_adds(&self) -> usize {
        let convolution = |op: &Op| match op.kind {
            Kind::Conv(Conv { kernel, phases, .. }) => {
                let side = op.input.side.min(op.output.side / phases);
                (side * phases * kernel).pow(2) * op.input.channels.count * op.output.channels.count
            }
            _ => 0,
        };
        self.ops.iter().map(convolution).sum::<usize>() + self.embeddings.multiply_adds()
    }

    /// Checks the contract of [`ops`].
    ///
    /// # Errors
    /// Says which operation breaks it, and how.
    pub fn validate(&self) -> Result<(), String> {
        let Self { scratch_len, weights_len, embeddings, .. } = self;
        let lengths = Lengths { scratch: *scratch_len, weights: *weights_len, embeddings: embeddings.len() };
        ops::validate(&self.ops, lengths)?;
        self.gather.validate()
    }
}

impl Display for Graph {
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

#[cfg(test)]
mod tests;
