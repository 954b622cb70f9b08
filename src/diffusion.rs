//! The forward process and the training loss, on Burn tensors.

use crate::schedule::Schedule;
use crate::unet::UNet;
use burn::prelude::*;

/// Noises each image of a batch to its own timestep (Ho et al. 2020, eq. 4; the tutorial's
/// `DDPM.forward`).
///
/// # Shapes
/// - x_0, eps, output: `[N, 1, 28, 28]`; t: N values in 0..T
pub fn q_sample(schedule: &Schedule, x_0: Tensor<4>, t: &[usize], eps: Tensor<4>) -> Tensor<4> {
    let (signal, noise): (Vec<f32>, Vec<f32>) =
        t.iter().map(|&t| schedule.q_sample(Some(t))).map(|(s, n)| (s as f32, n as f32)).unzip();
    let column =
        |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, [t.len(), 1, 1, 1]), &x_0.device());
    let (signal, noise) = (column(signal), column(noise));
    x_0 * signal + eps * noise
}

/// The training loss of a batch (eq. 14, L_simple): the mean squared error of the predicted noise.
///
/// # Shapes
/// - x_0, eps: `[N, 1, 28, 28]`; t: N values in 0..T; output: `[1]`
pub fn loss(unet: &UNet, schedule: &Schedule, x_0: Tensor<4>, t: &[usize], eps: Tensor<4>) -> Tensor<1> {
    let times = t.iter().map(|&t| t as i32).collect::<Vec<_>>();
    let times = Tensor::<1, Int>::from_data(TensorData::new(times, [t.len()]), &x_0.device());
    let x_t = q_sample(schedule, x_0, t, eps.clone());
    (unet.forward(x_t, times) - eps).square().mean()
}
