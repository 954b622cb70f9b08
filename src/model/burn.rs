//! The UNet as a Burn module: for training by autodiff, and the reference that the engines are tested
//! against.

mod layers;

use self::layers::{Block, Conv, ConvTranspose, LayerNorm, Linear, TimeEmbedding, blocks};
use super::config::{BLOCKS, BOTTLENECK, Level, Resample, UNetConfig};
use super::tensors::{Array, CLASS_EMBED, Parameters, StateDict, TIME_EMBED};
use crate::core::image::ImageSpec;
use burn::module::{Module, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::ExecutionError;
use burn::tensor::activation::silu;

/// Predicts the noise in x_t, or v (the tutorial's section "UNet", generalised to any sizes).
#[derive(Module, Debug)]
pub struct UNet {
    side: usize,
    channels: usize,
    time_embed: Param<Tensor<2>>,
    class_embed: Option<Param<Tensor<2>>>,
    /// On the way down, at the bottom, and on the way up.
    levels: Vec<LevelModule>,
    /// After levels 1, 2 and 3: one convolution, or two with a SiLU between them.
    down: Vec<Vec<Conv>>,
    /// Before levels 4, 5 and 6, likewise.
    up: Vec<Vec<ConvTranspose>>,
    conv_out: Conv,
}

/// One resolution.
#[derive(Module, Debug)]
struct LevelModule {
    time_embedding: TimeEmbedding,
    blocks: Vec<Block>,
}

impl LevelModule {
    /// x: `[N, C, H, W]`, row: `[N, 100]`.
    fn forward(&self, x: Tensor<4>, row: Tensor<2>) -> Tensor<4> {
        blocks(&self.blocks, x + self.time_embedding.forward(row))
    }
}

/// Names of the module's tensors, in the order in which a visitor meets them.
pub fn names(config: &UNetConfig) -> Vec<String> {
    let mut names = vec![TIME_EMBED.to_string()];
    names.extend(config.classes.map(|_| CLASS_EMBED.to_string()));
    let mut layers = vec![];
    for Level { name, .. } in config.levels() {
        layers.extend([1, 2].map(|layer| format!("{name}_time_embedding.layer_{layer}")));
        for block in 0..BLOCKS {
            layers.extend(["layer_norm", "conv_1", "conv_2"].map(|l| format!("{name}_block.{block}.{l}")));
        }
    }
    layers.extend(config.down().into_iter().chain(config.up()).flatten().map(|resample| resample.name));
    layers.push("conv_out".into());
    names.extend(layers.iter().flat_map(|layer| ["weight", "bias"].map(|half| format!("{layer}.{half}"))));
    names
}

impl UNet {
    /// Builds the module on a device.
    pub fn new(parameters: &Parameters, device: &Device) -> Self {
        let config = &parameters.config;
        let load = Loader { state: &parameters.to_state(), device };
        let level = |level: &Level| LevelModule {
            time_embedding: load.time_embedding(level.name),
            blocks: load.blocks(level),
        };
        let ImageSpec { side, channels } = config.image;
        Self {
            side,
            channels,
            time_embed: load.param(TIME_EMBED).set_require_grad(false),
            class_embed: config.classes.map(|_| load.param(CLASS_EMBED)),
            levels: config.levels().iter().map(level).collect(),
            down: config.down().iter().map(|some| some.iter().map(|one| load.down(one)).collect()).collect(),
            up: config.up().iter().map(|some| some.iter().map(|one| load.up(one)).collect()).collect(),
            conv_out: load.conv_3x3("conv_out"),
        }
    }

    /// Images on a device: `[N, C, H, W]`.
    ///
    /// # Panics
    /// When `values` are not whole images.
    pub fn batch(&self, values: &[f32], device: &Device) -> Tensor<4> {
        let numbers = self.channels * self.side * self.side;
        assert!(values.len().is_multiple_of(numbers), "{} numbers are not whole images", values.len());
        let shape = [values.len() / numbers, self.channels, self.side, self.side];
        Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
    }

    /// The images' timesteps, and the rows of their classes: those of "no class" for images without one.
    pub fn places(
        &self,
        places: impl Iterator<Item = (usize, Option<usize>)>,
        device: &Device,
    ) -> (Tensor<1, Int>, Option<Tensor<1, Int>>) {
        let integers = |values: Vec<i32>| {
            let length = values.len();
            Tensor::from_data(TensorData::new(values, [length]), device)
        };
        let none = self.class_embed.as_ref().map(|table| table.val().dims()[0] - 1);
        let (t, classes): (Vec<i32>, Vec<i32>) =
            places.map(|(t, class)| (t as i32, class.or(none).unwrap_or(0) as i32)).unzip();
        (integers(t), none.map(|_| integers(classes)))
    }

    /// The noise, or v, predicted in `x_t`.
    ///
    /// # Shapes
    /// - x_t: `[N, C, H, W]`; t: `[N]` with values 0..1000; class: `[N]` with values 0..=classes, where the
    ///   network has classes
    /// - output: `[N, C, H, W]`
    pub fn forward(&self, x_t: Tensor<4>, t: Tensor<1, Int>, class: Option<Tensor<1, Int>>) -> Tensor<4> {
        self.forward_with(x_t, t, class, &mut |_, _| ())
    }

    /// As [`forward`](Self::forward), showing every stage's output under its name in the tutorial.
    pub fn forward_with(
        &self,
        x_t: Tensor<4>,
        t: Tensor<1, Int>,
        class: Option<Tensor<1, Int>>,
        see: &mut dyn FnMut(&str, &Tensor<4>),
    ) -> Tensor<4> {
        let mut row = self.time_embed.val().select(0, t); // [N, 100]
        if let (Some(table), Some(class)) = (&self.class_embed, class) {
            row = row + table.val().select(0, class);
        }
        // 1. Down, keeping each level's output: [N, w1, s, s], [N, w2, s/2, s/2], [N, w3, s/4, s/4].
        let mut x = x_t;
        let mut skips = vec![];
        for (level, down) in self.down.iter().enumerate() {
            x = self.levels[level].forward(x, row.clone());
            see(&format!("layer_{}_block", level + 1), &x);
            skips.push(x.clone());
            for (i, convolution) in down.iter().enumerate() {
                let out = convolution.forward(x);
                x = if i + 1 < down.len() { silu(out) } else { out };
            }
            see(&format!("layer_{}_down", level + 1), &x);
        }
        // 2. The bottom: [N, w3, b, b].
        x = self.levels[BOTTLENECK].forward(x, row.clone());
        see("layer_bottleneck_block", &x);
        // 3. Up, beside what came down.
        for (level, up) in (BOTTLENECK + 1..).zip(&self.up) {
            for (i, convolution) in up.iter().enumerate() {
                let out = convolution.forward(x);
                x = if i + 1 < up.len() { silu(out) } else { out };
            }
            see(&format!("layer_{level}_up"), &x);
            let skip = skips.pop().expect("as many levels up as down");
            x = self.levels[level].forward(Tensor::cat(vec![skip, x], 1), row.clone());
            see(&format!("layer_{level}_block"), &x);
        }
        let output = self.conv_out.forward(x);
        see("eps", &output);
        output
    }

    /// The module's tensors by name; `config` is the one it was built from.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn state(&self, config: &UNetConfig) -> Result<StateDict, ExecutionError> {
        struct Reader(Vec<Result<Array, ExecutionError>>);
        impl ModuleVisitor for Reader {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let value = param.val();
                let shape = value.dims().to_vec();
                let numbers = |data: TensorData| data.try_into_vec().expect("parameters are f32");
                self.0.push(value.try_into_data().map(|data| Array { shape, data: numbers(data) }));
            }
        }
        let mut reader = Reader(vec![]);
        self.visit(&mut reader);
        names(config).into_iter().zip(reader.0).map(|(name, array)| Ok((name, array?))).collect()
    }
}

/// Makes parameters from a state dict.
struct Loader<'a> {
    state: &'a StateDict,
    device: &'a Device,
}

impl Loader<'_> {
    fn param<const D: usize>(&self, name: &str) -> Param<Tensor<D>> {
        let Array { shape, data } = &self.state[name];
        Param::from_data(TensorData::new(data.clone(), shape.clone()), self.device)
    }

    fn layer<const D: usize>(&self, name: &str) -> (Param<Tensor<D>>, Param<Tensor<1>>) {
        (self.param(&format!("{name}.weight")), self.param(&format!("{name}.bias")))
    }

    fn linear(&self, name: &str) -> Linear {
        let (weight, bias) = self.layer(name);
        Linear { weight, bias }
    }

    fn time_embedding(&self, level: &str) -> TimeEmbedding {
        let [layer_1, layer_2] =
            [1, 2].map(|layer| self.linear(&format!("{level}_time_embedding.layer_{layer}")));
        TimeEmbedding { layer_1, layer_2 }
    }

    fn conv_3x3(&self, name: &str) -> Conv {
        let (weight, bias) = self.layer(name);
        Conv { weight, bias, stride: 1, padding: 1 }
    }

    fn down(&self, Resample { name, stride, padding, .. }: &Resample) -> Conv {
        let (weight, bias) = self.layer(name);
        Conv { weight, bias, stride: *stride, padding: *padding }
    }

    fn up(&self, Resample { name, stride, padding, .. }: &Resample) -> ConvTranspose {
        let (weight, bias) = self.layer(name);
        ConvTranspose { weight, bias, stride: *stride, padding: *padding }
    }

    fn blocks(&self, level: &Level) -> Vec<Block> {
        let block = |i: usize| {
            let name = format!("{}_block.{i}", level.name);
            let [weight, bias] =
                ["weight", "bias"].map(|half| self.param(&format!("{name}.layer_norm.{half}")));
            Block {
                layer_norm: LayerNorm { weight, bias },
                conv_1: self.conv_3x3(&format!("{name}.conv_1")),
                conv_2: self.conv_3x3(&format!("{name}.conv_2")),
                normalize: level.normalizes(i),
            }
        };
        (0..BLOCKS).map(block).collect()
    }
}
