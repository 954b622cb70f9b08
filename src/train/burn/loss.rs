//! The forward process and the training loss, on Burn tensors.

use crate::core::schedule::Schedule;
use crate::model::burn::UNet;
use burn::prelude::*;

/// Noises each image of a batch to its own timestep (Ho et al. 2020, eq. 4; the tutorial's
/// `DDPM.forward`).
///
/// # Shapes
/// - x_0, eps, output: `[N, 1, 28, 28]`; t: N values in 0..T
pub fn q_sample(schedule: &Schedule, x_0: Tensor<4>, t: &[usize], eps: Tensor<4>) -> Tensor<4> {
    sum(x_0, eps, t.iter().map(|&t| schedule.q_sample(Some(t))))
}

/// What the network should say of them: eps, or v. Shapes as for [`q_sample`].
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

/// The training loss of a batch: the mean squared error of what the network says, an image's times its
/// importance; where that is 1 everywhere, eq. 14 (L_simple).
///
/// # Shapes
/// - x_0, eps: `[N, 1, 28, 28]`; t: N values in 0..T; importance: N numbers; output: `[1]`
pub fn loss(
    unet: &UNet,
    schedule: &Schedule,
    x_0: Tensor<4>,
    t: &[usize],
    eps: Tensor<4>,
    importance: Vec<f32>,
) -> Tensor<1> {
    let importance = column(importance, &x_0.device());
    let times = t.iter().map(|&t| t as i32).collect::<Vec<_>>();
    let times = Tensor::<1, Int>::from_data(TensorData::new(times, [t.len()]), &x_0.device());
    let target = target(schedule, x_0.clone(), t, eps.clone());
    let x_t = q_sample(schedule, x_0, t, eps);
    ((unet.forward(x_t, times) - target).square() * importance).mean()
}
