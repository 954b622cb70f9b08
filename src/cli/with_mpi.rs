//! The processes that `mpirun` has started together.

use crate::cli::device::cpu_name;
use crate::core::schedule::ScheduleConfig;
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::model::{Parameters, UNetConfig};
use crate::ranks::{RankEngine, Ranks};
use crate::train::cpu::CpuLearner;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::process::ExitCode;
use std::sync::Arc;

/// A job that is to end signals all of its processes: the leader saves first, and then ends the others.
fn leave_signals_to_the_leader() {
    for signal in [SIGHUP, SIGINT, SIGTERM] {
        // Where it cannot be caught, the job ends without a last checkpoint.
        let _ = signal_hook::flag::register(signal, Arc::default());
    }
}

/// This process, and those that help it. By itself it works as without MPI.
#[derive(Clone)]
pub struct Crew(Option<Ranks>);

impl Crew {
    /// Alone.
    pub fn alone() -> Self {
        Self(None)
    }

    /// Meets the others, if there are any. For one that does not lead it returns when all is done, with its exit code.
    pub fn gather() -> Result<Self, ExitCode> {
        match Ranks::join() {
            Some(ranks) if !ranks.leads() => {
                leave_signals_to_the_leader();
                Err(ranks.serve())
            }
            Some(ranks) if ranks.count() > 1 => Ok(Self(Some(ranks))),
            _ => Ok(Self(None)),
        }
    }

    /// Whether there are others.
    pub fn is_many(&self) -> bool {
        self.0.is_some()
    }

    /// The engine of all CPUs.
    pub fn engine(&self, parameters: &Parameters) -> Box<dyn Engine> {
        match &self.0 {
            Some(ranks) => Box::new(RankEngine::new(ranks.clone(), parameters)),
            None => Box::new(CpuEngine::new(parameters)),
        }
    }

    /// The learner of all CPUs.
    pub fn learner(
        &self,
        config: &UNetConfig,
        schedule: ScheduleConfig,
        state: AdamState,
    ) -> Box<dyn Learner> {
        let lead = CpuLearner::new(config, state);
        match &self.0 {
            Some(ranks) => Box::new(ranks.learner(config, schedule, lead)),
            None => Box::new(lead),
        }
    }

    /// Their name in a run's metrics.
    pub fn name(&self) -> String {
        match &self.0 {
            Some(ranks) => format!("{} in each of {} ranks", cpu_name(), ranks.count()),
            None => cpu_name(),
        }
    }
}
