//! Batches of training images, in the range that the network sees.

use crate::core::image::{Images, bytes_to_unit};
use crate::core::noise::{self, Use};
use crate::engine::Condition;
use rand_chacha::rand_core::Rng;

/// How often a class is not told in training, so that the network learns to do without.
const CLASS_DROP: f64 = 0.1;

/// The chosen images in [-1, 1], for a step of a training.
pub fn batch(images: &Images, chosen: &[usize]) -> Vec<f32> {
    bytes_to_unit(&images.select(chosen.iter().copied()).bytes)
}

/// The same, every second one mirrored left to right, as the chance of this seed and step has it.
pub fn mirrored_batch(images: &Images, chosen: &[usize], seed: u64, step: u32) -> Vec<f32> {
    let mut rng = noise::stream(seed, Use::Mirror, 0, step);
    let mut batch = batch(images, chosen);
    for image in batch.chunks_exact_mut(images.spec.numbers()) {
        if rng.next_u32() & 1 == 1 {
            image.chunks_exact_mut(images.spec.side).for_each(<[f32]>::reverse);
        }
    }
    batch
}

/// The chosen images' classes, one in ten of them dropped: which ones is a function of the seed, the step and
/// the place in the batch.
pub fn conditions(labels: &[u8], chosen: &[usize], seed: u64, step: u32) -> Vec<Condition> {
    let told = |(place, i): (usize, &usize)| {
        let drawn = noise::stream(seed, Use::ClassDrop, place as u32, step).next_u32();
        let dropped = f64::from(drawn) < CLASS_DROP * 2f64.powi(32);
        (!dropped).then_some(usize::from(labels[*i]))
    };
    chosen.iter().enumerate().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;

    #[test]
    fn images_are_mirrored_at_random_and_otherwise_whole() {
        for channels in [1, 3] {
            let spec = ImageSpec { side: 28, channels };
            let bytes = (0..40 * spec.numbers()).map(|i| (i % spec.side) as u8).collect();
            let images = Images { spec, bytes };
            let chosen: Vec<usize> = (0..40).collect();
            let values = mirrored_batch(&images, &chosen, 0, 0);
            let (falling, rising): (Vec<&[f32]>, _) =
                values.chunks(spec.numbers()).partition(|image| image[0] > image[spec.side - 1]);
            assert!(falling.len() > 10 && rising.len() > 10);
            assert!(rising.iter().all(|image| **image == batch(&images, &[0])));
            assert_ne!(values, mirrored_batch(&images, &chosen, 0, 1));
        }
    }

    #[test]
    fn one_class_in_ten_is_dropped_as_seed_step_and_place_have_it() {
        let labels: Vec<u8> = (0..10_000).map(|i| (i % 7) as u8).collect();
        let chosen: Vec<usize> = (0..10_000).rev().collect();
        let told = conditions(&labels, &chosen, 3, 8);
        let dropped = told.iter().filter(|class| class.is_none()).count();
        assert!((900..1100).contains(&dropped), "{dropped}");
        assert!(told.iter().zip(&chosen).all(|(class, i)| class.is_none_or(|class| class == i % 7)));
        assert_eq!(told[..10], conditions(&labels, &chosen[..10], 3, 8));
        assert_ne!(told, conditions(&labels, &chosen, 3, 9));
        assert_ne!(told, conditions(&labels, &chosen, 4, 8));
    }
}
