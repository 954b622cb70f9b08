//! What the network predicts, and how that, x_0 and eps follow from each other.

use super::choice::choice;

/// What the network is trained to predict of x_t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Prediction {
    /// eps, the noise in x_t.
    #[default]
    Eps,
    /// v = sqrt(alpha_bar) eps - sqrt(1 - alpha_bar) x_0: almost the noise where there is little of it,
    /// almost the picture where there is much.
    V,
}

choice!(Prediction {
    Eps = "eps", "The noise in it (Ho et al. 2020; the tutorial's)";
    V = "v", "v, of noise and picture (Salimans and Ho 2022, appendix D)";
});

impl Prediction {
    /// The factors of x_0 and of eps in what the network should predict at `alpha_bar`.
    pub fn target(self, alpha_bar: f64) -> (f64, f64) {
        match self {
            Self::Eps => (0.0, 1.0),
            Self::V => (-(1.0 - alpha_bar).sqrt(), alpha_bar.sqrt()),
        }
    }

    /// The factors of x_t and of the network's output in the eps that they imply.
    pub fn eps_from(self, alpha_bar: f64) -> (f64, f64) {
        match self {
            Self::Eps => (0.0, 1.0),
            Self::V => ((1.0 - alpha_bar).sqrt(), alpha_bar.sqrt()),
        }
    }
}
