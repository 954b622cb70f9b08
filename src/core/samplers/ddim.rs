//! DDIM (Song et al. 2021, "Denoising Diffusion Implicit Models", eq. 12).

use super::{Factors, Interval, Sampler};

pub(super) static DDIM: Sampler = Sampler {
    name: "ddim",
    about: "DDIM (Song et al. 2021): eta = 0 adds no noise at all",
    takes_eta: true,
    factors,
};

/// The step goes to the predicted x_0 and noises it back to t_prev; for
/// x_0 = (x_t - sqrt(1 - alpha_bar_t) eps) / sqrt(alpha_bar_t) this gathers to a sum of x_t and eps.
fn factors(interval: &Interval) -> Factors {
    let alpha = interval.alpha();
    let sigma = interval.eta * interval.posterior_variance().sqrt();
    let towards_x_t = (1.0 - interval.alpha_bar_prev - sigma * sigma).max(0.0).sqrt();
    let eps = towards_x_t - ((1.0 - interval.alpha_bar) / alpha).sqrt();
    Factors { x: 1.0 / alpha.sqrt(), eps, z: sigma, ..Factors::default() }
}
