//! Which picture of a set is nearest to another, so that copies are seen.
//!
//! Pictures are compared as people see them, as bytes. Sums of whole numbers have no rounding: the same answer
//! everywhere.

use super::image::Images;
use super::moves::Moves;

/// A picture of a set, and how far another is from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Its number in the set.
    pub image: usize,
    /// Root of the mean squared difference of their numbers in [-1, 1]: from 0 to 2.
    pub distance: f64,
}

/// The picture of a set that is nearest to one, [C, H, W], however that may have been moved; none in an empty set.
///
/// # Panics
/// When the picture is of another size.
pub fn nearest(images: &Images, picture: &[u8], moves: Moves) -> Option<Nearest> {
    few_nearest(images, picture, moves, 1).pop()
}

/// The `count` pictures of a set that are nearest to one, [C, H, W], however that may have been moved, the nearest
/// first; as many as there are in a smaller set.
///
/// # Panics
/// When the picture is of another size, or `count` is 0.
pub fn few_nearest(images: &Images, picture: &[u8], moves: Moves, count: usize) -> Vec<Nearest> {
    search(images, picture, moves, count, |_, _| true)
}

/// How far a picture of a set is from the nearest other; none where all are the same.
pub fn spacing(images: &Images, image: usize, moves: Moves) -> Option<f64> {
    let numbers = images.spec.numbers();
    let own = &images.bytes[image * numbers..][..numbers];
    let others = search(images, own, moves, 1, |other, sum| other != image && sum > 0);
    others.first().map(|nearest| nearest.distance)
}

/// Numbers after which it is asked whether a picture is too far already.
const STRIDE: usize = 112;

/// The nearest `most` of those that count, by their number and sum of squares; of equals, the first in the set.
fn search(
    images: &Images,
    picture: &[u8],
    moves: Moves,
    most: usize,
    counts: impl Fn(usize, u32) -> bool,
) -> Vec<Nearest> {
    let numbers = images.spec.numbers();
    assert_eq!(picture.len(), numbers, "a picture of another size");
    let mut best: Vec<(u32, usize)> = Vec::with_capacity(most + 1);
    for one in moves.all() {
        let mut moved = picture.to_vec();
        one.apply(&mut moved, images.spec);
        for (number, image) in images.bytes.chunks_exact(numbers).enumerate() {
            let limit = if best.len() < most { u32::MAX } else { best[most - 1].0 };
            let Some(sum) = squares_below(limit, image, &moved).filter(|sum| counts(number, *sum)) else {
                continue;
            };
            // Moved otherwise, the same picture may be nearer.
            match best.iter().position(|(_, other)| *other == number) {
                Some(at) if best[at].0 <= sum => continue,
                Some(at) => drop(best.remove(at)),
                None => best.truncate(most - 1),
            }
            best.insert(best.partition_point(|(other, _)| *other <= sum), (sum, number));
        }
    }
    let nearest = |(sum, image)| {
        let distance = (f64::from(sum) / numbers as f64).sqrt() / 127.5;
        Nearest { image, distance }
    };
    best.into_iter().map(nearest).collect()
}

/// The sum of the squared differences, for which 32 bits suffice up to 64x64 in colour; none where it is not below
/// `limit`.
fn squares_below(limit: u32, a: &[u8], b: &[u8]) -> Option<u32> {
    let square = |(a, b): (&u8, &u8)| {
        let difference = i16::from(*a) - i16::from(*b);
        (i32::from(difference) * i32::from(difference)) as u32
    };
    let mut sum = 0;
    for (a, b) in a.chunks(STRIDE).zip(b.chunks(STRIDE)) {
        sum += a.iter().zip(b).map(square).sum::<u32>();
        if sum >= limit {
            return None;
        }
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;
    use crate::core::moves::Move;
    use crate::core::noise::{self, Use};
    use rand_chacha::rand_core::Rng;

    fn random(count: usize, seed: u64) -> Images {
        let spec = ImageSpec { side: 12, channels: 3 };
        let mut bytes = vec![0; count * spec.numbers()];
        noise::stream(seed, Use::Init, 0, 0).fill_bytes(&mut bytes);
        Images { spec, bytes }
    }

    #[test]
    fn the_nearest_is_found_with_its_distance() {
        let images = random(50, 0);
        let still = Moves::default();
        let picture = |i: usize| &images.bytes[i * 432..][..432];
        assert_eq!(nearest(&images, picture(7), still), Some(Nearest { image: 7, distance: 0.0 }));
        let mut other = picture(31).to_vec();
        other[100] = other[100].wrapping_add(51);
        let found = nearest(&images, &other, still).unwrap();
        let apart = f64::from(other[100].abs_diff(picture(31)[100])) / 127.5;
        assert_eq!(found.image, 31);
        assert!((found.distance - (apart.powi(2) / 432.0).sqrt()).abs() < 1e-12);
        let [black, white] = [0, 255].map(|byte| Images { bytes: vec![byte; 432], ..images });
        assert_eq!(nearest(&black, &white.bytes, still).unwrap().distance, 2.0);
        assert_eq!(nearest(&Images { bytes: vec![], ..images }, &white.bytes, still), None);
    }

    #[test]
    fn the_nearest_few_come_in_order_and_each_once() {
        let images = random(50, 2);
        let picture = random(1, 3).bytes;
        for moves in [Moves::default(), Moves { mirror: true, shift: 1 }] {
            let one_by_one = |image: usize| {
                let alone = images.bytes[image * 432..][..432].to_vec();
                let alone = Images { bytes: alone, ..images };
                Nearest { image, ..nearest(&alone, &picture, moves).unwrap() }
            };
            let mut all: Vec<Nearest> = (0..50).map(one_by_one).collect();
            all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
            assert_eq!(few_nearest(&images, &picture, moves, 5), all[..5]);
            assert_eq!(few_nearest(&images, &picture, moves, 60), all);
        }
    }

    #[test]
    fn a_picture_that_was_moved_is_found() {
        let (images, moves) = (random(50, 0), Moves { mirror: true, shift: 2 });
        let mut picture = images.bytes[7 * 432..][..432].to_vec();
        Move { mirrored: true, shift: [1, 0] }.apply(&mut picture, images.spec);
        let found = nearest(&images, &picture, moves).unwrap();
        let still = nearest(&images, &picture, Moves::default()).unwrap();
        assert_eq!(found.image, 7);
        assert!(found.distance < 0.4 * still.distance, "{found:?} and {still:?}");
    }

    #[test]
    fn spacing_is_to_the_nearest_other() {
        let mut images = random(20, 3);
        let [first, second] = [0, 1].map(|i| images.bytes[i * 432..][..432].to_vec());
        let expected =
            nearest(&Images { bytes: images.bytes[432..].to_vec(), ..images }, &first, Moves::default());
        assert_eq!(spacing(&images, 0, Moves::default()), expected.map(|nearest| nearest.distance));
        // The same picture again is no other.
        images.bytes.extend_from_slice(&first);
        assert_eq!(spacing(&images, 0, Moves::default()), expected.map(|nearest| nearest.distance));
        let twice = Images { bytes: [&second[..], &second].concat(), ..images };
        assert_eq!(spacing(&twice, 0, Moves::default()), None);
    }
}
