//! What the graph's operations mean, against Burn's own.

use crate::graph::ops::{BORDER, Conv, Kind, View};
use crate::graph::reference::trial::{Trial, conv};
use burn::prelude::*;
use burn::tensor::TensorData;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use proptest::prelude::*;

/// A view's numbers as `[1, C, H, W]`.
fn channels_first(view: &View, scratch: &[f32]) -> Vec<f32> {
    let number = |c: usize, i: usize| {
        scratch[view.at(i / view.side + BORDER, i % view.side + BORDER) + view.channels.slot(c)]
    };
    (0..view.channels.count)
        .flat_map(|c| (0..view.side * view.side).map(move |i| (c, i)))
        .map(|(c, i)| number(c, i))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn convolutions_are_burns(
        side in 2usize..18, first in 1usize..45, second in 0usize..12, outputs in 1usize..45, kind in 0usize..4,
        seed: u64,
    ) {
        let conv = [conv(3, 1, 1, 1, false), conv(4, 2, 1, 1, false), conv(2, 1, 0, 1, false), conv(2, 1, 1, 1, false)][kind];
        let Trial { op, weights, scratch, expected, .. } = Trial::conv(conv, side, [first, second], outputs, seed);
        let device = Device::flex();
        let Kind::Conv(Conv { kernel, stride, padding, weight, bias, .. }) = op.kind else { unreachable!() };
        let [from, to] = [&op.input, &op.output].map(|view| view.channels);
        let tap = |o: usize, i: usize, tap: usize| {
            weights[weight + (tap * from.depth() + from.slot(i)) * to.depth() + to.slot(o)]
        };
        let taps = (0..outputs).flat_map(|o| {
            (0..from.count).flat_map(move |i| (0..kernel * kernel).map(move |k| (o, i, k)))
        });
        let taps: Vec<f32> = taps.map(|(o, i, k)| tap(o, i, k)).collect();
        let tensor = |numbers: Vec<f32>, shape: [usize; 4]| Tensor::<4>::from_data(TensorData::new(numbers, shape), &device);
        let x = tensor(channels_first(&op.input, &scratch), [1, from.count, side, side]);
        let taps = tensor(taps, [outputs, from.count, kernel, kernel]);
        let bias = weights[bias..][..outputs].to_vec();
        let bias = Tensor::<1>::from_data(TensorData::new(bias, [outputs]), &device);
        let options = ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1);
        let found: Vec<f32> = conv2d(x, taps, Some(bias), options).into_data().try_into_vec().unwrap();
        let expected = channels_first(&op.output, &expected);
        prop_assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            prop_assert!((found - expected).abs() < 1e-5, "{} for {}", found, expected);
        }
    }
}
