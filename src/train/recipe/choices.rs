//! What a recipe chooses by name.

use crate::core::choice::choice;
use crate::core::prediction::Prediction;

/// What becomes of the learning rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decay {
    #[default]
    None,
    Cosine,
    Tail,
}

choice!(Decay {
    None = "none", "It stays: the tutorial's";
    Cosine = "cosine", "It falls to 0 along half a cosine (Loshchilov and Hutter 2017, eq. 5, without restarts)";
    Tail = "tail", "It stays for four fifths of the run and then falls linearly to 0 (Hägele et al. 2024): such a run \
                    can be continued with more epochs before it falls";
});

/// The share of a run in which [`Decay::Tail`] falls.
const TAIL: f64 = 0.2;

impl Decay {
    /// The share of the learning rate that is left when `done` of the run, in 0..=1, is.
    pub fn at(self, done: f64) -> f64 {
        match self {
            Self::None => 1.0,
            Self::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
            Self::Tail => ((1.0 - done) / TAIL).min(1.0),
        }
    }
}

/// What the loss counts at which t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weighting {
    #[default]
    Uniform,
    MinSnr,
    X0,
}

choice!(Weighting {
    Uniform = "uniform", "Every t as much (Ho et al. 2020, L_simple): the tutorial's";
    MinSnr = "min-snr", "What makes the error of the implied x_0 count min(SNR, 5) (Hang et al. 2023, section 3.4)";
    X0 = "x0", "What makes the error of the implied x_0 count the same at every t (Salimans and Ho 2022, section 4)";
});

impl Weighting {
    /// What a squared error of `prediction` counts at this signal-to-noise ratio.
    pub fn at(self, snr: f64, prediction: Prediction) -> f64 {
        match (self, prediction) {
            (Self::Uniform, _) => 1.0,
            (Self::MinSnr, Prediction::Eps) => snr.min(5.0) / snr,
            (Self::MinSnr, Prediction::V) => snr.min(5.0) / (snr + 1.0),
            (Self::X0, Prediction::Eps) => 1.0 / snr,
            (Self::X0, Prediction::V) => 1.0 / (snr + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn min_snr_counts_clean_images_less_and_x0_counts_them_least() {
        use Prediction::{Eps, V};
        assert_eq!([0.01, 5.0, 1e4].map(|snr| Weighting::Uniform.at(snr, Eps)), [1.0; 3]);
        assert_eq!([0.01, 5.0, 50.0].map(|snr| Weighting::MinSnr.at(snr, Eps)), [1.0, 1.0, 0.1]);
        // An error of v is one of x_0 times the root of SNR + 1.
        assert_eq!([1.0, 4.0, 49.0].map(|snr| Weighting::MinSnr.at(snr, V)), [0.5, 0.8, 0.1]);
        // An error of eps is one of x_0 times the root of SNR.
        assert_eq!([0.25, 1.0, 4.0].map(|snr| Weighting::X0.at(snr, Eps)), [4.0, 1.0, 0.25]);
        assert_eq!([0.0, 1.0, 3.0].map(|snr| Weighting::X0.at(snr, V)), [1.0, 0.5, 0.25]);
    }

    #[test]
    fn the_learning_rate_falls_to_nothing() {
        assert_eq!([0.0, 0.7, 1.0].map(|done| Decay::None.at(done)), [1.0; 3]);
        let [start, middle, end] = [0.0, 0.5, 1.0].map(|done| Decay::Cosine.at(done));
        assert!(start == 1.0 && (middle - 0.5).abs() < 1e-15 && end.abs() < 1e-15);
        let tail = [0.0, 0.8, 0.9, 1.0].map(|done| Decay::Tail.at(done));
        assert!(
            tail[0] == 1.0
                && (tail[1] - 1.0).abs() < 1e-12
                && (tail[2] - 0.5).abs() < 1e-12
                && tail[3] == 0.0
        );
    }
}
