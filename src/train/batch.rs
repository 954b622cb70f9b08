//! Batches of training images, in the range that the network sees.

use crate::core::image::{self, SIDE};
use crate::core::noise::{self, Use};
use crate::data::idx::Images;
use rand_chacha::rand_core::Rng;

/// The chosen images in [-1, 1], for a step of a training.
pub fn batch(images: &Images, chosen: &[usize]) -> Vec<f32> {
    let bytes: Vec<u8> = chosen.iter().flat_map(|&i| images.image(i)).copied().collect();
    image::images_to_unit(&bytes)
}

/// The same, every second one mirrored left to right, as the chance of this seed and step has it.
pub fn mirrored_batch(images: &Images, chosen: &[usize], seed: u64, step: u32) -> Vec<f32> {
    let mut rng = noise::stream(seed, Use::Mirror, 0, step);
    let mut batch = batch(images, chosen);
    for image in batch.chunks_exact_mut(SIDE * SIDE) {
        if rng.next_u32() & 1 == 1 {
            image.chunks_exact_mut(SIDE).for_each(<[f32]>::reverse);
        }
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::PIXELS;

    #[test]
    fn images_are_mirrored_at_random_and_otherwise_whole() {
        let pixels = (0..40 * PIXELS).map(|i| (i % SIDE) as u8).collect();
        let images = Images { width: SIDE, height: SIDE, pixels };
        let chosen: Vec<usize> = (0..40).collect();
        let values = mirrored_batch(&images, &chosen, 0, 0);
        let (falling, rising): (Vec<&[f32]>, _) =
            values.chunks(PIXELS).partition(|image| image[0] > image[SIDE - 1]);
        assert!(falling.len() > 10 && rising.len() > 10);
        assert!(rising.iter().all(|image| **image == batch(&images, &[0])));
        assert_ne!(values, mirrored_batch(&images, &chosen, 0, 1));
    }
}
