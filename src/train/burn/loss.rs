//! The forward process and the training loss, on Burn tensors.

use crate::core::schedule::Schedule;
use crate::model::burn::UNet;
use crate::train::learner::Examples;
use burn::prelude::*;

/// Noises each image of a batch to its own timestep (Ho et al. 2020, eq. 4; the tutorial's
/// `DDPM.forward`).
///
/// # Shapes
/// - x_0, eps, output: `[N, C, H, W]`; t: N values in 0..T
pub fn q_sample(schedule: &Schedule, x_0: Tensor<4>, t: &[usize], eps: Tensor<4>) -> Tensor<4> {
    sum(x_0, eps, t.iter().map(|&t| schedule.q_sample(Some(t))))
}

/// What the network should predict of them: eps, or v. Shapes as for [`q_sample`].
pub fn target(schedule: &Schedule, x_0: Tensor<4>, t: &[usize], eps: Tensor<4>) -> Tensor<4> {
    sum(x_0, eps, t.iter().map(|&t| schedule.target(t)))
}

/// A sum of x_0 and eps, with an image's own two factors.
fn sum(x_0: Tensor<4>, eps: Tensor<4>, factors: impl Iterator<Item = (f64, f64)>) -> Tensor<4> {
    let device = x_0.device();
    let (of_x_0, of_eps) = factors.map(|(x_0, eps)| (x_0 as f32, eps as f32)).unzip();
    x_0 * column(of_x_0, &device) + eps * column(of_eps, &device)
}

/// A number for each image: `[N, 1, 1, 1]`.
fn column(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let shape = [values.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The training loss of some images of a batch of `whole`: the mean squared error of the network's output over
/// all images of the batch, an image's times its importance; where that is 1 everywhere, eq. 14 (L_simple).
///
/// # Shapes
/// - `examples`: N images; output: `[1]`
pub fn loss(unet: &UNet, schedule: &Schedule, examples: &Examples, device: &Device) -> Tensor<1> {
    let Examples { x_0, eps, places, importance, whole } = examples;
    let [x_0, eps] = [x_0, eps].map(|values| unet.batch(values, device));
    let t: Vec<usize> = places.iter().map(|place| place.t).collect();
    let (times, classes) = unet.places(places.iter().map(|place| (place.t, place.class)), device);
    let target = target(schedule, x_0.clone(), &t, eps.clone());
    let x_t = q_sample(schedule, x_0, &t, eps);
    let error = (unet.forward(x_t, times, classes) - target).square();
    let part = places.len() as f64 / *whole as f64;
    (error * column(importance.clone(), device)).mean() * part
}
