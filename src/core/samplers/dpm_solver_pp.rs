//! DPM-Solver++(2M) (Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion
//! Probabilistic Models", Algorithm 2): second order in half the log-SNR, by the predicted x_0 of the step
//! before, which is its memory.

use super::{Factors, Interval, Sampler};

pub(super) static DPM_SOLVER_PP: Sampler = Sampler {
    name: "dpm-solver-pp",
    about: "DPM-Solver++(2M) (Lu et al. 2022): good pictures in few steps, without noise",
    takes_eta: false,
    factors,
};

fn factors(interval: &Interval) -> Factors {
    let (x0_x, x0_eps) = interval.x0();
    let remember = Factors { memory_x: x0_x, memory_eps: x0_eps, ..Factors::default() };
    // 1. The last step has an infinite gain of log-SNR: the predicted x_0 is the result.
    if interval.is_last() {
        return Factors { x: x0_x, eps: x0_eps, ..remember };
    }
    // 2. With alpha and sigma the factors of signal and noise, lambda = ln(alpha / sigma) and h its gain in
    //    this step: x_{t_prev} = sigma_prev / sigma x_t + alpha_prev (1 - e^-h) D.
    let half_log_snr = |alpha_bar: f64| 0.5 * (alpha_bar / (1.0 - alpha_bar)).ln();
    let h = half_log_snr(interval.alpha_bar_prev) - half_log_snr(interval.alpha_bar);
    let keep = ((1.0 - interval.alpha_bar_prev) / (1.0 - interval.alpha_bar)).sqrt();
    let towards = interval.alpha_bar_prev.sqrt() * -(-h).exp_m1();
    // 3. D = x_0 + (x_0 - m) / (2 r), with r = (gain of the step before) / h; just x_0 in the first step.
    let lean = interval.gained.map_or(0.0, |gained| h / (2.0 * gained));
    let of_x0 = towards * (1.0 + lean);
    Factors { x: keep + of_x0 * x0_x, eps: of_x0 * x0_eps, memory: -towards * lean, ..remember }
}
