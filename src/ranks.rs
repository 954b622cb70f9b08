//! Several processes, of one machine or of many, that compute as one, by MPI.
//!
//! All are started with the same command (`mpirun -n 4 ddpm train ...`). Rank 0 leads: it reads, writes and talks, and
//! hands out shares of its batches. The other ranks compute them on their CPUs, until the leader has ended. What they
//! answer is put together in the order of the ranks, so the same number of ranks, with as many threads each, gives the
//! same bits. A rank that fails ends all of them; what the leader has written stays whole.

mod engine;
mod messages;

pub use self::engine::RankEngine;
use self::messages::{Task, Wire};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Answer, Engine};
use crate::model::{Parameters, UNetConfig};
use crate::train::TrainError;
use crate::train::cpu::{CpuLearner, CpuLoss, Part};
use crate::train::learner::Examples;
use crate::train::shared::{Helper, SharedLearner};
use mpi::environment::Universe;
use mpi::traits::*;
use pollster::block_on;
use std::collections::HashMap;
use std::process::ExitCode;
use std::rc::Rc;

/// This process among those that were started together.
#[derive(Clone)]
pub struct Ranks(Rc<Joined>);

struct Joined {
    universe: Universe,
    wire: Wire,
}

/// What those who start several processes tell each: Open MPI, MPICH and its kin, and PMIx, which Slurm has.
const LAUNCHERS: [&str; 4] = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"];

impl Ranks {
    /// Meets the others. None if this process was not started with others, or MPI was begun in it before.
    pub fn join() -> Option<Self> {
        if !LAUNCHERS.iter().any(|name| std::env::var_os(name).is_some()) {
            return None;
        }
        let universe = mpi::initialize()?;
        let wire = Wire::new(universe.world());
        Some(Self(Rc::new(Joined { universe, wire })))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.universe.world().size() as usize
    }

    pub fn leads(&self) -> bool {
        self.0.universe.world().rank() == 0
    }

    fn others(&self) -> impl Iterator<Item = i32> + use<> {
        1..self.0.universe.world().size()
    }

    /// Does what the leader asks for, until it has ended.
    pub fn serve(&self) -> ExitCode {
        // A rank that panicked would wait at its end for the others, and they for it: this way `mpirun` ends all.
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            usual(panic);
            std::process::abort();
        }));
        let wire = &self.0.wire;
        let mut engines: HashMap<usize, CpuEngine> = HashMap::new();
        let mut learns: Option<(CpuLoss, Schedule)> = None;
        loop {
            match wire.task() {
                Task::Network { id, config } => {
                    let (table, flat) = (wire.numbers(0), wire.numbers(0));
                    let parameters = Parameters { config, table, flat };
                    engines.insert(id, CpuEngine::new(&parameters));
                }
                Task::Forget { id } => drop(engines.remove(&id)),
                Task::Predict { id, places } => {
                    let x = wire.numbers(0);
                    let engine = engines.get_mut(&id).expect("the leader sent this network before");
                    let output =
                        block_on(engine.predict(&x, &places)).expect("the leader has checked the places");
                    wire.send_numbers(0, &output);
                }
                Task::Recipe { config, schedule } => {
                    let schedule = Schedule::new(schedule).expect("the leader has checked the schedule");
                    learns = Some((CpuLoss::new(&config), schedule));
                }
                Task::Share { places, importance, whole } => {
                    let (weights, x_0, eps) = (wire.numbers(0), wire.numbers(0), wire.numbers(0));
                    let (loss, schedule) = learns.as_mut().expect("the leader sent the recipe before");
                    let part =
                        loss.part(&weights, schedule, &Examples { x_0, eps, places, importance, whole });
                    wire.send_loss(0, part.loss);
                    wire.send_numbers(0, &part.gradient);
                }
                Task::End => return ExitCode::SUCCESS,
            }
        }
    }

    /// The leader's learner, whom the others help.
    pub fn learner(&self, network: &UNetConfig, schedule: ScheduleConfig, lead: CpuLearner) -> SharedLearner {
        let helper = |rank| {
            self.0.wire.send(rank, &Task::Recipe { config: network.clone(), schedule });
            Box::new(RankHelper { ranks: self.clone(), rank }) as Box<dyn Helper>
        };
        SharedLearner::new(lead, self.others().map(helper).collect())
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        let world = self.universe.world();
        if world.rank() == 0 {
            (1..world.size()).for_each(|rank| self.wire.send(rank, &Task::End));
        }
    }
}

/// Another rank, which computes a share of each batch.
struct RankHelper {
    ranks: Ranks,
    rank: i32,
}

impl Helper for RankHelper {
    fn begin(&mut self, weights: &[f32], share: &Examples) -> Answer<'static, Part, TrainError> {
        let (ranks, rank) = (self.ranks.clone(), self.rank);
        let Examples { x_0, eps, places, importance, whole } = share;
        let wire = &ranks.0.wire;
        wire.send(
            rank,
            &Task::Share { places: places.clone(), importance: importance.clone(), whole: *whole },
        );
        for numbers in [weights, x_0, eps] {
            wire.send_numbers(rank, numbers);
        }
        Box::pin(async move {
            let wire = &ranks.0.wire;
            Ok(Part { loss: wire.loss(rank), gradient: wire.numbers(rank) })
        })
    }
}
