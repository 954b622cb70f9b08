//! Eigenvalues and eigenvectors of symmetric matrices, by Jacobi's rotations (Golub and Van Loan,
//! "Matrix Computations", section 8.5).
//!
//! Here and not from a linear algebra crate: those known bring in features of shared dependencies
//! that build all of Burn anew, and for matrices of 64 rows this is enough. It is also the more
//! accurate method for small eigenvalues. `gaussian` has its tests against SciPy.

/// A square matrix, row after row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    pub size: usize,
    /// `size * size` numbers.
    pub cells: Vec<f64>,
}

/// Off-diagonal cells this much smaller than the matrix are zero.
const TOLERANCE: f64 = 1e-15;
/// Sweeps over all pairs: convergence is quadratic, and takes 6 to 10 of them.
const MOST_SWEEPS: usize = 50;

impl Matrix {
    pub fn new(size: usize, cell: impl Fn(usize, usize) -> f64) -> Self {
        let cells = (0..size * size).map(|i| cell(i / size, i % size)).collect();
        Self { size, cells }
    }

    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    pub fn trace(&self) -> f64 {
        (0..self.size).map(|i| self.at(i, i)).sum()
    }

    /// `self * other`; both have the same size.
    pub fn times(&self, other: &Self) -> Self {
        Self::new(self.size, |i, j| (0..self.size).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    pub fn transposed(&self) -> Self {
        Self::new(self.size, |i, j| self.at(j, i))
    }

    /// Of a symmetric matrix, its eigenvalues, in no order, and a matrix V whose columns are their
    /// orthonormal eigenvectors: `self` = V diag(values) V^T.
    pub fn eigen(&self) -> (Vec<f64>, Self) {
        let n = self.size;
        let mut a = self.clone();
        let mut v = Self::new(n, |i, j| if i == j { 1.0 } else { 0.0 });
        let zero = TOLERANCE * self.cells.iter().map(|x| x * x).sum::<f64>().sqrt();
        for _ in 0..MOST_SWEEPS {
            let mut still = true;
            for p in 0..n {
                for q in p + 1..n {
                    if a.at(p, q).abs() > zero {
                        still = false;
                        let (cos, sin) = rotation(a.at(p, p), a.at(p, q), a.at(q, q));
                        a.rotate_columns(p, q, cos, sin);
                        a.rotate_rows(p, q, cos, sin);
                        v.rotate_columns(p, q, cos, sin);
                    }
                }
            }
            if still {
                break;
            }
        }
        ((0..n).map(|i| a.at(i, i)).collect(), v)
    }

    fn rotate_columns(&mut self, p: usize, q: usize, cos: f64, sin: f64) {
        for row in self.cells.chunks_exact_mut(self.size) {
            (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
        }
    }

    fn rotate_rows(&mut self, p: usize, q: usize, cos: f64, sin: f64) {
        let (upper, lower) = self.cells.split_at_mut(q * self.size);
        let (p, q) = (&mut upper[p * self.size..][..self.size], &mut lower[..self.size]);
        for (p, q) in p.iter_mut().zip(q) {
            (*p, *q) = (cos * *p - sin * *q, sin * *p + cos * *q);
        }
    }
}

/// The smaller angle's cosine and sine that make [[pp, pq], [pq, qq]] diagonal; pq is not 0.
fn rotation(pp: f64, pq: f64, qq: f64) -> (f64, f64) {
    let tau = (qq - pp) / (2.0 * pq);
    let tan = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let cos = tan.hypot(1.0).recip();
    (cos, tan * cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn two_by_two_is_what_it_is_by_hand() {
        let (mut values, vectors) = Matrix { size: 2, cells: vec![2.0, 1.0, 1.0, 2.0] }.eigen();
        values.sort_by(f64::total_cmp);
        assert!(close(values[0], 1.0) && close(values[1], 3.0), "{values:?}");
        assert!(vectors.cells.iter().all(|x| close(x.abs(), 0.5f64.sqrt())));
    }

    /// The second difference matrix: 2 - 2 cos(pi k / (n + 1)).
    #[test]
    fn a_matrix_with_known_eigenvalues() {
        let n = 64;
        let matrix = Matrix::new(n, |i, j| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        });
        let (mut values, v) = matrix.eigen();
        let back = Matrix::new(n, |i, j| (0..n).map(|k| v.at(i, k) * values[k] * v.at(j, k)).sum());
        assert!(back.cells.iter().zip(&matrix.cells).all(|(a, b)| close(*a, *b)));
        let identity = v.times(&v.transposed());
        assert!((0..n * n).all(|i| close(identity.cells[i], f64::from(i % (n + 1) == 0))));
        values.sort_by(f64::total_cmp);
        for (k, value) in values.iter().enumerate() {
            let angle = std::f64::consts::PI * (k + 1) as f64 / (n + 1) as f64;
            assert!(close(*value, 2.0 - 2.0 * angle.cos()), "{k}: {value}");
        }
    }

    #[test]
    fn diagonal_and_zero_matrices_are_left_alone() {
        let diagonal = Matrix::new(3, |i, j| if i == j { i as f64 } else { 0.0 });
        assert_eq!(diagonal.eigen().0, [0.0, 1.0, 2.0]);
        assert_eq!(Matrix::new(3, |_, _| 0.0).eigen().0, [0.0; 3]);
    }
}
