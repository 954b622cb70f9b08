//! The classifier's gradients against differences of its loss, and its logits against its own in other batches.

use super::*;
use crate::core::image::ImageSpec;
use crate::core::noise::{self, Use};

fn numbers(seed: u64, count: usize, limit: f32) -> Vec<f32> {
    let mut rng = noise::stream(seed, Use::Forward, 0, 0);
    (0..count).map(|_| noise::symmetric(&mut rng, limit)).collect()
}

struct Case {
    config: ResidualConfig,
    parameters: Vec<f32>,
    x: Vec<f32>,
    wanted: Vec<f32>,
}

impl Case {
    /// Six images of three classes, the last one's label smoothed; parameters off their symmetric start.
    fn new(side: usize, channels: usize, widths: [usize; 3], blocks: [usize; 2]) -> Self {
        let config = ResidualConfig { image: ImageSpec { side, channels }, classes: 3, widths, blocks };
        let off = numbers(1, config.parameters(), 0.1);
        let parameters = config.init(0).into_iter().zip(off).map(|(x, off)| x + off).collect();
        let x = numbers(2, 6 * config.image.numbers(), 1.0);
        let mut wanted: Vec<f32> = (0..18).map(|i| f32::from(i / 3 % 3 == i % 3)).collect();
        wanted[15..].copy_from_slice(&[0.05, 0.05, 0.9]);
        Self { config, parameters, x, wanted }
    }

    /// The mean cross-entropy from the logits, in f64.
    fn loss(&self, network: &mut ResidualNetwork, parameters: &[f32]) -> f64 {
        let logits = network.logits(parameters, &self.x);
        let each = logits.chunks(3).zip(self.wanted.chunks(3)).map(|(logits, wanted)| {
            let sum: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
            wanted.iter().zip(logits).map(|(p, x)| f64::from(*p) * (sum.ln() - f64::from(*x))).sum::<f64>()
        });
        each.sum::<f64>() / 6.0
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    for (side, channels, widths, blocks) in
        [(12, 1, [4, 8, 12], [1, 1]), (16, 3, [5, 6, 7], [2, 1]), (28, 1, [8, 12, 20], [1, 2])]
    {
        let case = Case::new(side, channels, widths, blocks);
        for isa in Isa::available() {
            let mut network = ResidualNetwork::with(&case.config, isa);
            let mut gradient = vec![0.0; case.parameters.len()];
            let batch = Labelled { x: &case.x, wanted: &case.wanted };
            let loss = network.loss(&case.parameters, batch, &mut gradient);
            assert!((loss - case.loss(&mut network, &case.parameters)).abs() < 1e-5, "{loss}");
            // Along a random direction within each tensor, the loss changes as the gradient says.
            let mut start = 0;
            for tensor in case.config.tensors() {
                let own = start..start + tensor.elements();
                start = own.end;
                let direction = numbers(3 + start as u64, own.len(), 1.0);
                let step = 1e-2 / (own.len() as f32).sqrt();
                let mut moved = |sign: f32| {
                    let mut parameters = case.parameters.clone();
                    for (x, d) in parameters[own.clone()].iter_mut().zip(&direction) {
                        *x += sign * step * d;
                    }
                    case.loss(&mut network, &parameters)
                };
                let slope = (moved(1.0) - moved(-1.0)) / f64::from(2.0 * step);
                let dot = |a: &[f32], b: &[f32]| -> f64 {
                    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
                };
                let (found, own) = (dot(&gradient[own.clone()], &direction), &gradient[own]);
                let size = dot(own, own).sqrt();
                assert!(size > 1e-6, "{} has no gradient", tensor.name);
                assert!(
                    (found - slope).abs() < 0.02 * slope.abs() + 0.01 * size + 1e-4,
                    "{} of {:?}: {found}, not {slope} (gradient {size})",
                    tensor.name,
                    case.config
                );
            }
        }
    }
}

#[test]
fn an_images_logits_are_the_same_in_every_batch() {
    let case = Case::new(20, 3, [4, 8, 8], [1, 1]);
    let mut network = ResidualNetwork::new(&case.config);
    let all = network.logits(&case.parameters, &case.x);
    let last = network.logits(&case.parameters, &case.x[5 * case.config.image.numbers()..]);
    assert_eq!(all[15..], last);
    assert_ne!(all[..3], all[3..6]);
}
