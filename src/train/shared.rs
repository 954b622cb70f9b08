//! Training by several workers of the CPU: each computes loss and gradient of its share of the batch.
//!
//! One of them leads: it owns Adam, gives the others the weights, and adds what they answer to its own part, in
//! their order. So the same number of workers gives the same bits, whoever is first.

use super::TrainError;
use super::cpu::{CpuLearner, Part};
use super::learner::{Examples, Learner};
use super::optimizer::{AdamState, Pace};
use crate::core::schedule::Schedule;
use crate::engine::Answer;

/// Another worker.
pub trait Helper {
    /// Has it compute the part of these images with these weights. It begins at once; the answer comes later.
    ///
    /// # Errors
    /// When the worker has failed.
    fn begin(&mut self, weights: &[f32], share: &Examples) -> Answer<'static, Part, TrainError>;
}

/// The leading worker's learner, and its helpers.
pub struct SharedLearner {
    lead: CpuLearner,
    helpers: Vec<Box<dyn Helper>>,
}

impl SharedLearner {
    pub fn new(lead: CpuLearner, helpers: Vec<Box<dyn Helper>>) -> Self {
        Self { lead, helpers }
    }
}

/// The batch in so many stretches, whose lengths differ by one image at most; no more than there are images.
fn shares(examples: &Examples, count: usize) -> Vec<Examples> {
    let images = examples.places.len();
    let (count, len) = (count.min(images), examples.x_0.len() / images);
    let edge = |i: usize| i * images / count;
    let share = |i: usize| {
        let (first, end) = (edge(i), edge(i + 1));
        Examples {
            x_0: examples.x_0[first * len..end * len].to_vec(),
            eps: examples.eps[first * len..end * len].to_vec(),
            places: examples.places[first..end].to_vec(),
            importance: examples.importance[first..end].to_vec(),
            whole: examples.whole,
        }
    };
    (0..count).map(share).collect()
}

impl Learner for SharedLearner {
    fn accumulate<'a>(
        &'a mut self,
        schedule: &'a Schedule,
        examples: &'a Examples,
    ) -> Answer<'a, (), TrainError> {
        Box::pin(async move {
            let Self { lead, helpers } = self;
            if helpers.is_empty() {
                lead.compute(schedule, examples);
                return Ok(());
            }
            // 1. The helpers begin.
            let shares = shares(examples, 1 + helpers.len());
            let helped = helpers.iter_mut().zip(&shares[1..]);
            let parts: Vec<_> = helped.map(|(helper, share)| helper.begin(lead.weights(), share)).collect();
            // 2. The lead computes its own share meanwhile.
            lead.compute(schedule, &shares[0]);
            // 3. All parts are summed, in the workers' order.
            for part in parts {
                lead.add(&part.await?);
            }
            Ok(())
        })
    }

    fn gradient(&mut self) -> Answer<'_, Vec<f32>, TrainError> {
        self.lead.gradient()
    }

    fn loss(&mut self) -> Answer<'_, Option<f64>, TrainError> {
        self.lead.loss()
    }

    fn set_gradient(&mut self, gradient: &[f32]) {
        self.lead.set_gradient(gradient);
    }

    fn apply(&mut self, pace: Pace) -> Answer<'_, (), TrainError> {
        self.lead.apply(pace)
    }

    fn losses(&mut self, all: bool) -> Answer<'_, Vec<f64>, TrainError> {
        self.lead.losses(all)
    }

    fn steps(&self) -> usize {
        self.lead.steps()
    }

    fn state(&mut self) -> Answer<'_, AdamState, TrainError> {
        self.lead.state()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::noise::{self, Use};
    use crate::core::schedule::ScheduleConfig;
    use crate::engine::Place;
    use crate::model::{Parameters, UNetConfig};
    use crate::train::cpu::CpuLoss;
    use pollster::block_on;

    struct Beside(CpuLoss, Schedule);

    impl Helper for Beside {
        fn begin(&mut self, weights: &[f32], share: &Examples) -> Answer<'static, Part, TrainError> {
            let part = self.0.part(weights, &self.1, share);
            Box::pin(std::future::ready(Ok(part)))
        }
    }

    struct Dead;

    impl Helper for Dead {
        fn begin(&mut self, _: &[f32], _: &Examples) -> Answer<'static, Part, TrainError> {
            Box::pin(std::future::ready(Err(TrainError::Device("a worker ended".into()))))
        }
    }

    fn schedule() -> Schedule {
        Schedule::new(ScheduleConfig::default()).unwrap()
    }

    fn lead() -> CpuLearner {
        let config = UNetConfig::tutorial();
        CpuLearner::new(&config, AdamState::new(Parameters::init(&config, 1).flat))
    }

    fn examples(images: usize) -> Examples {
        let mut x_0 = vec![0.0; images * 784];
        noise::gaussian_batch(3, Use::Start, 0, 0, 784, &mut x_0);
        let mut eps = x_0.clone();
        eps.reverse();
        let places = (0..images).map(|i| Place { t: 20 * i, class: None }).collect();
        Examples { x_0, eps, places, importance: vec![1.0; images], whole: images }
    }

    /// Loss and gradient of a batch by so many workers.
    fn learned(workers: usize, images: usize) -> (f64, Vec<f32>) {
        let helper =
            |_| Box::new(Beside(CpuLoss::new(&UNetConfig::tutorial()), schedule())) as Box<dyn Helper>;
        let mut learner = SharedLearner::new(lead(), (1..workers).map(helper).collect());
        block_on(learner.accumulate(&schedule(), &examples(images))).unwrap();
        (block_on(learner.loss()).unwrap().unwrap(), block_on(learner.gradient()).unwrap())
    }

    #[test]
    fn workers_together_learn_what_one_learns() {
        let (loss, gradient) = learned(1, 5);
        let largest = gradient.iter().fold(0f32, |most, g| most.max(g.abs()));
        for workers in [2, 3, 8] {
            let (shared, theirs) = learned(workers, 5);
            assert!((shared - loss).abs() < 1e-6 * loss, "{workers} workers: {shared}, one: {loss}");
            let far = gradient.iter().zip(&theirs).fold(0f32, |most, (a, b)| most.max((a - b).abs()));
            assert!(far < 1e-4 * largest, "{workers} workers: {far} of {largest}");
            assert_eq!(learned(workers, 5).1, theirs, "the same count gives the same bits");
        }
    }

    #[test]
    fn shares_are_stretches_of_the_batch() {
        let whole = examples(5);
        let parts = shares(&whole, 3);
        assert_eq!(parts.iter().map(|part| part.places.len()).collect::<Vec<_>>(), [1, 2, 2]);
        let joined: Vec<f32> = parts.iter().flat_map(|part| part.eps.clone()).collect();
        assert!(joined == whole.eps && parts.iter().all(|part| part.whole == 5));
        assert_eq!(shares(&whole, 9).len(), 5);
    }

    #[test]
    fn a_worker_that_ended_is_an_error() {
        let mut learner = SharedLearner::new(lead(), vec![Box::new(Dead)]);
        let error = block_on(learner.accumulate(&schedule(), &examples(2))).unwrap_err();
        assert!(error.to_string().contains("a worker ended"));
    }
}
