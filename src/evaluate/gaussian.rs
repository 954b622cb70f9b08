//! Gaussians fitted to features, and the Fréchet distance between two of them.

use super::eigen::Matrix;

/// Mean and covariance of a set of points.
#[derive(Clone, Debug)]
pub struct Gaussian {
    mean: Vec<f64>,
    covariance: Matrix,
}

impl Gaussian {
    /// Fitted to points; the covariance is divided by their number minus one.
    ///
    /// # Panics
    /// When there are fewer than two points.
    pub fn fit<const D: usize>(points: &[[f32; D]]) -> Self {
        assert!(points.len() > 1, "a covariance needs two points");
        let n = points.len() as f64;
        let mut mean = vec![0.0; D];
        for point in points {
            mean.iter_mut().zip(point).for_each(|(mean, x)| *mean += f64::from(*x) / n);
        }
        let mut covariance = Matrix::new(D, |_, _| 0.0);
        let mut centred = [0.0; D];
        for point in points {
            for ((centred, x), mean) in centred.iter_mut().zip(point).zip(&mean) {
                *centred = f64::from(*x) - mean;
            }
            for (row, a) in covariance.cells.chunks_exact_mut(D).zip(&centred) {
                row.iter_mut().zip(&centred).for_each(|(cell, b)| *cell += a * b);
            }
        }
        covariance.cells.iter_mut().for_each(|cell| *cell /= n - 1.0);
        Self { mean, covariance }
    }

    /// The squared Fréchet (2-Wasserstein) distance of two Gaussians (Dowson and Landau 1982):
    /// |m_1 - m_2|^2 + tr(S_1 + S_2 - 2 (S_1 S_2)^(1/2)). It is this square that Heusel et al. 2017
    /// made known, in the features of another network, as the Fréchet inception distance.
    pub fn frechet(&self, other: &Self) -> f64 {
        let apart: f64 = self.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
        // With S_1 = V L V^T and R = V L^(1/2), S_1 S_2 has the eigenvalues of R^T S_2 R, which is
        // symmetric. Rounding may leave a zero a little below zero.
        let (values, v) = self.covariance.eigen();
        let root = Matrix::new(v.size, |i, j| v.at(i, j) * values[j].max(0.0).sqrt());
        let product = root.transposed().times(&other.covariance).times(&root);
        let shared: f64 = product.eigen().0.iter().map(|value| value.max(0.0).sqrt()).sum();
        // Two equal sets are 0 apart, to the rounding of the traces.
        (apart + self.covariance.trace() + other.covariance.trace() - 2.0 * shared).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaussian<const D: usize>(mean: [f64; D], variance: [f64; D]) -> Gaussian {
        let covariance = Matrix::new(D, |i, j| if i == j { variance[i] } else { 0.0 });
        Gaussian { mean: mean.to_vec(), covariance }
    }

    #[test]
    fn a_fit_is_the_mean_and_the_covariance() {
        let fit = Gaussian::fit(&[[1.0, 2.0], [3.0, 6.0], [5.0, 1.0]]);
        assert_eq!(fit.mean, [3.0, 3.0]);
        assert_eq!(fit.covariance.cells, [4.0, -1.0, -1.0, 7.0]);
    }

    #[test]
    fn independent_dimensions_add_up() {
        let a = gaussian([0.0, 1.0, 2.0], [4.0, 9.0, 0.0]);
        let b = gaussian([3.0, 1.0, -2.0], [1.0, 25.0, 16.0]);
        // (m - m')^2 + (s - s')^2 of each: 9 + 1, 0 + 4, 16 + 16.
        assert!((a.frechet(&b) - 46.0).abs() < 1e-12);
        assert!((b.frechet(&a) - 46.0).abs() < 1e-12);
        assert!(a.frechet(&a) < 1e-12);
    }

    /// Points from a formula that Python can compute as well, squeezed into a plane for `flat`.
    fn points(n: usize, phase: f64, flat: bool) -> Vec<[f32; 6]> {
        let cell = |i: usize, d: usize| {
            let x = ((i * (d + 3)) as f64 * 0.731 + phase * (d + 1) as f64).sin();
            if flat && d > 1 { 0.0 } else { x * (d + 1) as f64 + phase * (i % 7) as f64 }
        };
        (0..n).map(|i| std::array::from_fn(|d| cell(i, d) as f32)).collect()
    }

    /// Expected, with NumPy 2.4.6 and SciPy 1.17.1: the same points A and B, as float32 and then
    /// float64; `a = np.cov(A.T)`, `b = np.cov(B.T)`; `((A.mean(0) - B.mean(0)) ** 2).sum() +
    /// np.trace(a + b) - 2 * np.trace(scipy.linalg.sqrtm(a @ b).real)`. The last pair is singular, where
    /// sqrtm warns, so its trace is `np.sqrt(np.maximum(np.linalg.eigvals(a @ b).real, 0)).sum()`.
    #[test]
    fn agrees_with_scipy() {
        let fit = |n, phase, flat| Gaussian::fit(&points(n, phase, flat));
        for (a, b, expected) in [
            (fit(200, 0.3, false), fit(150, 0.5, false), FULL),
            (fit(200, 0.3, false), fit(200, -0.2, false), OTHER),
            (fit(200, 0.3, false), fit(200, 0.4, true), FLAT),
        ] {
            let found = a.frechet(&b);
            assert!((found / expected - 1.0).abs() < 1e-6, "{found} for {expected}");
        }
    }
    const FULL: f64 = 2.729528677061708;
    const OTHER: f64 = 13.35978744024743;
    const FLAT: f64 = 48.18743462313055;
}
