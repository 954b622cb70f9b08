//! Noise between two seeds, so that pictures change little by little from one seed's to another's.

use super::{MAX_SEED, Use, gaussian};

/// Below this sine of the angle between two noises they point the same way, and are mixed along a line.
const LEAST_SINE: f64 = 1e-6;

/// Where noise lies on the way to another seed's noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Towards {
    /// The other seed, 0 to [`MAX_SEED`].
    pub seed: u64,
    /// How far along the way, 0 (the first seed's noise, to the bit) to 1 (the other's).
    pub share: f64,
}

/// Why there is no such place between two seeds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TowardsError {
    #[error("seed {0}: give a whole number from 0 to {MAX_SEED}")]
    Seed(u64),
    #[error("a share of {0}: give a number from 0 (the first seed) to 1 (the other)")]
    Share(f64),
}

impl Towards {
    /// # Errors
    /// When the seed or the share is outside its range.
    pub fn check(&self) -> Result<(), TowardsError> {
        if self.seed > MAX_SEED {
            return Err(TowardsError::Seed(self.seed));
        }
        if !(0.0..=1.0).contains(&self.share) {
            return Err(TowardsError::Share(self.share));
        }
        Ok(())
    }

    /// Moves the noise `x` of images `first`, `first + 1`, ..., `pixels` f32 elements each, this far towards the
    /// other seed's noise of the same images, each along the arc between the two (Shoemake 1985, "Animating
    /// rotation with quaternion curves"): a straight mixture of two Gaussian vectors would be shorter than either, and
    /// the network has seen no noise that weak.
    pub fn apply(&self, purpose: Use, first: u32, step: u32, pixels: usize, x: &mut [f32]) {
        let mut other = vec![0.0; pixels];
        for (image, x) in (first..).zip(x.chunks_mut(pixels)) {
            gaussian(self.seed, purpose, image, step, &mut other);
            let [of_x, of_other] = factors(x, &other, self.share).map(|factor| factor as f32);
            x.iter_mut().zip(&other).for_each(|(x, other)| *x = of_x * *x + of_other * other);
        }
    }
}

/// The factors of two vectors in the one that is `share` of the way along the arc from `a` to `b`.
fn factors(a: &[f32], b: &[f32], share: f64) -> [f64; 2] {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let cosine = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let angle = libm::acos(cosine.clamp(-1.0, 1.0));
    let sine = libm::sin(angle);
    // A vector of zeros has no direction: its sine is NaN.
    if sine.is_nan() || sine <= LEAST_SINE {
        return [1.0 - share, share];
    }
    [(1.0 - share) * angle, share * angle].map(|part| libm::sin(part) / sine)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: usize = 784;

    fn noise(seed: u64) -> Vec<f32> {
        let mut x = vec![0.0; 2 * PIXELS];
        crate::core::noise::gaussian_batch(seed, Use::Start, 3, 0, PIXELS, &mut x);
        x
    }

    fn between(from: u64, seed: u64, share: f64) -> Vec<f32> {
        let mut x = noise(from);
        Towards { seed, share }.apply(Use::Start, 3, 0, PIXELS, &mut x);
        x
    }

    fn length(x: &[f32]) -> f64 {
        x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn both_ends_are_the_seeds_own_noise() {
        assert_eq!(between(1, 2, 0.0), noise(1));
        assert_eq!(between(1, 2, 1.0), noise(2));
        assert_eq!(between(5, 5, 0.0), noise(5));
    }

    #[test]
    fn on_the_way_noise_stays_as_strong_as_noise_is() {
        for share in [0.1, 0.25, 0.5, 0.9] {
            for image in between(1, 2, share).chunks(PIXELS) {
                let expected = (PIXELS as f64).sqrt();
                assert!((length(image) / expected - 1.0).abs() < 0.1, "{share}: {}", length(image));
            }
        }
    }

    #[test]
    fn equal_steps_of_the_share_are_equal_turns() {
        let at: Vec<Vec<f32>> =
            (0..=4).map(|k| between(1, 2, f64::from(k) / 4.0)[..PIXELS].to_vec()).collect();
        let turn = |a: &[f32], b: &[f32]| {
            let dot: f64 = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            (dot / (length(a) * length(b))).acos()
        };
        let turns: Vec<f64> = at.windows(2).map(|pair| turn(&pair[0], &pair[1])).collect();
        // The two noises differ a little in length, and the turns by as much.
        assert!(turns.iter().all(|turn| (turn - turns[0]).abs() < 0.05 * turns[0]), "{turns:?}");
        assert!(turns[0] > 0.3, "{turns:?}");
    }

    #[test]
    fn the_same_seed_leads_nowhere() {
        for (x, own) in between(7, 7, 0.3).iter().zip(noise(7)) {
            assert!((x - own).abs() < 1e-6);
        }
    }

    #[test]
    fn what_lies_outside_is_refused() {
        for share in [-0.1, 1.1, f64::NAN] {
            assert!(matches!(Towards { seed: 1, share }.check(), Err(TowardsError::Share(_))));
        }
        let seed = MAX_SEED + 1;
        assert_eq!(Towards { seed, share: 0.5 }.check(), Err(TowardsError::Seed(seed)));
        assert_eq!(Towards { seed: MAX_SEED, share: 1.0 }.check(), Ok(()));
    }
}
