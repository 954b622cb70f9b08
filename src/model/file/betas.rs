//! The schedule that a list of betas follows.

use super::WeightsError;
use crate::core::schedule::{Schedule, ScheduleConfig, ScheduleKind};

/// Takes a number to the nearest that a type can hold.
type Rounding = fn(f64) -> f64;

/// The types that betas are kept in, from the coarsest on, and the most that each changes a number, as a share of it.
const ROUNDINGS: [(Rounding, f64); 3] = [
    (|x| half::bf16::from_f64(x).to_f64(), 1.0 / 256.0),
    (|x| half::f16::from_f64(x).to_f64(), 1.0 / 2048.0),
    (|x| f64::from(x as f32), 1.0 / 16_777_216.0),
];
/// How far betas computed in f32 may be from ours: another order of the same operations.
const ABSOLUTE: f64 = 1e-6;
/// A cosine's betas are one minus a quotient of squared cosines, which f32 blurs towards the end.
const COSINE: f64 = 1e-3;
/// Where others usually clip a cosine's betas (Nichol and Dhariwal 2021); bf16 rounds it to 1.
const CLIPPED: f64 = 0.999;

/// The schedule whose betas these are, up to how they were rounded: `module.half()` rounds a module's betas with
/// its weights. Of the ends, which a config states in decimals, the shortest that round to the file's are taken.
///
/// # Errors
/// When they are of no schedule that can be run.
pub(super) fn schedule_of(betas: &[f32]) -> Result<ScheduleConfig, WeightsError> {
    let betas: Vec<f64> = betas.iter().map(|beta| f64::from(*beta)).collect();
    let exact = |rounding: Rounding| betas.iter().all(|beta| rounding(*beta) == *beta);
    let (rounding, change) =
        ROUNDINGS.into_iter().find(|(rounding, _)| exact(*rounding)).unwrap_or(ROUNDINGS[2]);
    let end = |beta: Option<&f64>| beta.map_or(f64::NAN, |beta| shortest(*beta, rounding));
    let (timesteps, beta_start, beta_end) = (betas.len(), end(betas.first()), end(betas.last()));
    let linear = ScheduleConfig { timesteps, beta_start, beta_end, ..ScheduleConfig::default() };
    // The ends of a cosine are limits, which its betas may not reach.
    let usual = ScheduleConfig::new(ScheduleKind::Cosine, timesteps);
    let beta_end = if beta_end == 1.0 && rounding(CLIPPED) == 1.0 { CLIPPED } else { beta_end };
    let cosine = ScheduleConfig { beta_start: beta_start.min(usual.beta_start), beta_end, ..usual };
    // Both the file's numbers and the ends taken from them are rounded.
    for (config, relative) in [(linear, 0.0), (cosine, COSINE)] {
        let Ok(schedule) = Schedule::new(config) else { continue };
        let near = |(ours, theirs): (&f64, &f64)| {
            (ours - theirs).abs() <= ABSOLUTE + ours * (relative + 2.0 * change)
        };
        if schedule.betas.iter().zip(&betas).all(near) {
            return Ok(config);
        }
    }
    Schedule::new(linear)?;
    Err(WeightsError::Betas(timesteps, beta_start, beta_end))
}

/// The number of the fewest decimals that `rounding` takes to `x`. It is a quotient of two numbers that f64 holds
/// exactly, so it is the f64 nearest to the decimal; reading it from text would bring in more code.
fn shortest(x: f64, rounding: Rounding) -> f64 {
    let decimal = |decimals: i32| (x * 10f64.powi(decimals)).round() / 10f64.powi(decimals);
    (0..16).map(decimal).find(|decimal| rounding(*decimal) == x).unwrap_or(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn betas(kind: ScheduleKind, timesteps: usize, beta_start: f64, beta_end: f64) -> Vec<f64> {
        let config = ScheduleConfig { kind, timesteps, beta_start, beta_end, ..ScheduleConfig::default() };
        Schedule::new(config).unwrap().betas
    }

    #[test]
    fn rounded_betas_lead_back_to_the_schedule_that_was_meant() {
        for (kind, timesteps, start, end) in [
            (ScheduleKind::Linear, 200, 1e-4, 0.02),
            (ScheduleKind::Linear, 1000, 1e-4, 0.02),
            (ScheduleKind::Linear, 37, 0.003, 0.3),
            (ScheduleKind::Linear, 1, 0.02, 0.02),
            (ScheduleKind::Cosine, 200, 1e-4, 0.5),
            (ScheduleKind::Cosine, 300, 1e-4, 0.999),
        ] {
            for (rounding, _) in ROUNDINGS {
                let found = betas(kind, timesteps, start, end).into_iter().map(|beta| rounding(beta) as f32);
                let config = schedule_of(&found.collect::<Vec<_>>()).unwrap();
                let expected = ScheduleConfig { kind, timesteps, ..ScheduleConfig::default() };
                let expected = ScheduleConfig { beta_start: start, beta_end: end, ..expected };
                assert_eq!(config, expected);
            }
        }
    }

    /// As PyTorch computes them from f32 alone.
    #[test]
    fn a_cosines_betas_in_f32_are_recognised() {
        for timesteps in [200, 1000] {
            let left = |t: usize| {
                let share = (t as f32 / timesteps as f32 + 0.008) / 1.008;
                (share * std::f32::consts::FRAC_PI_2).cos().powi(2)
            };
            let found: Vec<f32> =
                (0..timesteps).map(|t| (1.0 - left(t + 1) / left(t)).clamp(0.0, 0.999)).collect();
            let config = schedule_of(&found).unwrap();
            assert_eq!((config.kind, config.timesteps), (ScheduleKind::Cosine, timesteps));
            assert_eq!(config.beta_end, 0.999);
        }
    }

    #[test]
    fn betas_of_other_schedules_are_refused_by_what_they_are() {
        let linear = betas(ScheduleKind::Linear, 200, 1e-4, 0.02);
        let roots: Vec<f32> = linear.iter().map(|beta| (beta.sqrt() * 0.5) as f32).collect();
        let told = schedule_of(&roots).unwrap_err().to_string();
        assert!(told.contains("200 betas from 0.005 to 0.07071068"), "{told}");
        let falling: Vec<f32> = linear.iter().rev().map(|beta| *beta as f32).collect();
        assert!(matches!(schedule_of(&falling), Err(WeightsError::Schedule(_))));
        assert!(matches!(schedule_of(&[]), Err(WeightsError::Schedule(_))));
        assert!(matches!(schedule_of(&[0.01; 1001]), Err(WeightsError::Schedule(_))));
    }
}
