//! What the network does: images from noise, and the loss on images.

use crate::core::image::{self, PIXELS, SIDE};
use crate::core::noise::{self, Use};
use crate::core::samplers::Step;
use crate::core::sampling::{Sampling, Start};
use crate::core::schedule::Schedule;
use crate::data::idx::Images;
use crate::engine::Engine;
use anyhow::{Result, ensure};
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

/// Images on their way at once: some megabytes, and no engine gains from more.
const BATCH: usize = 256;

/// The loss at one timestep.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loss {
    pub t: usize,
    /// Mean squared error of the predicted noise, over all pixels of all test images.
    pub mse: f64,
}

/// Generates `count` images, as the bytes that people see; `bar` counts images times steps.
///
/// # Errors
/// When the engine fails, or a number is no longer one.
pub fn images(
    engine: &mut dyn Engine,
    steps: &[Step],
    start: &Start,
    seed: u64,
    count: usize,
    bar: &ProgressBar,
) -> Result<Images> {
    let mut bytes = Vec::with_capacity(count * PIXELS);
    for first in (0..count).step_by(BATCH) {
        let some = BATCH.min(count - first);
        let mut sampling = Sampling::new(steps.to_vec(), seed, first as u32, some, start);
        while pollster::block_on(sampling.advance(engine))?.is_some() {
            bar.inc(some as u64);
        }
        ensure!(
            sampling.x().iter().all(|x| x.is_finite()),
            "the samples hold numbers that are none: the weights are of a training that went wrong, evaluate an \
             earlier epoch's"
        );
        bytes.extend(image::unit_to_greys(sampling.x()));
    }
    Ok(Images { width: SIDE, height: SIDE, pixels: bytes })
}

/// The middles of `count` equal parts of 0..T: their mean loss is near that of all t.
///
/// # Errors
/// When there are fewer timesteps than that.
pub fn times(schedule: &Schedule, count: usize) -> Result<Vec<usize>> {
    let timesteps = schedule.timesteps();
    ensure!(count <= timesteps, "--times {count}: the model has {timesteps} timesteps, give at most that");
    Ok((0..count).map(|i| (2 * i + 1) * timesteps / (2 * count)).collect())
}

/// The loss (Ho et al. 2020, eq. 14) at each of `times`, over all of `images`. Each image and t has
/// noise of its own, a function of the seed; `bar` counts images times `times`.
///
/// # Errors
/// When the engine fails.
pub fn losses(
    engine: &mut dyn Engine,
    schedule: &Schedule,
    images: &Images,
    seed: u64,
    times: &[usize],
    bar: &ProgressBar,
) -> Result<Vec<Loss>> {
    let mut losses: Vec<Loss> = vec![];
    for &t in times {
        let (of_x_t, of_said) = schedule.eps_from(t);
        let mut sum = 0.0;
        for (i, bytes) in images.pixels.chunks(BATCH * PIXELS).enumerate() {
            let x_0 = image::images_to_unit(bytes);
            let mut eps = vec![0.0; x_0.len()];
            noise::gaussian_batch(seed, Use::TestEps, (i * BATCH) as u32, t as u32, PIXELS, &mut eps);
            let x_t = schedule.noised(Some(t), &x_0, &eps);
            let said = pollster::block_on(engine.predict(&x_t, t))?;
            let found = x_t
                .iter()
                .zip(&said)
                .map(|(x_t, said)| of_x_t * f64::from(*x_t) + of_said * f64::from(*said));
            sum += found.zip(&eps).map(|(found, eps)| (found - f64::from(*eps)).powi(2)).sum::<f64>();
            bar.inc((x_0.len() / PIXELS) as u64);
        }
        losses.push(Loss { t, mse: sum / images.pixels.len() as f64 });
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::schedule::ScheduleConfig;

    #[test]
    fn times_are_the_middles_of_equal_parts() {
        let schedule = Schedule::new(ScheduleConfig::default()).unwrap();
        assert!(times(&schedule, 0).unwrap().is_empty());
        assert_eq!(times(&schedule, 1).unwrap(), [100]);
        assert_eq!(times(&schedule, 10).unwrap(), [10, 30, 50, 70, 90, 110, 130, 150, 170, 190]);
        assert!(times(&schedule, 200).unwrap().into_iter().eq(0..200));
        assert!(times(&schedule, 201).unwrap_err().to_string().contains("at most"));
    }
}
