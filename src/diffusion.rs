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
    let device = x_0.device();
    x_0 * column(signal, &device) + eps * column(noise, &device)
}

/// A number for each image: `[N, 1, 1, 1]`.
fn column(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let shape = [values.len(), 1, 1, 1];
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The training loss of a batch: the mean squared error of the predicted noise, an image's times its
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
    let x_t = q_sample(schedule, x_0, t, eps.clone());
    ((unet.forward(x_t, times) - eps).square() * importance).mean()
}
