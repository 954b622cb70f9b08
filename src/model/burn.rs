//! The tutorial's UNet as a Burn module. Field names give the tutorial's state-dict names, and
//! `arch` gives the sizes.

mod layers;

use self::layers::{Block, Conv, ConvTranspose, Embedding, LayerNorm, Linear, Silu, TimeEmbedding, blocks};
use crate::model::file::{Array, StateDict};
use crate::model::tensors::{DOWN, LEVELS, Level, Resample, TIME_EMBED, UP};
use burn::module::{Module, ModuleVisitor, Param};
use burn::prelude::*;
use burn::tensor::ExecutionError;
use burn::tensor::activation::silu;

/// Predicts the noise in x_t (the tutorial's section "UNet"). 506,852 trainable parameters.
#[derive(Module, Debug)]
pub struct UNet {
    time_embed: Embedding,
    layer_1_time_embedding: TimeEmbedding,
    layer_1_block: Vec<Block>,
    layer_1_down: Conv,
    layer_2_time_embedding: TimeEmbedding,
    layer_2_block: Vec<Block>,
    layer_2_down: Conv,
    layer_3_time_embedding: TimeEmbedding,
    layer_3_block: Vec<Block>,
    layer_3_down: (Conv, Silu, Conv),
    layer_bottleneck_time_embedding: TimeEmbedding,
    layer_bottleneck_block: Vec<Block>,
    layer_4_up: (ConvTranspose, Silu, ConvTranspose),
    layer_4_time_embedding: TimeEmbedding,
    layer_4_block: Vec<Block>,
    layer_5_up: ConvTranspose,
    layer_5_time_embedding: TimeEmbedding,
    layer_5_block: Vec<Block>,
    layer_6_up: ConvTranspose,
    layer_6_time_embedding: TimeEmbedding,
    layer_6_block: Vec<Block>,
    conv_out: Conv,
}

impl UNet {
    /// Builds the module on a device. `state` is complete and of the right shapes, as
    /// [`Weights`](crate::model::file::Weights) makes sure.
    pub fn new(state: &StateDict, device: &Device) -> Self {
        let load = Loader { state, device };
        let time = |level: usize| load.time_embedding(LEVELS[level].name);
        let blocks = |level: usize| load.blocks(&LEVELS[level]);
        let down = |i: usize| load.down(&DOWN[i]);
        let up = |i: usize| load.up(&UP[i]);
        Self {
            time_embed: Embedding { weight: load.param(TIME_EMBED).set_require_grad(false) },
            layer_1_time_embedding: time(0),
            layer_1_block: blocks(0),
            layer_1_down: down(0),
            layer_2_time_embedding: time(1),
            layer_2_block: blocks(1),
            layer_2_down: down(1),
            layer_3_time_embedding: time(2),
            layer_3_block: blocks(2),
            layer_3_down: (down(2), Silu, down(3)),
            layer_bottleneck_time_embedding: time(3),
            layer_bottleneck_block: blocks(3),
            layer_4_up: (up(0), Silu, up(1)),
            layer_4_time_embedding: time(4),
            layer_4_block: blocks(4),
            layer_5_up: up(2),
            layer_5_time_embedding: time(5),
            layer_5_block: blocks(5),
            layer_6_up: up(3),
            layer_6_time_embedding: time(6),
            layer_6_block: blocks(6),
            conv_out: load.conv_3x3("conv_out"),
        }
    }

    /// The noise predicted in `x_t`.
    ///
    /// # Shapes
    /// - x_t: `[N, 1, 28, 28]`, t: `[N]` with values 0..1000
    /// - output: `[N, 1, 28, 28]`
    pub fn forward(&self, x_t: Tensor<4>, t: Tensor<1, Int>) -> Tensor<4> {
        self.forward_with(x_t, t, &mut |_, _| ())
    }

    /// As [`forward`](Self::forward), showing every stage's output under its name in the tutorial.
    pub fn forward_with(
        &self,
        x_t: Tensor<4>,
        t: Tensor<1, Int>,
        see: &mut dyn FnMut(&'static str, &Tensor<4>),
    ) -> Tensor<4> {
        let mut stage = |name, x: Tensor<4>| {
            see(name, &x);
            x
        };
        let te = self.time_embed.forward(t); // [N, 100]
        let add = |x: Tensor<4>, embedding: &TimeEmbedding| x + embedding.forward(te.clone());
        let cat = |skip: Tensor<4>, below: Tensor<4>| Tensor::cat(vec![skip, below], 1);

        // Down.
        let x = blocks(&self.layer_1_block, add(x_t, &self.layer_1_time_embedding));
        let skip_1 = stage("layer_1_block", x); // [N, 10, 28, 28]
        let x = stage("layer_1_down", self.layer_1_down.forward(skip_1.clone()));
        let x = blocks(&self.layer_2_block, add(x, &self.layer_2_time_embedding));
        let skip_2 = stage("layer_2_block", x); // [N, 20, 14, 14]
        let x = stage("layer_2_down", self.layer_2_down.forward(skip_2.clone()));
        let x = blocks(&self.layer_3_block, add(x, &self.layer_3_time_embedding));
        let skip_3 = stage("layer_3_block", x); // [N, 40, 7, 7]
        let (to_6, _, to_3) = &self.layer_3_down;
        let x = stage("layer_3_down", to_3.forward(silu(to_6.forward(skip_3.clone()))));

        let x = blocks(&self.layer_bottleneck_block, add(x, &self.layer_bottleneck_time_embedding));
        let x = stage("layer_bottleneck_block", x); // [N, 40, 3, 3]

        // Up.
        let (to_6, _, to_7) = &self.layer_4_up;
        let x = stage("layer_4_up", to_7.forward(silu(to_6.forward(x))));
        let x = blocks(&self.layer_4_block, add(cat(skip_3, x), &self.layer_4_time_embedding));
        let x = stage("layer_4_block", x); // [N, 20, 7, 7]
        let x = stage("layer_5_up", self.layer_5_up.forward(x));
        let x = blocks(&self.layer_5_block, add(cat(skip_2, x), &self.layer_5_time_embedding));
        let x = stage("layer_5_block", x); // [N, 10, 14, 14]
        let x = stage("layer_6_up", self.layer_6_up.forward(x));
        let x = blocks(&self.layer_6_block, add(cat(skip_1, x), &self.layer_6_time_embedding));
        let x = stage("layer_6_block", x); // [N, 10, 28, 28]
        stage("eps", self.conv_out.forward(x)) // [N, 1, 28, 28]
    }

    /// The module's tensors by name.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn state(&self) -> Result<StateDict, ExecutionError> {
        struct Reader {
            path: Vec<String>,
            state: Result<StateDict, ExecutionError>,
        }
        impl ModuleVisitor for Reader {
            fn enter_module(&mut self, name: &str, _: &str) {
                self.path.push(name.into());
            }
            fn exit_module(&mut self, _: &str, _: &str) {
                self.path.pop();
            }
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let Ok(state) = &mut self.state else { return };
                let value = param.val();
                let shape = value.dims().to_vec();
                match value.try_into_data() {
                    Ok(data) => {
                        let data = data.try_into_vec().expect("parameters are f32");
                        state.insert(self.path.join("."), Array { shape, data });
                    }
                    Err(error) => self.state = Err(error),
                }
            }
        }
        let mut reader = Reader { path: vec![], state: Ok(StateDict::new()) };
        self.visit(&mut reader);
        reader.state
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
        let name = format!("{level}_time_embedding");
        TimeEmbedding {
            layer_1: self.linear(&format!("{name}.layer_1")),
            layer_2: self.linear(&format!("{name}.layer_2")),
        }
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
            let norm = format!("{name}.layer_norm");
            Block {
                layer_norm: LayerNorm {
                    weight: self.param(&format!("{norm}.weight")),
                    bias: self.param(&format!("{norm}.bias")),
                },
                conv_1: self.conv_3x3(&format!("{name}.conv_1")),
                conv_2: self.conv_3x3(&format!("{name}.conv_2")),
                normalize: level.normalizes(i),
            }
        };
        (0..3).map(block).collect()
    }
}
