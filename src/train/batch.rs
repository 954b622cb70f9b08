//! Batches of training images, in the range that the network sees.

use super::learner::Examples;
use super::recipe::TrainConfig;
use crate::core::image::{Images, bytes_to_unit};
use crate::core::moves::Move;
use crate::core::noise::{self, Use};
use crate::core::schedule::Schedule;
use crate::engine::cpu::threads;
use crate::engine::{Condition, Place};
use rand_chacha::rand_core::Rng;
use std::ops::Range;

/// How often a class is not told in training, so that the network learns to do without.
pub(super) const CLASS_DROP: f64 = 0.1;

/// The chosen images in [-1, 1], moved each by its own move.
pub fn moved(images: &Images, chosen: &[usize], moves: &[Move]) -> Vec<f32> {
    let mut bytes = images.select(chosen.iter().copied()).bytes;
    for (picture, one) in bytes.chunks_exact_mut(images.spec.numbers()).zip(moves) {
        one.apply(picture, images.spec);
    }
    bytes_to_unit(&bytes)
}

/// The images of a training step, and what chance has in store for them: a function of the seed, of the step and
/// of an image's place in the step, whatever parts the step is taken in.
pub struct Drawn<'a> {
    images: &'a Images,
    chosen: &'a [usize],
    moves: Vec<Move>,
    places: Vec<Place>,
    seed: u64,
    step: u32,
}

impl<'a> Drawn<'a> {
    /// `labels` are those that the network is told, if it is.
    pub fn new(
        config: &TrainConfig,
        images: &'a Images,
        labels: Option<&[u8]>,
        chosen: &'a [usize],
        step: u32,
    ) -> Self {
        let seed = config.seed;
        let classes = labels.map(|labels| conditions(labels, chosen, seed, step));
        let classes = classes.unwrap_or(vec![None; chosen.len()]);
        let mut rng = noise::stream(seed, Use::TrainTime, 0, step);
        let mut place = |class| Place { t: noise::below(&mut rng, config.schedule.timesteps), class };
        let places = classes.into_iter().map(&mut place).collect();
        Self { images, chosen, moves: config.moves().draw(seed, step, chosen.len()), places, seed, step }
    }

    /// Some of the images with their noise, by their places in the step.
    pub fn examples(&self, part: Range<usize>, config: &TrainConfig, schedule: &Schedule) -> Examples {
        let places = self.places[part.clone()].to_vec();
        let numbers = self.images.spec.numbers();
        let mut eps = vec![0.0; part.len() * numbers];
        let images = (part.start as u32..).zip(eps.chunks_mut(numbers)).collect();
        threads::map(images, |(image, eps)| noise::gaussian(self.seed, Use::TrainEps, image, self.step, eps));
        Examples {
            x_0: moved(self.images, &self.chosen[part.clone()], &self.moves[part]),
            eps,
            importance: places.iter().map(|place| config.importance(schedule, place.t) as f32).collect(),
            places,
            whole: self.chosen.len(),
        }
    }
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
    use crate::core::moves::Moves;

    #[test]
    fn images_are_mirrored_at_random_and_otherwise_whole() {
        for channels in [1, 3] {
            let spec = ImageSpec { side: 28, channels };
            let bytes = (0..40 * spec.numbers()).map(|i| (i % spec.side) as u8).collect();
            let images = Images { spec, bytes };
            let chosen: Vec<usize> = (0..40).collect();
            let moves = |step| Moves { mirror: true, shift: 0 }.draw(0, step, 40);
            let values = moved(&images, &chosen, &moves(0));
            let (falling, rising): (Vec<&[f32]>, _) =
                values.chunks(spec.numbers()).partition(|image| image[0] > image[spec.side - 1]);
            assert!(falling.len() > 10 && rising.len() > 10);
            assert!(rising.iter().all(|image| **image == moved(&images, &[0], &[Move::default()])));
            assert_ne!(values, moved(&images, &chosen, &moves(1)));
        }
    }

    #[test]
    fn a_step_in_parts_sees_what_the_whole_step_sees() {
        let spec = ImageSpec { side: 12, channels: 3 };
        let images = Images { spec, bytes: (0..9 * spec.numbers()).map(|i| (i * 7 % 251) as u8).collect() };
        let config = TrainConfig { mirror: true, shift: 2, seed: 5, ..TrainConfig::default() };
        let schedule = Schedule::new(config.schedule).unwrap();
        let (labels, chosen) = ([0, 1, 2, 0, 1, 2, 0, 1, 2], [8, 0, 3, 5, 1, 2, 7]);
        let drawn = Drawn::new(&config, &images, Some(&labels), &chosen, 4);
        let whole = drawn.examples(0..7, &config, &schedule);
        let parts = [0..3, 3..6, 6..7].map(|part| drawn.examples(part, &config, &schedule));
        fn joined<T: Clone>(parts: &[Examples; 3], of: impl Fn(&Examples) -> &[T]) -> Vec<T> {
            parts.iter().flat_map(|part| of(part).to_vec()).collect()
        }
        assert_eq!(joined(&parts, |part| &part.x_0), whole.x_0);
        assert_eq!(joined(&parts, |part| &part.eps), whole.eps);
        assert_eq!(joined(&parts, |part| &part.places), whole.places);
        assert_eq!(joined(&parts, |part| &part.importance), whole.importance);
        assert!(parts.iter().all(|part| part.whole == 7));
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
