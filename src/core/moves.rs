//! How training may move an image before the network sees it: mirrored, or shifted by some pixels.

use super::image::ImageSpec;
use super::noise::{self, Use};
use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

/// Which moves there may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moves {
    /// Whether every second image is mirrored left to right.
    pub mirror: bool,
    /// The most pixels that an image is shifted each way.
    pub shift: usize,
}

/// What is done to one image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Move {
    pub mirrored: bool,
    /// Pixels to the right, and down; negative numbers go the other way.
    pub shift: [isize; 2],
}

impl Moves {
    /// The moves of a training step's images, as the chance of this seed and step has them.
    pub fn draw(self, seed: u64, step: u32, images: usize) -> Vec<Move> {
        let [mut mirror, mut shift] =
            [Use::Mirror, Use::Shift].map(|purpose| noise::stream(seed, purpose, 0, step));
        let most = self.shift as isize;
        let mut pixels = || noise::below(&mut shift, 2 * self.shift + 1) as isize - most;
        let mut draw = || Move {
            mirrored: self.mirror && mirror.next_u32() & 1 == 1,
            shift: if most == 0 { [0, 0] } else { [pixels(), pixels()] },
        };
        (0..images).map(|_| draw()).collect()
    }

    /// Each of them once: (2 shift + 1)^2, and as many mirrored.
    pub fn all(self) -> Vec<Move> {
        let most = self.shift as isize;
        let mirrored = if self.mirror { [false, true].as_slice() } else { &[false] };
        let mut all = vec![];
        for &mirrored in mirrored {
            for right in -most..=most {
                all.extend((-most..=most).map(|down| Move { mirrored, shift: [right, down] }));
            }
        }
        all
    }
}

impl Move {
    /// Moves a picture, [C, H, W]. Where it leaves a gap, its edge's pixels are repeated.
    pub fn apply<T: Copy>(self, picture: &mut [T], spec: ImageSpec) {
        if self.mirrored {
            picture.chunks_exact_mut(spec.side).for_each(<[T]>::reverse);
        }
        if self.shift == [0, 0] {
            return;
        }
        let from = |to: usize, by: isize| (to as isize - by).clamp(0, spec.side as isize - 1) as usize;
        let [right, down] = self.shift;
        for plane in picture.chunks_exact_mut(spec.pixels()) {
            let old = plane.to_vec();
            for (i, pixel) in plane.iter_mut().enumerate() {
                *pixel = old[from(i / spec.side, down) * spec.side + from(i % spec.side, right)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_move_and_their_edges_are_repeated() {
        let spec = ImageSpec { side: 3, channels: 2 };
        let moved = |mirrored, shift| {
            let mut picture: Vec<u8> = (1..=9).chain(11..=19).collect();
            Move { mirrored, shift }.apply(&mut picture, spec);
            picture
        };
        assert_eq!(moved(false, [0, 0])[..9], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(moved(true, [0, 0])[9..], [13, 12, 11, 16, 15, 14, 19, 18, 17]);
        assert_eq!(moved(false, [1, 0])[..9], [1, 1, 2, 4, 4, 5, 7, 7, 8]);
        assert_eq!(moved(false, [0, -1])[9..], [14, 15, 16, 17, 18, 19, 17, 18, 19]);
        assert_eq!(moved(true, [-1, 1])[..9], [2, 1, 1, 2, 1, 1, 5, 4, 4]);
    }

    #[test]
    fn moves_are_drawn_evenly_and_are_among_all() {
        let moves = Moves { mirror: true, shift: 2 };
        let (drawn, all) = (moves.draw(3, 9, 5000), moves.all());
        assert_eq!(all.len(), 50);
        for one in all {
            let count = drawn.iter().filter(|drawn| **drawn == one).count();
            // 100 are expected; 60 is four standard errors away.
            assert!((60..140).contains(&count), "{one:?}: {count}");
        }
        assert_eq!(drawn[..7], moves.draw(3, 9, 7));
        assert_ne!(drawn[..7], moves.draw(3, 10, 7));
        assert_ne!(drawn[..7], moves.draw(4, 9, 7));
        assert_eq!(Moves::default().draw(3, 9, 2), [Move::default(); 2]);
        assert_eq!(Moves::default().all(), [Move::default()]);
        // Shifts change nothing about which images are mirrored.
        let mirrored =
            |shift| Moves { mirror: true, shift }.draw(3, 9, 50).into_iter().map(|one| one.mirrored);
        assert!(mirrored(0).eq(mirrored(2)));
    }
}
