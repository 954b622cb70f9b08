//! Numbers that are measured once for each seed, with their confidence intervals.

use serde::{Deserialize, Serialize};

/// Student's t that 97.5 % lie below, for 1 to 9 degrees of freedom (any table of it).
const STUDENT_T: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
/// The most seeds whose spread the table knows.
pub const MOST_SEEDS: usize = STUDENT_T.len() + 1;

/// A number measured once for each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    pub mean: f64,
    /// The 95 % confidence interval over seeds is `mean` plus or minus this; none of a single seed.
    /// It knows the chance in the samples, not that in the choice of the test images.
    pub half_width: Option<f64>,
    /// One for each seed.
    pub values: Vec<f64>,
}

impl Estimate {
    /// # Panics
    /// When there are no values, or more than [`MOST_SEEDS`].
    pub fn of(values: Vec<f64>) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let half_width = (values.len() > 1).then(|| {
            let variance = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
            STUDENT_T[values.len() - 2] * (variance / n).sqrt()
        });
        Self { mean, half_width, values }
    }

    /// To so many digits after the point.
    pub fn rounded(&self, digits: usize) -> String {
        match self.half_width {
            Some(half_width) => format!("{:.digits$} ± {half_width:.digits$}", self.mean),
            None => format!("{:.digits$}", self.mean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_students() {
        assert_eq!(Estimate::of(vec![2.5]), Estimate { mean: 2.5, half_width: None, values: vec![2.5] });
        // Mean 2, standard deviation 1, t = 4.303 for two degrees of freedom.
        let three = Estimate::of(vec![1.0, 2.0, 3.0]);
        assert_eq!(three.mean, 2.0);
        assert!((three.half_width.unwrap() - 4.303 / 3f64.sqrt()).abs() < 1e-12);
        assert_eq!(format!("{three:20}|"), "2.0000 ± 2.4843     |");
        let most = Estimate::of((0..MOST_SEEDS).map(|x| x as f64).collect());
        // The standard deviation of 0 .. 9 is sqrt(82.5 / 9).
        assert!((most.half_width.unwrap() - 2.262 * (82.5f64 / 9.0 / 10.0).sqrt()).abs() < 1e-12);
    }
}
