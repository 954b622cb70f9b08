//! The loss on images that a training does not see.

use super::TrainError;
use super::recipe::TrainConfig;
use crate::core::image::{Images, bytes_to_unit};
use crate::core::noise::{self, Use};
use crate::core::schedule::Schedule;
use crate::engine::{Engine, Place};

/// The most images that are looked at.
const MOST: usize = 1000;
/// Fewer images are looked at several times, at other t, until there are so many looks.
const LOOKS: usize = 256;
/// Images that an engine has at once.
const BATCH: usize = 64;
/// Of the choice of images and of their noise. Fixed, so that runs of all seeds compare.
const SEED: u64 = 0;

/// Test images, each to be looked at with fixed noise at fixed t, spread evenly over the schedule.
pub struct TestSet {
    images: Images,
    labels: Option<Vec<u8>>,
}

impl TestSet {
    /// At most 1000 of the images. `labels` are those that the network is told, if it is. None without images.
    pub fn new(images: &Images, labels: Option<&[u8]>) -> Option<Self> {
        let chosen: Vec<usize> = noise::permutation(SEED, 0, images.len()).into_iter().take(MOST).collect();
        let labels = labels.map(|labels| chosen.iter().map(|i| labels[*i]).collect());
        (!chosen.is_empty()).then(|| Self { images: images.select(chosen), labels })
    }

    /// How often an image is looked at, in all.
    fn looks(&self) -> usize {
        self.images.len().max(LOOKS)
    }

    /// Whether the loss after this epoch, counted from 1, is worth its time: where it costs but some hundredths of
    /// the epoch's, and after the epochs that are kept.
    pub fn is_due(&self, config: &TrainConfig, epoch: usize, images: usize) -> bool {
        images >= 10 * self.looks() || config.keeps(epoch)
    }

    /// The loss that training lowers, weighted as there, of the engine's network.
    ///
    /// # Errors
    /// When the recipe's schedule is none, or the engine failed.
    pub async fn loss(&self, config: &TrainConfig, engine: &mut dyn Engine) -> Result<f64, TrainError> {
        let schedule = Schedule::new(config.schedule)?;
        let (looks, numbers) = (self.looks(), self.images.spec.numbers());
        let mut sum = 0.0;
        for first in (0..looks).step_by(BATCH) {
            // 1. Each image, its t and its noise.
            let some = first..looks.min(first + BATCH);
            let place = |look: usize| Place {
                t: (2 * look + 1) * schedule.timesteps() / (2 * looks),
                class: self.labels.as_ref().map(|labels| labels[look % labels.len()].into()),
            };
            let places: Vec<Place> = some.clone().map(place).collect();
            let x_0 =
                bytes_to_unit(&self.images.select(some.clone().map(|look| look % self.images.len())).bytes);
            let mut eps = vec![0.0; x_0.len()];
            for ((look, place), eps) in some.zip(&places).zip(eps.chunks_exact_mut(numbers)) {
                noise::gaussian(SEED, Use::TestEps, look as u32, place.t as u32, eps);
            }
            // 2. What the network sees of them, what it should predict, and what it does.
            let images = || x_0.chunks_exact(numbers).zip(eps.chunks_exact(numbers)).zip(&places);
            let x_t: Vec<f32> =
                images().flat_map(|((x_0, eps), place)| schedule.noised(Some(place.t), x_0, eps)).collect();
            let output =
                engine.predict(&x_t, &places).await.map_err(|error| TrainError::Device(error.to_string()))?;
            // 3. How far they are apart.
            for (((x_0, eps), place), output) in images().zip(output.chunks_exact(numbers)) {
                let target = schedule.target_of(place.t, x_0, eps);
                let squares =
                    target.iter().zip(output).map(|(target, output)| f64::from(target - output).powi(2));
                sum += squares.sum::<f64>() * config.importance(&schedule, place.t);
            }
        }
        Ok(sum / (looks * numbers) as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;
    use crate::core::prediction::Prediction;
    use crate::core::schedule::ScheduleConfig;
    use crate::engine::cpu::CpuEngine;
    use crate::model::{Parameters, UNetConfig};
    use crate::train::recipe::Weighting;

    const SPEC: ImageSpec = ImageSpec { side: 12, channels: 1 };

    fn images(count: usize) -> Images {
        Images { spec: SPEC, bytes: (0..count * 144).map(|i| (i * 31 % 253) as u8).collect() }
    }

    fn config(classes: Option<usize>) -> TrainConfig {
        let network = UNetConfig { image: SPEC, widths: [2, 3, 4], classes };
        TrainConfig { network, epochs: 300, ..TrainConfig::default() }
    }

    fn loss(config: &TrainConfig, test: &TestSet) -> f64 {
        let mut engine = CpuEngine::new(&Parameters::init(&config.network, 0));
        pollster::block_on(test.loss(config, &mut engine)).unwrap()
    }

    #[test]
    fn the_loss_of_an_untrained_network_is_that_of_predicting_nothing() {
        // An untrained network's outputs are small beside eps, whose mean square is 1.
        let found = loss(&config(None), &TestSet::new(&images(3), None).unwrap());
        assert!((0.8..1.5).contains(&found), "{found}");
        assert_eq!(found, loss(&config(None), &TestSet::new(&images(3), None).unwrap()), "it is repeated");
        let other_seed = TrainConfig { seed: 9, ..config(None) };
        assert_eq!(found, loss(&other_seed, &TestSet::new(&images(3), None).unwrap()));
    }

    #[test]
    fn the_loss_is_of_what_is_predicted_as_it_is_weighted() {
        let test = TestSet::new(&images(5), None).unwrap();
        let eps = config(None);
        let schedule = ScheduleConfig { prediction: Prediction::V, ..eps.schedule };
        let v = TrainConfig { schedule, ..eps.clone() };
        let weighted = TrainConfig { weighting: Weighting::MinSnr, ..eps.clone() };
        let [eps, v, weighted] = [eps, v, weighted].map(|config| loss(&config, &test));
        assert!(eps != v && weighted < 0.9 * eps, "{eps} {v} {weighted}");
    }

    #[test]
    fn classes_are_told_and_many_images_are_not_all_looked_at() {
        let labels: Vec<u8> = (0..1200).map(|i| (i % 2) as u8).collect();
        let told = TestSet::new(&images(1200), Some(&labels)).unwrap();
        assert_eq!((told.images.len(), told.looks()), (MOST, MOST));
        let untold = TestSet::new(&images(1200), None).unwrap();
        let config = config(Some(2));
        assert_ne!(loss(&config, &told), loss(&config, &untold));
        assert!(TestSet::new(&images(0), None).is_none());
    }

    #[test]
    fn short_epochs_are_not_all_worth_it() {
        let config = config(None);
        let test = TestSet::new(&images(3), None).unwrap();
        let due = |images| (1..=300).filter(|epoch| test.is_due(&config, *epoch, images)).count();
        assert_eq!((due(20), due(2560)), (config.keep, 300));
    }
}
