//! Random numbers as pure functions of what they are for.
//!
//! Each use has its own ChaCha8 stream: the key is (seed, use), the nonce is (image, step), the
//! block counter runs over the pixels. So any engine can produce any image's noise on its own, in
//! any order, and an interrupted run continues with the very same numbers. Integers come from the
//! generator, Gaussians from Box-Muller with `libm`'s software functions: the same bits natively
//! and in wasm.

mod towards;

pub use self::towards::{Towards, TowardsError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The largest seed. JavaScript's numbers hold every whole number up to here, so that a seed means the same pictures
/// in the program, on the page and in its module.
pub const MAX_SEED: u64 = (1 << 53) - 1;

/// What random numbers are for. No two uses share a stream.
#[derive(Clone, Copy, Debug)]
pub enum Use {
    /// x_T, where the reverse process starts; step 0.
    Start = 1,
    /// z, added after the reverse step at t = step.
    Reverse = 2,
    /// eps of forward-noised pictures; step 0, so that more noise means more of the same noise.
    Forward = 3,
    /// eps in training; image = place in the batch, step = global step.
    TrainEps = 4,
    /// t in training; step = global step.
    TrainTime = 5,
    /// The order of the training images; step = epoch.
    Shuffle = 6,
    /// Initial weights; image = the tensor's place in the state dict.
    Init = 7,
    /// Which images of a training batch are mirrored; step = global step.
    Mirror = 8,
    /// eps of the loss on test images; step = t.
    TestEps = 9,
    /// Which images' classes are dropped in training; image = place in the batch, step = global step.
    ClassDrop = 10,
    /// How far the images of a training step are shifted; step = global step.
    Shift = 11,
    /// Which class a teacher's path is of; image = the path's number.
    PathClass = 12,
    /// Which class an image is of, where none is asked for; step 0.
    Class = 13,
    /// eps of the pixels that a masked run keeps, after a step that ends at t = step.
    Known = 14,
    /// What noises a batch again before a step at t = step is taken once more.
    Again = 15,
    /// Where the points of a toy data set lie; image = the set, step 0.
    Toy = 16,
}

/// The stream of random numbers for one use, image and step.
pub fn stream(seed: u64, purpose: Use, image: u32, step: u32) -> ChaCha8Rng {
    stream_of_visit(seed, purpose, image, step, 0)
}

/// The same for a step that is taken several times: each visit has a stream of its own, and the first one, visit 0,
/// that of a step that is taken once.
fn stream_of_visit(seed: u64, purpose: Use, image: u32, step: u32, visit: u32) -> ChaCha8Rng {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8] = purpose as u8;
    key[9..13].copy_from_slice(&visit.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    rng.set_stream((u64::from(image) << 32) | u64::from(step));
    rng
}

/// Fills `out` with samples of N(0, 1). Samples 2i and 2i + 1 come from words 2i and 2i + 1 of the stream.
pub fn gaussian(seed: u64, purpose: Use, image: u32, step: u32, out: &mut [f32]) {
    fill(&mut stream(seed, purpose, image, step), out);
}

fn fill(rng: &mut ChaCha8Rng, out: &mut [f32]) {
    for pair in out.chunks_mut(2) {
        // u1 lies in (0, 1], for the logarithm; u2 in [0, 1), for the angle.
        let u1 = (rng.next_u32() as f32 + 1.0) * 2f32.powi(-32);
        let u2 = (rng.next_u32() >> 8) as f32 * 2f32.powi(-24);
        let radius = libm::sqrtf(-2.0 * libm::logf(u1));
        let angle = std::f32::consts::TAU * u2;
        pair[0] = radius * libm::cosf(angle);
        if let Some(second) = pair.get_mut(1) {
            *second = radius * libm::sinf(angle);
        }
    }
}

/// Fills `out` with the noise of images `first`, `first + 1`, ..., `pixels` f32 elements each.
pub fn gaussian_batch(seed: u64, purpose: Use, first: u32, step: u32, pixels: usize, out: &mut [f32]) {
    for (image, out) in (first..).zip(out.chunks_mut(pixels)) {
        gaussian(seed, purpose, image, step, out);
    }
}

/// The same of one of several visits of a step, counted from 0.
pub fn gaussian_visit(
    seed: u64,
    purpose: Use,
    first: u32,
    (step, visit): (u32, u32),
    pixels: usize,
    out: &mut [f32],
) {
    for (image, out) in (first..).zip(out.chunks_mut(pixels)) {
        fill(&mut stream_of_visit(seed, purpose, image, step, visit), out);
    }
}

/// A uniform integer in 0..bound. Its bias is below bound / 2^32.
pub fn below(rng: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u64::from(rng.next_u32()) * bound as u64) >> 32) as usize
}

/// The classes of images `first`, `first + 1`, ... (`count` of them) where none is asked for: a network that knows
/// `known` is told one of them, each as likely as the others; a network without classes is told none.
pub fn classes(seed: u64, first: u32, count: usize, known: Option<usize>) -> Vec<Option<usize>> {
    let class = |image: u32| known.map(|known| below(&mut stream(seed, Use::Class, image, 0), known));
    (first..).take(count).map(class).collect()
}

/// A uniform number in [-limit, limit).
pub fn symmetric(rng: &mut ChaCha8Rng, limit: f32) -> f32 {
    ((rng.next_u32() >> 8) as f32 * 2f32.powi(-23) - 1.0) * limit
}

/// A permutation of 0..n for one epoch (Fisher-Yates).
pub fn permutation(seed: u64, epoch: u32, n: usize) -> Vec<usize> {
    let mut rng = stream(seed, Use::Shuffle, 0, epoch);
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, below(&mut rng, i + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normals(n: usize, seed: u64, image: u32, step: u32) -> Vec<f32> {
        let mut out = vec![0.0; n];
        gaussian(seed, Use::Reverse, image, step, &mut out);
        out
    }

    #[test]
    fn is_standard_normal() {
        let z = normals(400_000, 1, 0, 0);
        let n = z.len() as f64;
        let moment = |k| z.iter().map(|&z| f64::from(z).powi(k)).sum::<f64>() / n;
        // Each moment may be off by four standard errors of its estimate.
        assert!(moment(1).abs() < 4.0 / n.sqrt());
        assert!((moment(2) - 1.0).abs() < 4.0 * (2.0 / n).sqrt());
        assert!(moment(3).abs() < 4.0 * (15.0 / n).sqrt());
        assert!((moment(4) - 3.0).abs() < 4.0 * (96.0 / n).sqrt());
        assert!(z.iter().all(|z| z.is_finite()));
    }

    #[test]
    fn streams_differ_and_repeat() {
        assert_eq!(normals(784, 7, 3, 9), normals(784, 7, 3, 9));
        let base = normals(784, 7, 3, 9);
        for other in
            [normals(784, 8, 3, 9), normals(784, 7, 4, 9), normals(784, 7, 3, 10), normals(784, 7, 9, 3)]
        {
            let correlation: f32 = base.iter().zip(&other).map(|(a, b)| a * b).sum::<f32>() / 784.0;
            assert!(correlation.abs() < 0.15, "{correlation}");
        }
        assert_eq!(normals(3, 7, 3, 9), base[..3]);
        let visit = |visit: u32| {
            let mut out = vec![0.0; 2 * 784];
            gaussian_visit(7, Use::Reverse, 2, (9, visit), 784, &mut out);
            out.split_off(784)
        };
        assert_eq!(visit(0), base, "a step that is taken once");
        let correlation: f32 = base.iter().zip(&visit(1)).map(|(a, b)| a * b).sum::<f32>() / 784.0;
        assert!(correlation.abs() < 0.15, "{correlation}");
    }

    /// A seed's numbers must never change, or old seeds would draw new pictures.
    #[test]
    fn first_numbers_are_pinned() {
        let bits: Vec<u32> = normals(4, 42, 0, 199).iter().map(|z| z.to_bits()).collect();
        assert_eq!(bits, PINNED);
    }
    const PINNED: [u32; 4] = [1058491171, 3204560619, 3218079887, 1054665142];

    #[test]
    fn an_image_is_of_the_same_class_in_every_batch_and_each_class_is_as_likely() {
        let drawn = classes(7, 0, 3000, Some(3));
        assert_eq!(classes(7, 1000, 500, Some(3)), drawn[1000..1500]);
        assert_ne!(classes(8, 0, 3000, Some(3)), drawn);
        for class in 0..3 {
            let share = drawn.iter().filter(|drawn| **drawn == Some(class)).count() as f64 / 3000.0;
            // Four standard errors.
            assert!((share - 1.0 / 3.0).abs() < 4.0 * (2.0f64 / 9.0 / 3000.0).sqrt(), "{class}: {share}");
        }
        assert_eq!(classes(7, 0, 2, None), [None; 2]);
        // As with other numbers, a seed's classes must never change.
        assert_eq!(classes(42, 0, 8, Some(10)), PINNED_CLASSES.map(Some));
    }
    const PINNED_CLASSES: [usize; 8] = [4, 2, 0, 9, 1, 6, 3, 4];

    #[test]
    fn permutation_is_one() {
        let order = permutation(3, 1, 1000);
        assert_ne!(order, permutation(3, 2, 1000));
        let mut sorted = order.clone();
        sorted.sort();
        assert_eq!(sorted, (0..1000).collect::<Vec<_>>());
        assert!(order.iter().enumerate().filter(|&(i, &x)| i == x).count() < 10);
    }
}
