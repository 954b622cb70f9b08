//! Diffusion in two dimensions, where everything can be drawn: points in the plane in place of pictures, and in place of
//! a network the exact expectation of the noise.
//!
//! The data are a mixture of narrow Gaussians around fixed points. With noise it is a mixture again, so that its score
//! and E[eps | x_t] are sums over the points. The walk, the samplers and the schedule are those of pictures.

use super::choice::choice;
use super::noise::{self, Use};
use super::samplers::Step;
use super::sampling::{Answer, Denoiser, Start, Walk};
use super::schedule::{Schedule, ScheduleConfig, ScheduleKind};
use std::convert::Infallible;
use std::f64::consts::{PI, TAU};

/// The schedule's timesteps.
pub const TIMESTEPS: usize = 200;
/// Points of a set.
const POINTS: usize = 240;
/// How far the points lie from the line that they follow: the standard deviation.
const SCATTER: f32 = 0.04;
/// The standard deviation of the Gaussian around each point.
const WIDTH: f64 = 0.04;
/// Where the points lie is the chance of this seed.
const SEED: u64 = 0;
/// Half the edge of the square that arrows are drawn on.
const FIELD: f64 = 2.0;

/// A data set in the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Moons,
    Ring,
    Spiral,
    Blobs,
}

choice!(Shape {
    Moons = "moons", "Two half moons, each around the other's end";
    Ring = "ring", "A circle with nothing inside";
    Spiral = "spiral", "Two turns outwards from the middle";
    Blobs = "blobs", "Three round clusters of different sizes";
});

impl Shape {
    /// The place on its line that point `k` is scattered around, and how far.
    fn place(self, k: usize) -> ([f64; 2], f32) {
        let share = (k as f64 + 0.5) / POINTS as f64;
        let polar = |radius: f64, angle: f64| [radius * libm::cos(angle), radius * libm::sin(angle)];
        match self {
            Self::Moons => {
                let upper = k.is_multiple_of(2);
                let [x, y] = polar(0.62, PI * share);
                let place = if upper { [x - 0.31, y - 0.15] } else { [0.31 - x, 0.15 - y] };
                (place, SCATTER)
            }
            Self::Ring => (polar(0.8, TAU * share), SCATTER),
            // Points at equal shares of the area inside are about equally far apart.
            Self::Spiral => {
                let outwards = share.sqrt();
                (polar(0.1 + 0.8 * outwards, 2.0 * TAU * outwards), SCATTER / 2.0)
            }
            Self::Blobs => {
                let blobs = [([-0.6, -0.4], 0.12), ([0.55, -0.55], 0.16), ([0.1, 0.65], 0.2)];
                blobs[k % blobs.len()]
            }
        }
    }
}

/// A data set with its schedule.
#[derive(Clone, Debug)]
pub struct Toy {
    points: Vec<[f64; 2]>,
    schedule: Schedule,
}

impl Toy {
    pub fn new(shape: Shape) -> Self {
        let mut scatter = vec![0.0; 2 * POINTS];
        noise::gaussian(SEED, Use::Toy, shape as u32, 0, &mut scatter);
        let point = |(k, scatter): (usize, &[f32])| {
            let ([x, y], far) = shape.place(k);
            [x + f64::from(far * scatter[0]), y + f64::from(far * scatter[1])]
        };
        let points = scatter.chunks_exact(2).enumerate().map(point).collect();
        Self { points, schedule: schedule() }
    }

    /// The points, x and y of one after the other.
    pub fn points(&self) -> Vec<f32> {
        self.points.iter().flatten().map(|x| *x as f32).collect()
    }

    /// The gradient of the log-density of the noised data, and that density's logarithm but for a constant.
    fn score(&self, x: [f64; 2], t: usize) -> ([f64; 2], f64) {
        let (signal, noise) = self.schedule.q_sample(Some(t));
        let variance = (signal * WIDTH).powi(2) + noise * noise;
        let towards = |point: &[f64; 2]| [signal * point[0] - x[0], signal * point[1] - x[1]];
        let log_weight = |[x, y]: [f64; 2]| -(x * x + y * y) / (2.0 * variance);
        // The largest weight is taken out, so that far from all points they do not all vanish.
        let largest =
            self.points.iter().map(|point| log_weight(towards(point))).fold(f64::NEG_INFINITY, f64::max);
        let (mut sum, mut total) = ([0.0; 2], 0.0);
        for point in &self.points {
            let towards = towards(point);
            let weight = libm::exp(log_weight(towards) - largest);
            total += weight;
            sum = [sum[0] + weight * towards[0], sum[1] + weight * towards[1]];
        }
        (sum.map(|sum| sum / (total * variance)), largest + libm::log(total))
    }

    /// E[eps | x_t]: the score times -sqrt(1 - alpha_bar_t).
    fn eps(&self, x: [f64; 2], t: usize) -> [f64; 2] {
        let (_, noise) = self.schedule.q_sample(Some(t));
        self.score(x, t).0.map(|score| -noise * score)
    }

    /// A grid of `grid` x `grid` places over the square from -2 to 2, row by row from the bottom, and the arrow at each: the
    /// score of the data with the noise of `t`, times sqrt(1 - alpha_bar_t). So it points against the expected noise, and is
    /// as long as that.
    ///
    /// # Panics
    /// When there is no timestep `t`.
    pub fn field(&self, t: usize, grid: usize) -> [Vec<f32>; 2] {
        let along = |i: usize| FIELD * ((2 * i + 1) as f64 / grid as f64 - 1.0);
        let places = (0..grid).flat_map(|row| (0..grid).map(move |column| [along(column), along(row)]));
        let (mut at, mut arrows) = (vec![], vec![]);
        for place in places {
            at.extend(place.map(|x| x as f32));
            arrows.extend(self.eps(place, t).map(|eps| -eps as f32));
        }
        [at, arrows]
    }

    /// Walks from pure noise: where each of `count` points is before the first step and after each. Point k of a seed
    /// starts at the same place in every walk.
    pub fn paths(&mut self, steps: Vec<Step>, seed: u64, count: usize) -> Vec<Vec<f32>> {
        let mut walk = Walk::new(steps, seed, 0, count, &Start::pure(2));
        let mut all = vec![walk.x().to_vec()];
        loop {
            let Ok(step) = pollster::block_on(walk.advance(self));
            if step.is_none() {
                return all;
            }
            all.push(walk.x().to_vec());
        }
    }
}

/// The toy's schedule: a cosine, which ends in pure noise.
pub fn schedule() -> Schedule {
    let config = ScheduleConfig::new(ScheduleKind::Cosine, TIMESTEPS);
    Schedule::new(config).expect("the toy has as many timesteps as a schedule may have")
}

impl Denoiser for Toy {
    type Error = Infallible;

    fn predict<'a>(&'a mut self, x_t: &'a [f32], t: usize) -> Answer<'a, Vec<f32>, Infallible> {
        let eps = |x: &[f32]| self.eps([x[0], x[1]].map(f64::from), t).map(|eps| eps as f32);
        let all = x_t.chunks_exact(2).flat_map(eps).collect();
        Box::pin(async { Ok(all) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::choice::Choice;
    use crate::core::samplers::{SamplerConfig, SamplerKind, steps};

    fn walk(kind: SamplerKind, count: usize) -> Vec<Step> {
        steps(&schedule(), &SamplerConfig { kind, steps: Some(count), ..Default::default() }).unwrap()
    }

    #[test]
    fn points_fill_the_square_and_stay() {
        for shape in Shape::all() {
            let points = Toy::new(shape).points();
            assert_eq!(points.len(), 2 * POINTS);
            assert!(points.iter().all(|x| x.abs() < 1.3), "{shape:?}");
            let widest = points.iter().fold(0f32, |most, x| most.max(x.abs()));
            assert!(widest > 0.75, "{shape:?}: {widest}");
            assert_eq!(points, Toy::new(shape).points());
        }
    }

    #[test]
    fn the_score_is_the_gradient_of_the_log_density() {
        for shape in Shape::all() {
            let toy = Toy::new(shape);
            for (t, x) in [(0, [0.3, 0.1]), (40, [-0.7, 0.4]), (120, [1.5, -1.9]), (199, [0.2, 0.2])] {
                let h = 1e-5;
                let log = |dx: f64, dy: f64| toy.score([x[0] + dx, x[1] + dy], t).1;
                let expected =
                    [(log(h, 0.0) - log(-h, 0.0)) / (2.0 * h), (log(0.0, h) - log(0.0, -h)) / (2.0 * h)];
                let (found, _) = toy.score(x, t);
                for (found, expected) in found.iter().zip(expected) {
                    let close = (found - expected).abs() < 1e-4 * expected.abs().max(1.0);
                    assert!(close, "{shape:?} at {t}: {found} for {expected}");
                }
            }
        }
    }

    #[test]
    fn walks_without_noise_end_near_the_data() {
        for shape in Shape::all() {
            let mut toy = Toy::new(shape);
            let paths = toy.paths(walk(SamplerKind::DDIM, 50), 3, 40);
            assert_eq!((paths.len(), paths[0].len()), (51, 80));
            for end in paths[50].chunks_exact(2) {
                let far =
                    |point: &[f64; 2]| (f64::from(end[0]) - point[0]).hypot(f64::from(end[1]) - point[1]);
                let nearest = toy.points.iter().map(far).fold(f64::INFINITY, f64::min);
                assert!(nearest < 0.15, "{shape:?}: {end:?} is {nearest} from the data");
            }
        }
    }

    #[test]
    fn arrows_point_inwards_from_outside_and_lie_on_a_grid() {
        let [at, arrows] = Toy::new(Shape::Ring).field(150, 5);
        assert_eq!((at.len(), arrows.len()), (50, 50));
        assert_eq!(at[..4], [-1.6, -1.6, -0.8, -1.6]);
        assert!(arrows[0] > 0.0 && arrows[1] > 0.0 && arrows[48] < 0.0 && arrows[49] < 0.0, "{arrows:?}");
    }

    /// As with pictures, a seed's paths must never change.
    #[test]
    fn paths_of_a_seed_are_pinned() {
        let paths = Toy::new(Shape::Moons).paths(walk(SamplerKind::DDPM, 20), 42, 2);
        let first: Vec<f32> = paths[0].iter().map(|x| (1e4 * x).round()).collect();
        let last: Vec<f32> = paths[20].iter().map(|x| (1e4 * x).round()).collect();
        assert_eq!((first, last), (PINNED[0].to_vec(), PINNED[1].to_vec()));
    }
    const PINNED: [[f32; 4]; 2] = [[-9770.0, -1507.0, -8763.0, 10865.0], [2031.0, 387.0, 9592.0, -225.0]];
}
