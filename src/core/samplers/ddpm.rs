//! DDPM (Ho et al. 2020, Algorithm 2), with either choice of sigma that the paper names.

use super::{Factors, Interval, Sampler};

pub(super) static DDPM: Sampler = Sampler {
    name: "ddpm",
    about: "DDPM with sigma^2 = beta_t (Ho et al. 2020, Algorithm 2; the tutorial's option 1)",
    takes_eta: false,
    factors: |interval| factors(interval, interval.beta()),
};

pub(super) static DDPM_POSTERIOR: Sampler = Sampler {
    name: "ddpm-posterior",
    about: "DDPM with the posterior's variance (Ho et al. 2020, eq. 7; the tutorial's option 2)",
    takes_eta: false,
    factors: |interval| factors(interval, interval.posterior_variance()),
};

/// The mean is (x_t - beta / sqrt(1 - alpha_bar_t) eps) / sqrt(alpha) (eq. 11).
fn factors(interval: &Interval, variance: f64) -> Factors {
    let alpha = interval.alpha();
    let eps = -interval.beta() / ((1.0 - interval.alpha_bar).sqrt() * alpha.sqrt());
    Factors { x: 1.0 / alpha.sqrt(), eps, z: variance.sqrt(), ..Factors::default() }
}
