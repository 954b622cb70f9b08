//! Gradients where images are interleaved.

use super::*;

/// A single thread has as many images as are interleaved, and some more, which are not.
#[test]
fn interleaved_gradients_are_pytorchs() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for case in Case::all() {
        for isa in Isa::available() {
            let times = isa.lanes() / case.places.len() + 1;
            one.install(|| case.check_times(times, isa, &format!("{}, interleaved", isa.name())));
        }
    }
}

/// Interleaved images have the gradients of images one by one, whatever a network's sizes.
#[test]
fn interleaved_gradients_are_those_of_images_one_by_one() {
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for (side, channels, widths) in [(12, 1, [1, 2, 1]), (20, 3, [3, 5, 2]), (16, 1, [17, 4, 9])] {
        let config = UNetConfig { image: ImageSpec { side, channels }, widths, classes: Some(2) };
        let parameters = Parameters::init(&config, 5);
        for isa in Isa::available() {
            let (count, len) = (isa.lanes(), config.image.numbers());
            let [mut x_t, mut target] = [vec![0.0; count * len], vec![0.0; count * len]];
            gaussian_batch(1, Use::Start, 0, 0, len, &mut x_t);
            gaussian_batch(2, Use::Start, 0, 0, len, &mut target);
            let places: Vec<Place> = (0..count).map(|i| Place { t: 9 * i, class: Some(i % 2) }).collect();
            let importance: Vec<f32> = (0..count).map(|i| 0.5 + i as f32 / 8.0).collect();
            let batch =
                Batch { x_t: &x_t, target: &target, places: &places, importance: &importance, whole: count };
            let [(alone_loss, alone), (loss, gradient)] = [false, true].map(|interleaved| {
                let mut gradients = CpuGradients::with(&config, isa);
                gradients.interleaved = gradients.interleaved.filter(|_| interleaved);
                let mut gradient = vec![0.0; parameters.flat.len()];
                let loss = one.install(|| gradients.loss(&parameters.flat, batch, &mut gradient));
                (loss, gradient)
            });
            assert!((loss / alone_loss - 1.0).abs() < 1e-6, "{config}, {}", isa.name());
            let largest = alone.iter().fold(0f32, |largest, x| largest.max(x.abs()));
            let apart = gradient.iter().zip(&alone).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(apart < 1e-5 * largest, "{config}, {}: {apart} of {largest}", isa.name());
        }
    }
}

/// Images are interleaved in vectors that are long enough, unless that takes too much memory.
#[test]
fn large_networks_are_not_interleaved() {
    for isa in Isa::available() {
        let interleaved = |widths| {
            let config = UNetConfig { widths, ..UNetConfig::tutorial() };
            CpuGradients::with(&config, isa).interleaved.map(|layout| layout.scratch_bytes())
        };
        assert_eq!(interleaved([10, 20, 40]).is_some(), isa.lanes() > LANES, "{}", isa.name());
        assert!(interleaved([10, 20, 40]).is_none_or(|bytes| 2 * bytes <= MOST_SCRATCH_BYTES));
        assert!(interleaved([128; 3]).is_none(), "{}", isa.name());
    }
}
