//! Walks that begin in the middle of the schedule, and that take each of their steps several times.

use super::{SamplerConfig, SamplerError, Step, check_eta, step};
use crate::core::schedule::Schedule;

/// The most visits of a step.
pub const MAX_VISITS: u32 = 20;

/// Where a walk begins, and how often it takes each of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The timestep that it begins at; `None` is where the spacing has it, usually T - 1.
    pub from: Option<usize>,
    /// How often each step but the last is taken, with noise again in between (Lugmayr et al. 2022, "RePaint:
    /// Inpainting using Denoising Diffusion Probabilistic Models"): 1 to [`MAX_VISITS`].
    pub visits: u32,
}

impl Default for Course {
    fn default() -> Self {
        Self { from: None, visits: 1 }
    }
}

impl Course {
    /// The steps of this walk, those that are taken again too. From timestep t there are 1 to t + 1 different ones, all
    /// of them where the config names no number.
    ///
    /// # Errors
    /// When the start, the steps, the visits or eta are outside their ranges.
    pub fn steps(&self, schedule: &Schedule, config: &SamplerConfig) -> Result<Vec<Step>, SamplerError> {
        let SamplerConfig { kind, steps, spacing, eta } = *config;
        let Self { from, visits } = *self;
        if !(1..=MAX_VISITS).contains(&visits) {
            return Err(SamplerError::Visits(visits));
        }
        let Some(from) = from else {
            let once = super::steps(schedule, config)?;
            let times: Vec<usize> = once.iter().map(|step| step.t).collect();
            return Ok(if visits == 1 { once } else { revisited(schedule, config, &times, visits) });
        };
        let timesteps = schedule.timesteps();
        if from >= timesteps {
            return Err(SamplerError::From { found: from, last: timesteps - 1 });
        }
        let count = steps.unwrap_or(from + 1);
        if !(1..=from + 1).contains(&count) {
            return Err(SamplerError::StepsFrom { found: count, from, most: from + 1 });
        }
        check_eta(kind, eta)?;
        Ok(revisited(schedule, config, &spacing.times_from(schedule, from, count), visits))
    }
}

/// The walk over these timesteps that takes each step but the last `visits` times. A step that is taken again leans on no
/// memory: what the visit before remembered is of the same timestep, not of the one before.
fn revisited(schedule: &Schedule, config: &SamplerConfig, times: &[usize], visits: u32) -> Vec<Step> {
    let SamplerConfig { kind, eta, .. } = *config;
    let mut all = vec![];
    for i in 0..times.len() {
        let visits = if i + 1 == times.len() { 1 } else { visits };
        for visit in 0..visits {
            let mut step = step(schedule, kind, eta, times, i, i > 0 && visit == 0);
            // q(x_t | x_{t_prev}): alpha_bar_t / alpha_bar_{t_prev} of the power stays.
            let stays = schedule.alpha_bar(Some(step.t)) / schedule.alpha_bar(step.t_prev);
            let goes_back = visit + 1 < visits;
            step.visit = visit;
            step.back = goes_back.then(|| [stays.sqrt() as f32, (1.0 - stays).sqrt() as f32]);
            all.push(step);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::choice::Choice;
    use crate::core::samplers::spacing::Spacing;
    use crate::core::samplers::{SamplerKind, steps};
    use crate::core::schedule::ScheduleConfig;

    fn schedule() -> Schedule {
        Schedule::new(ScheduleConfig::default()).unwrap()
    }

    #[test]
    fn a_walk_from_any_timestep_begins_there_and_takes_as_many_steps_as_asked_for() {
        let schedule = schedule();
        for (spacing, kind) in Spacing::all()
            .into_iter()
            .flat_map(|spacing| SamplerKind::all().into_iter().map(move |k| (spacing, k)))
        {
            for from in [0, 1, 57, 199] {
                for count in [1, 2, 12, 58, 200].into_iter().filter(|count| *count <= from + 1) {
                    let config = SamplerConfig { kind, steps: Some(count), spacing, eta: 0.0 };
                    let walk = Course { from: Some(from), visits: 1 }.steps(&schedule, &config).unwrap();
                    assert_eq!((walk.len(), walk[0].t, walk[0].memory), (count, from, 0.0), "{config:?}");
                    assert!(
                        walk.windows(2)
                            .all(|pair| pair[0].t_prev == Some(pair[1].t) && pair[0].t > pair[1].t)
                    );
                    assert_eq!((walk[count - 1].t_prev, walk[count - 1].z), (None, 0.0));
                }
            }
            if spacing != Spacing::Distilled {
                let config = SamplerConfig { kind, steps: Some(20), spacing, eta: 0.0 };
                let whole = Course { from: Some(199), visits: 1 }.steps(&schedule, &config);
                assert_eq!(whole, steps(&schedule, &config), "from the noisiest it is the usual walk");
            }
        }
        let all = Course { from: Some(57), visits: 1 }.steps(&schedule, &SamplerConfig::default()).unwrap();
        assert!(all.iter().map(|step| step.t).eq((0..=57).rev()));
    }

    #[test]
    fn a_step_that_is_visited_again_goes_back_in_between_and_the_last_one_is_taken_once() {
        let schedule = schedule();
        for kind in SamplerKind::all() {
            let config = SamplerConfig { kind, steps: Some(4), spacing: Spacing::Even, eta: 0.0 };
            let once = steps(&schedule, &config).unwrap();
            let walk = Course { from: None, visits: 3 }.steps(&schedule, &config).unwrap();
            let places: Vec<(usize, u32)> = walk.iter().map(|step| (step.t, step.visit)).collect();
            let expected = [
                (199, 0),
                (199, 1),
                (199, 2),
                (149, 0),
                (149, 1),
                (149, 2),
                (99, 0),
                (99, 1),
                (99, 2),
                (49, 0),
            ];
            assert_eq!(places, expected);
            for (at, step) in walk.iter().enumerate() {
                let goes_back = at < 9 && step.visit < 2;
                assert_eq!(step.lands(), if goes_back { Some(step.t) } else { step.t_prev });
                if let Some([x, z]) = step.back {
                    let stays = schedule.alpha_bars[step.t] / schedule.alpha_bar(step.t_prev);
                    assert!((f64::from(x * x) - stays).abs() < 1e-6 && (x * x + z * z - 1.0).abs() < 1e-6);
                }
                // But for the visit and where it goes back, the first visit is the step that is taken once.
                if step.visit == 0 {
                    assert_eq!(Step { back: None, ..*step }, once[at / 3]);
                } else {
                    assert_eq!(step.memory, 0.0);
                }
            }
        }
    }

    #[test]
    fn refuses_what_is_no_course() {
        let refused = |from, visits, count| {
            let config = SamplerConfig { steps: count, ..Default::default() };
            Course { from, visits }.steps(&schedule(), &config).unwrap_err()
        };
        assert_eq!(refused(Some(200), 1, None), SamplerError::From { found: 200, last: 199 });
        assert_eq!(refused(Some(9), 1, Some(11)), SamplerError::StepsFrom { found: 11, from: 9, most: 10 });
        assert_eq!(refused(None, 0, None), SamplerError::Visits(0));
        assert_eq!(refused(None, 21, None), SamplerError::Visits(21));
    }
}
