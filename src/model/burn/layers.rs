//! The kinds of layers that the UNet is made of.

use burn::module::{Module, Param};
use burn::prelude::*;
use burn::tensor::activation::silu;
use burn::tensor::module as functional;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// Two linear layers that turn a row of the table into one number per channel.
#[derive(Module, Debug)]
pub(super) struct TimeEmbedding {
    pub(super) layer_1: Linear,
    pub(super) layer_2: Linear,
}

impl TimeEmbedding {
    /// te: `[N, 100]`, output: `[N, C, 1, 1]`.
    pub(super) fn forward(&self, te: Tensor<2>) -> Tensor<4> {
        self.layer_2.forward(silu(self.layer_1.forward(te))).unsqueeze_dims(&[2, 3])
    }
}

/// weight: `[out, in]`, bias: `[out]`.
#[derive(Module, Debug)]
pub(super) struct Linear {
    pub(super) weight: Param<Tensor<2>>,
    pub(super) bias: Param<Tensor<1>>,
}

impl Linear {
    pub(super) fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.weight.val().transpose()) + self.bias.val().unsqueeze()
    }
}

/// The tutorial's `AutoEncoderBlock`: LayerNorm (unless it is the last), then twice a 3x3
/// convolution and SiLU.
#[derive(Module, Debug)]
pub(super) struct Block {
    pub(super) layer_norm: LayerNorm,
    pub(super) conv_1: Conv,
    pub(super) conv_2: Conv,
    pub(super) normalize: bool,
}

impl Block {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = if self.normalize { self.layer_norm.forward(x) } else { x };
        silu(self.conv_2.forward(silu(self.conv_1.forward(x))))
    }
}

pub(super) fn blocks(blocks: &[Block], x: Tensor<4>) -> Tensor<4> {
    blocks.iter().fold(x, |x, block| block.forward(x))
}

/// Normalises each image over all its channels and pixels; weight and bias: `[C, H, W]`.
#[derive(Module, Debug)]
pub(super) struct LayerNorm {
    pub(super) weight: Param<Tensor<3>>,
    pub(super) bias: Param<Tensor<3>>,
}

impl LayerNorm {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let dims = x.dims();
        let flat: Tensor<2> = x.flatten(1, 3);
        let weight = self.weight.val().flatten(0, 2);
        let bias = self.bias.val().flatten(0, 2);
        functional::layer_norm(flat, weight, Some(bias), 1e-5).reshape(dims)
    }
}

/// weight: `[out, in, k, k]`, bias: `[out]`.
#[derive(Module, Debug)]
pub(super) struct Conv {
    pub(super) weight: Param<Tensor<4>>,
    pub(super) bias: Param<Tensor<1>>,
    pub(super) stride: usize,
    pub(super) padding: usize,
}

impl Conv {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvOptions::new([self.stride; 2], [self.padding; 2], [1, 1], 1);
        functional::conv2d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}

/// weight: `[in, out, k, k]`, bias: `[out]`.
#[derive(Module, Debug)]
pub(super) struct ConvTranspose {
    pub(super) weight: Param<Tensor<4>>,
    pub(super) bias: Param<Tensor<1>>,
    pub(super) stride: usize,
    pub(super) padding: usize,
}

impl ConvTranspose {
    pub(super) fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvTransposeOptions::new([self.stride; 2], [self.padding; 2], [0, 0], [1, 1], 1);
        functional::conv_transpose2d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}
