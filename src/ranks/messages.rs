//! What ranks tell each other: tasks as JSON, numbers as they are.

use crate::core::schedule::ScheduleConfig;
use crate::engine::Place;
use crate::model::UNetConfig;
use mpi::topology::SimpleCommunicator;
use mpi::traits::*;
use serde::{Deserialize, Serialize};

/// What the leader asks of a rank.
#[derive(Serialize, Deserialize)]
pub(super) enum Task {
    /// Keep a network under this number; its table and its weights follow.
    Network {
        id: usize,
        config: UNetConfig,
    },
    /// It is used no more.
    Forget {
        id: usize,
    },
    /// Answer with its outputs; the images follow.
    Predict {
        id: usize,
        places: Vec<Place>,
    },
    /// Shares of a training's batches will come.
    Recipe {
        config: UNetConfig,
        schedule: ScheduleConfig,
    },
    /// Answer with the loss and the gradient of a share of the batch; weights, x_0 and eps follow.
    Share {
        places: Vec<Place>,
        importance: Vec<f32>,
        whole: usize,
    },
    End,
}

/// The way to the other ranks. What one sends to another comes in that order.
pub(super) struct Wire(SimpleCommunicator);

impl Wire {
    pub(super) fn new(world: SimpleCommunicator) -> Self {
        Self(world)
    }

    pub(super) fn send(&self, rank: i32, task: &Task) {
        let text = serde_json::to_vec(task).expect("a task can be written");
        self.0.process_at_rank(rank).send(&text[..]);
    }

    /// The leader's next task.
    pub(super) fn task(&self) -> Task {
        let (text, _) = self.0.process_at_rank(0).receive_vec::<u8>();
        serde_json::from_slice(&text).expect("all ranks are of one version")
    }

    pub(super) fn send_numbers(&self, rank: i32, numbers: &[f32]) {
        self.0.process_at_rank(rank).send(numbers);
    }

    pub(super) fn numbers(&self, rank: i32) -> Vec<f32> {
        self.0.process_at_rank(rank).receive_vec::<f32>().0
    }

    pub(super) fn send_loss(&self, rank: i32, loss: f64) {
        self.0.process_at_rank(rank).send(&loss);
    }

    pub(super) fn loss(&self, rank: i32) -> f64 {
        self.0.process_at_rank(rank).receive::<f64>().0
    }
}
