//! The loss on images, and the images with noise that it is measured on.

use crate::core::image::{self, Images};
use crate::core::noise::{self, Use};
use crate::core::schedule::Schedule;
use crate::data::progress::Counter;
use crate::data::{Progress, Unit};
use crate::engine::{Engine, Place};
use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// Images that the network sees at once.
const BATCH: usize = 256;

/// The loss at one timestep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    pub t: usize,
    /// Mean squared error of the predicted noise, over all numbers of all test images.
    pub mse: f64,
    /// The same of the predicted x_0, in [-1, 1] and not clamped: the noise's over the signal-to-noise ratio. None in
    /// reports of before it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x_0: Option<f64>,
}

/// The middles of `count` equal parts of 0..T: their mean loss is near that of all t.
///
/// # Errors
/// When there are fewer timesteps than that.
pub(super) fn times(schedule: &Schedule, count: usize) -> Result<Vec<usize>> {
    let timesteps = schedule.timesteps();
    ensure!(count <= timesteps, "--times {count}: the model has {timesteps} timesteps, give at most that");
    Ok((0..count).map(|i| (2 * i + 1) * timesteps / (2 * count)).collect())
}

/// x_t of images, each of so many numbers, and the noise in it: a function of the seed, t and the image's number,
/// which is `first` for the first of them.
fn noised(
    schedule: &Schedule,
    bytes: &[u8],
    numbers: usize,
    seed: u64,
    (first, t): (usize, usize),
) -> (Vec<f32>, Vec<f32>) {
    let x_0 = image::bytes_to_unit(bytes);
    let mut eps = vec![0.0; x_0.len()];
    noise::gaussian_batch(seed, Use::TestEps, first as u32, t as u32, numbers, &mut eps);
    (schedule.noised(Some(t), &x_0, &eps), eps)
}

/// The images as people see them at `t`, with the noise that [`losses`] measures: clamped to bytes.
pub(super) fn seen_at(schedule: &Schedule, images: &Images, seed: u64, t: usize) -> Images {
    let numbers = images.spec.numbers();
    let batches = images.bytes.chunks(BATCH * numbers).enumerate();
    let bytes = batches.flat_map(|(i, bytes)| {
        let (x_t, _) = noised(schedule, bytes, numbers, seed, (i * BATCH, t));
        image::unit_to_bytes(&x_t)
    });
    Images { spec: images.spec, bytes: bytes.collect() }
}

/// The loss (Ho et al. 2020, eq. 14) at each of `times`, over all of the images, of which the network is told
/// the labels where they are given. Each image and t has noise of its own, a function of the seed.
///
/// # Errors
/// When the engine fails.
pub(super) fn losses(
    engine: &mut dyn Engine,
    schedule: &Schedule,
    (images, labels): (&Images, Option<&[u8]>),
    seed: u64,
    times: &[usize],
    progress: &mut dyn FnMut(Progress),
) -> Result<Vec<Loss>> {
    let numbers = images.spec.numbers();
    let mut counter =
        Counter::new("Loss on the test images", Unit::Steps, times.len() * images.len(), progress);
    let mut losses: Vec<Loss> = vec![];
    for &t in times {
        let (of_x_t, of_output) = schedule.eps_from(t);
        let mut sum = 0.0;
        for (i, bytes) in images.bytes.chunks(BATCH * numbers).enumerate() {
            let (first, count) = (i * BATCH, bytes.len() / numbers);
            let (x_t, eps) = noised(schedule, bytes, numbers, seed, (first, t));
            let class = |image: usize| labels.map(|labels| usize::from(labels[image]));
            let places: Vec<Place> =
                (first..first + count).map(|image| Place { t, class: class(image) }).collect();
            let output = pollster::block_on(engine.predict(&x_t, &places))?;
            let found = x_t
                .iter()
                .zip(&output)
                .map(|(x_t, output)| of_x_t * f64::from(*x_t) + of_output * f64::from(*output));
            sum += found.zip(&eps).map(|(found, eps)| (found - f64::from(*eps)).powi(2)).sum::<f64>();
            counter.add(count);
        }
        let mse = sum / images.bytes.len() as f64;
        losses.push(Loss { t, mse, x_0: Some(mse / schedule.snr(Some(t))) });
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::image::ImageSpec;
    use crate::core::prediction::Prediction;
    use crate::core::schedule::ScheduleConfig;
    use crate::engine::cpu::CpuEngine;
    use crate::model::tensors::parameter_count;
    use crate::model::{Parameters, UNetConfig};

    #[test]
    fn times_are_the_middles_of_equal_parts() {
        let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
        assert!(times(&schedule, 0).unwrap().is_empty());
        assert_eq!(times(&schedule, 1).unwrap(), [100]);
        assert_eq!(times(&schedule, 10).unwrap(), [10, 30, 50, 70, 90, 110, 130, 150, 170, 190]);
        assert!(times(&schedule, 200).unwrap().into_iter().eq(0..200));
        assert!(times(&schedule, 201).unwrap_err().to_string().contains("at most"));
    }

    /// A network whose parameters are all 0 answers 0, so what it predicts is known.
    #[test]
    fn the_errors_of_a_network_that_answers_nothing() {
        let image = ImageSpec { side: 12, channels: 1 };
        let config = UNetConfig { image, widths: [2, 3, 4], classes: None };
        let zeros = vec![0.0; parameter_count(&config)];
        let mut engine = CpuEngine::new(&Parameters::from_flat(&config, zeros));
        let bytes = (0..20 * 144).map(|i| (i * i % 256) as u8).collect();
        let images = Images { spec: image, bytes };
        let x_0 = image::bytes_to_unit(&images.bytes);
        for prediction in [Prediction::Eps, Prediction::V] {
            let schedule = Schedule::new(ScheduleConfig { prediction, ..Default::default() }).unwrap();
            let times = [3, 100, 199];
            let found = losses(&mut engine, &schedule, (&images, None), 7, &times, &mut |_| ()).unwrap();
            for Loss { t, mse, x_0: error } in found {
                let (x_t, eps) = noised(&schedule, &images.bytes, 144, 7, (0, t));
                let (signal, noise) = schedule.q_sample(Some(t));
                let predicted = |x_t: f32| match prediction {
                    Prediction::Eps => [0.0, f64::from(x_t) / signal],
                    Prediction::V => [noise, signal].map(|factor| factor * f64::from(x_t)),
                };
                let squares = |which: usize, of: &[f32]| -> f64 {
                    let apart = |(x_t, true_one): (&f32, &f32)| predicted(*x_t)[which] - f64::from(*true_one);
                    x_t.iter().zip(of).map(|pair| apart(pair).powi(2)).sum::<f64>() / x_t.len() as f64
                };
                for (found, expected) in [(mse, squares(0, &eps)), (error.unwrap(), squares(1, &x_0))] {
                    assert!((found / expected - 1.0).abs() < 1e-3, "{t}: {found}, not {expected}");
                }
            }
        }
    }

    #[test]
    fn noised_images_are_seen_as_the_loss_has_them() {
        let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
        let spec = ImageSpec { side: 12, channels: 1 };
        let bytes = (0..(BATCH + 2) * 144).map(|i| (i * i % 251) as u8).collect();
        let images = Images { spec, bytes };
        let seen = seen_at(&schedule, &images, 5, 60);
        let last = BATCH + 1;
        let mut eps = [0.0; 144];
        noise::gaussian(5, Use::TestEps, last as u32, 60, &mut eps);
        let x_t = schedule.noised(Some(60), &image::bytes_to_unit(images.image(last)), &eps);
        assert_eq!(seen.image(last), image::unit_to_bytes(&x_t));
        assert_eq!(seen.len(), images.len());
    }
}
