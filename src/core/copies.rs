//! Whether samples are copies of the pictures that a model was trained on.

use super::image::Images;
use super::moves::Moves;
use super::nearest::{Nearest, nearest, spacing};
use std::fmt;

/// A sample is a copy when it is nearer to a training picture than this share of that picture's distance from the
/// nearest other. (Yoon et al. 2023 and Gu et al. 2023 ask for a third of the sample's own distance from the
/// second nearest, which comes to about the same.)
pub const COPY: f64 = 1.0 / 3.0;

/// A sample and the training picture nearest to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    pub nearest: Nearest,
    /// How far that picture is from the nearest other; none where all training pictures are the same.
    pub spacing: Option<f64>,
}

impl Likeness {
    /// Of one sample, [C, H, W], however training moved the pictures; none without training pictures.
    ///
    /// # Panics
    /// When the sample is of another size.
    pub fn of(sample: &[u8], training: &Images, moves: Moves) -> Option<Self> {
        let nearest = nearest(training, sample, moves)?;
        Some(Self { nearest, spacing: spacing(training, nearest.image, moves) })
    }

    /// Whether the sample is all but that picture. A single training picture leaves nothing to compare with.
    pub fn is_copy(&self) -> bool {
        self.spacing.is_some_and(|spacing| self.nearest.distance < COPY * spacing)
    }
}

/// How many of some samples are copies; a sentence for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copies {
    pub samples: usize,
    pub copies: usize,
}

impl Copies {
    pub fn among(found: &[Likeness]) -> Self {
        Self { samples: found.len(), copies: found.iter().filter(|likeness| likeness.is_copy()).count() }
    }

    /// Whether the model does little but copy: half of the samples or more.
    pub fn has_memorised(self) -> bool {
        self.copies > 0 && 2 * self.copies >= self.samples
    }
}

impl fmt::Display for Copies {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Self { samples, copies } = *self;
        match copies {
            0 => write!(f, "None of {samples} samples is a copy of a training picture."),
            _ if self.has_memorised() => write!(
                f,
                "The model has memorised its training pictures: {copies} of {samples} samples are copies."
            ),
            1 => write!(f, "1 of {samples} samples is a copy of a training picture."),
            _ => write!(f, "{copies} of {samples} samples are copies of training pictures."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;
    use crate::core::moves::Move;

    const SPEC: ImageSpec = ImageSpec { side: 12, channels: 1 };

    /// Discs of different places and sizes, with so much of a pattern over them.
    fn discs(numbers: std::ops::Range<usize>, pattern: u8) -> Images {
        let pixel = |n: usize, i: usize| {
            let (x, y) = ((i % 12) as f64 - 3.0 - (n % 7) as f64, (i / 12) as f64 - 3.0 - (n % 5) as f64);
            let inside = x.hypot(y) < 1.5 + (n % 3) as f64;
            if inside { 255 - pattern * (i % 2) as u8 } else { pattern * (i % 3) as u8 }
        };
        let bytes = numbers.flat_map(|n| (0..144).map(move |i| pixel(n, i))).collect();
        Images { spec: SPEC, bytes }
    }

    fn copies(samples: &Images, training: &Images, moves: Moves) -> Copies {
        let of = |sample: &[u8]| Likeness::of(sample, training, moves).unwrap();
        Copies::among(&samples.bytes.chunks_exact(144).map(of).collect::<Vec<_>>())
    }

    #[test]
    fn copies_are_told_and_fresh_pictures_are_not() {
        let still = Moves::default();
        let training = discs(0..40, 0);
        let exact = copies(&discs(10..26, 0), &training, still);
        assert_eq!(exact, Copies { samples: 16, copies: 16 });
        assert!(exact.to_string().contains("memorised") && exact.to_string().contains("16 of 16"));
        let noisy = copies(&discs(10..26, 8), &training, still);
        assert!(noisy.has_memorised(), "{noisy}");
        // Of 105 discs these are others.
        let fresh = copies(&discs(60..76, 0), &training, still);
        assert_eq!(fresh.to_string(), "None of 16 samples is a copy of a training picture.");
        let some = copies(&discs(36..44, 0), &discs(0..37, 0), still);
        assert_eq!(some.to_string(), "1 of 8 samples is a copy of a training picture.");
    }

    #[test]
    fn a_copy_that_was_moved_is_one_too() {
        let training = discs(0..40, 0);
        let mut samples = discs(10..26, 0);
        for sample in samples.bytes.chunks_exact_mut(144) {
            Move { mirrored: true, shift: [0, 1] }.apply(sample, SPEC);
        }
        assert!(!copies(&samples, &training, Moves::default()).has_memorised());
        assert!(copies(&samples, &training, Moves { mirror: true, shift: 1 }).has_memorised());
    }

    #[test]
    fn a_single_picture_says_nothing() {
        let one = discs(3..4, 0);
        assert_eq!(copies(&one, &one, Moves::default()).copies, 0);
        assert_eq!(Likeness::of(&one.bytes, &Images { spec: SPEC, bytes: vec![] }, Moves::default()), None);
    }
}
