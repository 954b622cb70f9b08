//! How two sets of points overlap, judged by the balls around each point that reach to its k-th
//! nearest neighbour in its own set.
//!
//! Precision and recall are those of Kynkäänniemi et al. 2019 ("Improved Precision and Recall
//! Metric for Assessing Generative Models"), density and coverage those of Naeem et al. 2020
//! ("Reliable Fidelity and Diversity Metrics for Generative Models").

use rayon::prelude::*;

/// Neighbours that make the balls of precision and recall (Kynkäänniemi et al.).
pub const K_PRECISION: usize = 3;
/// Neighbours that make the balls of density and coverage (Naeem et al.).
pub const K_DENSITY: usize = 5;
/// The fewest points of a set.
pub const FEWEST: usize = K_DENSITY + 1;

/// How generated points lie among real ones, and the reverse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Share of generated points in some real point's ball, 0 to 1: how many look real.
    pub precision: f64,
    /// Share of real points in some generated point's ball, 0 to 1: how much of the real is there.
    pub recall: f64,
    /// Real balls around a generated point, over k: as precision, but outliers count little. Near 1
    /// for sets alike, and may exceed 1.
    pub density: f64,
    /// Share of real points whose ball has a generated point in it, 0 to 1: as recall, but outliers
    /// among the generated count little.
    pub coverage: f64,
}

/// Points and the squared radii of their balls, `[K_PRECISION, K_DENSITY]` each.
pub struct Balls<'a, const D: usize> {
    points: &'a [[f32; D]],
    radii: Vec<[f32; 2]>,
}

impl<'a, const D: usize> Balls<'a, D> {
    /// Time and work grow with the square of the number of points.
    ///
    /// # Panics
    /// When there are fewer than [`FEWEST`] points.
    pub fn new(points: &'a [[f32; D]]) -> Self {
        assert!(points.len() >= FEWEST, "{} points have no {K_DENSITY} neighbours", points.len());
        let radii = |point| {
            // A point is its own nearest, at distance 0, so the k-th neighbour is at place k.
            let mut all: Vec<f32> = points.iter().map(|other| squared_distance(point, other)).collect();
            let (nearer, &mut outer, _) = all.select_nth_unstable_by(K_DENSITY, f32::total_cmp);
            let (_, &mut inner, _) = nearer.select_nth_unstable_by(K_PRECISION, f32::total_cmp);
            [inner, outer]
        };
        Self { points, radii: points.par_iter().map(radii).collect() }
    }

    /// How `generated` lies among these, the real ones.
    pub fn overlap(&self, generated: &Self) -> Overlap {
        // 1. For each generated point: is it in a small ball, and in how many large ones?
        let fidelity = |point: &[f32; D]| {
            let (mut inside, mut balls) = (false, 0);
            for (real, [inner, outer]) in self.points.iter().zip(&self.radii) {
                let distance = squared_distance(point, real);
                inside |= distance <= *inner;
                balls += usize::from(distance <= *outer);
            }
            [usize::from(inside), balls]
        };
        // 2. For each real point: is it in a generated ball, and has its own large one any in it?
        let diversity = |(real, [_, outer]): (&[f32; D], &[f32; 2])| {
            let (mut inside, mut covered) = (false, false);
            for (point, [inner, _]) in generated.points.iter().zip(&generated.radii) {
                let distance = squared_distance(real, point);
                inside |= distance <= *inner;
                covered |= distance <= *outer;
            }
            [usize::from(inside), usize::from(covered)]
        };
        let add = |a: [usize; 2], b: [usize; 2]| [a[0] + b[0], a[1] + b[1]];
        let [precise, balls] = generated.points.par_iter().map(fidelity).reduce(|| [0, 0], add);
        let [recalled, covered] =
            self.points.par_iter().zip(&self.radii).map(diversity).reduce(|| [0, 0], add);
        let share = |count: usize, of: &Self| count as f64 / of.points.len() as f64;
        Overlap {
            precision: share(precise, generated),
            recall: share(recalled, self),
            density: share(balls, generated) / K_DENSITY as f64,
            coverage: share(covered, self),
        }
    }
}

/// In eight sums side by side, which fill a vector of the machine.
fn squared_distance<const D: usize>(a: &[f32; D], b: &[f32; D]) -> f32 {
    let mut sums = [0.0; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            *sum += (a - b) * (a - b);
        }
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap<const D: usize>(real: &[[f32; D]], generated: &[[f32; D]]) -> Overlap {
        Balls::new(real).overlap(&Balls::new(generated))
    }

    /// Points at 0, 1, 2, ... of a line, from `first` on.
    fn line(first: i32, count: i32) -> Vec<[f32; 1]> {
        (first..first + count).map(|x| [x as f32]).collect()
    }

    #[test]
    fn a_set_overlaps_itself() {
        let found = overlap(&line(0, 50), &line(0, 50));
        assert_eq!((found.precision, found.recall, found.coverage), (1.0, 1.0, 1.0));
        // Large balls hold 7 points; 6 around each end and the two points beside it: 44 * 7 + 6 * 6.
        assert_eq!(found.density, (44 * 7 + 6 * 6) as f64 / 50.0 / 5.0);
    }

    #[test]
    fn sets_far_apart_do_not_overlap() {
        let found = overlap(&line(0, 20), &line(100, 30));
        assert_eq!(found, Overlap { precision: 0.0, recall: 0.0, density: 0.0, coverage: 0.0 });
    }

    /// Radii on a line of spacing 1: 2 (k = 3) and 3 (k = 5) inside, more at its ends: at the ends
    /// 3 and 5, one further in 2 and 4, two further in 2 and 3.
    #[test]
    fn balls_on_a_line_are_counted_by_hand() {
        // Real 0 .. 19; generated 15 .. 34. Real balls (k = 3) reach to 22 (from 19), so 15 .. 22 of
        // the generated are precise, 8 of 20. Generated balls reach down to 12 (from 15), so real
        // 12 .. 19 are recalled, 8 of 20.
        let found = overlap(&line(0, 20), &line(15, 20));
        assert_eq!((found.precision, found.recall), (0.4, 0.4));
        // Large balls: 12 .. 17 reach 3 on, 18 reaches 22, 19 reaches 24. Covered: 12 .. 19.
        assert_eq!(found.coverage, 0.4);
        // Generated points in each: 12: 1, 13: 2, 14: 3, 15: 4, 16: 5 (15 .. 19), 17: 6 (15 .. 20),
        // 18: 8 (15 .. 22), 19: 10 (15 .. 24): 39 in all, over 5 * 20.
        assert_eq!(found.density, 0.39);
    }

    #[test]
    fn one_outlier_spoils_recall_but_not_coverage() {
        // The generated sit on the first ten real points; one lies far off, and its ball takes in all.
        let real = line(0, 40);
        let mut generated = line(0, 10);
        assert!(overlap(&real, &generated).recall < 0.4);
        generated.push([1000.0]);
        let found = overlap(&real, &generated);
        assert_eq!(found.recall, 1.0);
        assert!(found.coverage < 0.4, "{found:?}");
    }

    /// Expected: the same points in NumPy 2.4.6, as float32 and then float64; with the matrix
    /// `D = np.sqrt(((R[:, None] - G[None]) ** 2).sum(-1))` and `radius(X, k)` the k-th column of each
    /// sorted row of X's own such matrix: `(D <= radius(R, 3)[:, None]).any(0).mean()`,
    /// `(D <= radius(G, 3)[None]).any(1).mean()`, `(D <= radius(R, 5)[:, None]).sum(0).mean() / 5`
    /// and `(D.min(1) <= radius(R, 5)).mean()`.
    #[test]
    fn agrees_with_numpy_in_64_dimensions() {
        let points = |n: usize, rate: f64, phase: f64| -> Vec<[f32; 64]> {
            let angle = |i: usize, d: usize| (i * (d + 3).pow(2)) as f64 * rate + phase * (d + 1) as f64;
            (0..n).map(|i| std::array::from_fn(|d| angle(i, d).sin() as f32)).collect()
        };
        let found = overlap(&points(300, 0.731, 0.0), &points(200, 0.37, 0.1));
        let expected =
            Overlap { precision: 0.525, recall: 254.0 / 300.0, density: 0.512, coverage: 217.0 / 300.0 };
        assert_eq!(found, expected);
    }
}
