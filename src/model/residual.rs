//! The residual classifier's sizes, tensors and initial values.
//!
//! A 3x3 convolution at full size, then two stages of residual blocks at a half and a quarter of it, each behind a
//! 4x4 convolution of stride 2. A block is x + conv_2(SiLU(conv_1(norm(x)))), its LayerNorm over the whole image with
//! a weight and a bias for each channel. A last norm, the mean over all pixels, and a linear layer give the logits.

use crate::core::image::ImageSpec;
use crate::core::noise::{self, Use};
use serde::{Deserialize, Serialize};

/// How much smaller a block's second convolution starts than He's rule has it, so that blocks start near the identity.
const GENTLE: f32 = 0.3;

/// What a residual classifier takes and tells apart, and how large it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualConfig {
    /// Its side is a multiple of 4.
    pub image: ImageSpec,
    pub classes: usize,
    /// Channels at full size, in the first stage and in the second; 1 or more each.
    pub widths: [usize; 3],
    /// Residual blocks of either stage.
    pub blocks: [usize; 2],
}

/// A tensor of the classifier; its initial values are uniform in plus or minus `limit`, around `centre`.
#[derive(Clone, Debug, PartialEq)]
pub struct ResidualTensor {
    pub name: String,
    pub shape: Vec<usize>,
    centre: f32,
    limit: f32,
}

impl ResidualTensor {
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether weight decay shrinks it: all but norms and biases.
    pub fn decays(&self) -> bool {
        self.shape.len() > 1
    }
}

impl ResidualConfig {
    /// The size that `ddpm train-classifier --strong` trains.
    pub fn usual(image: ImageSpec, classes: usize) -> Self {
        Self { image, classes, widths: [16, 32, 64], blocks: [2, 2] }
    }

    /// Side and channels at full size and in either stage.
    pub fn levels(&self) -> [(usize, usize); 3] {
        let [full, first, second] = self.widths;
        let side = self.image.side;
        [(side, full), (side / 2, first), (side / 4, second)]
    }

    /// All tensors, in the order of the flat vector of parameters.
    pub fn tensors(&self) -> Vec<ResidualTensor> {
        let mut list = List(vec![]);
        let [full, first, second] = self.widths;
        list.convolution("conv_in", [self.image.channels, full, 3], 1.0);
        for (stage, [from, width]) in [[full, first], [first, second]].into_iter().enumerate() {
            list.convolution(&format!("down_{}", stage + 1), [from, width, 4], 0.5f32.sqrt());
            for block in 0..self.blocks[stage] {
                let name = format!("stage_{}.{block}", stage + 1);
                list.norm(&format!("{name}.norm"), width);
                list.convolution(&format!("{name}.conv_1"), [width, width, 3], 1.0);
                list.convolution(&format!("{name}.conv_2"), [width, width, 3], GENTLE);
            }
        }
        list.norm("norm", second);
        list.layer("logits", &[self.classes, second], (3.0 / second as f32).sqrt());
        list.0
    }

    /// Length of the flat vector of parameters.
    pub fn parameters(&self) -> usize {
        self.tensors().iter().map(ResidualTensor::elements).sum()
    }

    /// Untrained parameters.
    pub fn init(&self, seed: u64) -> Vec<f32> {
        let tensor = |(place, tensor): (usize, ResidualTensor)| {
            let mut rng = noise::stream(seed, Use::Init, place as u32, 0);
            let ResidualTensor { centre, limit, .. } = tensor;
            (0..tensor.elements()).map(|_| centre + noise::symmetric(&mut rng, limit)).collect::<Vec<_>>()
        };
        self.tensors().into_iter().enumerate().flat_map(tensor).collect()
    }
}

struct List(Vec<ResidualTensor>);

impl List {
    fn push(&mut self, name: String, shape: &[usize], centre: f32, limit: f32) {
        self.0.push(ResidualTensor { name, shape: shape.to_vec(), centre, limit });
    }

    /// A weight, and a bias that starts at zero.
    fn layer(&mut self, name: &str, shape: &[usize], limit: f32) {
        self.push(format!("{name}.weight"), shape, 0.0, limit);
        self.push(format!("{name}.bias"), &shape[..1], 0.0, 0.0);
    }

    /// `scale` times the standard deviation of He's rule (2015), whose variance is 2 / fan-in.
    fn convolution(&mut self, name: &str, [from, to, kernel]: [usize; 3], scale: f32) {
        let fan_in = from * kernel * kernel;
        self.layer(name, &[to, from, kernel, kernel], scale * (6.0 / fan_in as f32).sqrt());
    }

    fn norm(&mut self, name: &str, channels: usize) {
        self.push(format!("{name}.weight"), &[channels], 1.0, 0.0);
        self.push(format!("{name}.bias"), &[channels], 0.0, 0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_one_has_so_many_parameters() {
        let config = ResidualConfig::usual(ImageSpec { side: 28, channels: 1 }, 10);
        // 160 + 8,224 + 2 (64 + 2 * 9,248) + 32,832 + 2 (128 + 2 * 36,928) + 128 + 650.
        assert_eq!(config.parameters(), 227_082);
        let parameters = config.init(0);
        assert_eq!(parameters.len(), 227_082);
        assert_ne!(parameters, config.init(1));
        assert!(parameters.iter().all(|x| x.abs() <= 1.0));
    }
}
