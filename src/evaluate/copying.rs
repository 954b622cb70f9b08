//! Whether a model copies its training images: how near they are to samples, and to test images, which nothing
//! was copied to.

use crate::core::copies::{Copies, Likeness};
use crate::core::image::{Grid, ImageSpec, Images};
use crate::core::moves::Moves;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most pictures that are compared with the training images.
const MOST: usize = 128;
/// Comparisons of two pictures that are made for them at most: some seconds.
const BUDGET: usize = 16_000_000;
/// Pictures that are compared however long it takes.
const FEWEST: usize = 16;
/// Pairs in a row of the figure.
const PAIRS: usize = 4;

/// Distances of pictures from their nearest training images: the root of the mean squared difference of the numbers
/// in [-1, 1].
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Distances {
    /// How many pictures were compared.
    pub images: usize,
    pub least: f64,
    pub median: f64,
    /// How many are copies, as [`COPY`](crate::core::copies::COPY) has it.
    pub copies: usize,
}

impl Distances {
    fn of(found: &[Likeness]) -> Self {
        let mut sorted: Vec<f64> = found.iter().map(|likeness| likeness.nearest.distance).collect();
        sorted.sort_by(f64::total_cmp);
        let Copies { samples, copies } = Copies::among(found);
        Self { images: samples, least: sorted[0], median: sorted[samples / 2], copies }
    }
}

/// Samples and test images against the training images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Copying {
    pub samples: Distances,
    pub test_images: Distances,
    /// What that says of the model, for people.
    pub verdict: String,
}

impl fmt::Display for Copying {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        writeln!(f, "{:26}{:20}test images", "nearest training image***", "samples")?;
        let Self { samples, test_images, verdict } = self;
        for (name, of) in [
            ("distance, least", (|it| format!("{:.4}", it.least)) as fn(&Distances) -> String),
            ("distance, median", |it| format!("{:.4}", it.median)),
            ("copies", |it| format!("{} of {}", it.copies, it.images)),
        ] {
            writeln!(f, "{name:26}{:20}{}", of(samples), of(test_images))?;
        }
        writeln!(f, "*** root of the mean squared difference of all numbers, -1 to 1")?;
        writeln!(f, "{verdict}")
    }
}

/// What is found of samples, of test images, and of the samples' pairs.
pub(super) struct Compared {
    pub(super) copying: Copying,
    /// Samples, each beside its nearest training image.
    pub(super) pairs: Grid,
}

/// How many pictures are compared with so many training images.
pub(super) fn looks(training: &Images, moves: Moves) -> usize {
    (BUDGET / (training.len() * moves.all().len())).clamp(FEWEST, MOST)
}

/// Compares pictures with training images that were moved so; at least one of each.
pub(super) fn compare(samples: &Images, test: &Images, training: &Images, moves: Moves) -> Compared {
    let numbers = training.spec.numbers();
    let of = |images: &Images| -> Vec<Likeness> {
        let like = |image| Likeness::of(image, training, moves).expect("there are training images");
        images.bytes.par_chunks_exact(numbers).map(like).collect()
    };
    let (of_samples, of_test) = (of(samples), of(test));
    let verdict = Copies::among(&of_samples).to_string();
    let copying =
        Copying { samples: Distances::of(&of_samples), test_images: Distances::of(&of_test), verdict };
    Compared { copying, pairs: pairs(samples, training, &of_samples) }
}

/// The first samples, each with its nearest training image to its right.
fn pairs(samples: &Images, training: &Images, found: &[Likeness]) -> Grid {
    let spec: ImageSpec = samples.spec;
    let pair = |(sample, likeness): (usize, &Likeness)| {
        [samples.image(sample), training.image(likeness.nearest.image)].concat()
    };
    let bytes: Vec<u8> = found.iter().enumerate().take(PAIRS * PAIRS).flat_map(pair).collect();
    Grid::of_bytes(&bytes, spec, 2 * PAIRS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_paired_with_what_they_copy() {
        let spec = ImageSpec { side: 12, channels: 1 };
        let flat =
            |greys: &[u8]| Images { spec, bytes: greys.iter().flat_map(|grey| [*grey; 144]).collect() };
        let (training, test) = (flat(&[0, 50, 100, 150, 200, 250]), flat(&[25, 75, 130]));
        let Compared { copying, pairs } = compare(&flat(&[101, 0, 199]), &test, &training, Moves::default());
        assert_eq!((copying.samples.copies, copying.test_images.copies), (3, 0));
        assert_eq!(copying.samples.least, 0.0);
        assert!((copying.samples.median - 1.0 / 127.5).abs() < 1e-12);
        assert!((copying.test_images.least - 20.0 / 127.5).abs() < 1e-12);
        assert!(copying.verdict.contains("memorised") && copying.to_string().contains("3 of 3"));
        let centre = |place: usize| pairs.bytes[8 * pairs.width + place * 14 + 8];
        assert_eq!([0, 1, 2, 3, 4, 5].map(centre), [101, 100, 0, 0, 199, 200]);
    }

    #[test]
    fn fewer_pictures_are_compared_where_each_takes_longer() {
        let spec = ImageSpec { side: 12, channels: 1 };
        let training = |images: usize| Images { spec, bytes: vec![0; 144 * images] };
        let looks = |images, shift| looks(&training(images), Moves { mirror: false, shift });
        assert_eq!([looks(60_000, 0), looks(60_000, 1), looks(60_000, 4), looks(20, 4)], [128, 29, 16, 128]);
    }
}
