//! An engine whose batches all ranks share.

use super::Ranks;
use super::messages::Task;
use crate::core::sampling::Walk;
use crate::engine::cpu::CpuEngine;
use crate::engine::stepwise::{self, Network};
use crate::engine::{Answer, Conditions, Engine, EngineError, Place, Run, check_places};
use crate::model::{Parameters, UNetConfig};
use pollster::block_on;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The network on every rank's CPU. An image's output is the same to the bit, whoever computes it.
pub struct RankEngine {
    network: RankNetwork,
    config: UNetConfig,
}

#[derive(Clone)]
struct RankNetwork {
    sent: Rc<Sent>,
    own: Rc<RefCell<CpuEngine>>,
}

/// A network that the other ranks have, until it is dropped here.
struct Sent {
    ranks: Ranks,
    /// What they call it.
    id: usize,
}

impl Drop for Sent {
    fn drop(&mut self) {
        for rank in self.ranks.others() {
            self.ranks.0.wire.send(rank, &Task::Forget { id: self.id });
        }
    }
}

thread_local! {
    /// Networks that were sent.
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

impl RankNetwork {
    fn new(ranks: Ranks, parameters: &Parameters) -> Self {
        let id = COUNT.replace(COUNT.get() + 1);
        for rank in ranks.others() {
            let wire = &ranks.0.wire;
            wire.send(rank, &Task::Network { id, config: parameters.config.clone() });
            wire.send_numbers(rank, &parameters.table);
            wire.send_numbers(rank, &parameters.flat);
        }
        Self { sent: Rc::new(Sent { ranks, id }), own: Rc::new(RefCell::new(CpuEngine::new(parameters))) }
    }
}

impl RankEngine {
    pub fn new(ranks: Ranks, parameters: &Parameters) -> Self {
        Self { config: parameters.config.clone(), network: RankNetwork::new(ranks, parameters) }
    }
}

impl Network for RankNetwork {
    fn outputs<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            let Sent { ranks, id } = &*self.sent;
            let (images, count) = (places.len(), ranks.count());
            let numbers = x.len() / images.max(1);
            let edge = |rank: usize| rank * images / count;
            let share = |rank: usize| (edge(rank), edge(rank + 1));
            let wire = &ranks.0.wire;
            // 1. The others begin.
            for rank in ranks.others() {
                let (first, end) = share(rank as usize);
                if first < end {
                    wire.send(rank, &Task::Predict { id: *id, places: places[first..end].to_vec() });
                    wire.send_numbers(rank, &x[first * numbers..end * numbers]);
                }
            }
            // 2. The leader computes the first share meanwhile.
            let (_, end) = share(0);
            let mut output = match end {
                0 => vec![],
                // On the CPU it is there at once.
                _ => block_on(self.own.borrow_mut().predict(&x[..end * numbers], &places[..end]))?,
            };
            // 3. What they answer is put in its place.
            for rank in ranks.others() {
                let (first, end) = share(rank as usize);
                if first < end {
                    output.extend(wire.numbers(rank));
                }
            }
            Ok(output)
        })
    }
}

impl Engine for RankEngine {
    fn config(&self) -> &UNetConfig {
        &self.config
    }

    fn describe(&self) -> String {
        format!("{} on {} ranks", self.network.own.borrow().describe(), self.network.sent.ranks.count())
    }

    fn load<'a>(&'a mut self, parameters: &'a Parameters) -> Answer<'a, (), EngineError> {
        Box::pin(async move {
            *self = Self::new(self.network.sent.ranks.clone(), parameters);
            Ok(())
        })
    }

    fn predict<'a>(&'a mut self, x: &'a [f32], places: &'a [Place]) -> Answer<'a, Vec<f32>, EngineError> {
        Box::pin(async move {
            check_places(&self.config, x, places)?;
            self.network.outputs(x, places).await
        })
    }

    fn begin<'a>(&'a mut self, walk: Walk, conditions: Conditions) -> Answer<'a, Box<dyn Run>, EngineError> {
        Box::pin(async move {
            let other = |weights: &Parameters| RankNetwork::new(self.network.sent.ranks.clone(), weights);
            stepwise::begin(&self.config, self.network.clone(), walk, conditions, other)
        })
    }
}
