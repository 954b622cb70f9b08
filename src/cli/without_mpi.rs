//! A program that was built without MPI works by itself.

use crate::cli::device::cpu_name;
use crate::core::schedule::ScheduleConfig;
use crate::engine::Engine;
use crate::engine::cpu::CpuEngine;
use crate::model::{Parameters, UNetConfig};
use crate::train::cpu::CpuLearner;
use crate::train::learner::Learner;
use crate::train::optimizer::AdamState;
use std::process::ExitCode;

/// This process.
#[derive(Clone)]
pub struct Crew;

impl Crew {
    pub fn alone() -> Self {
        Self
    }

    pub fn gather() -> Result<Self, ExitCode> {
        Ok(Self)
    }

    pub fn is_many(&self) -> bool {
        false
    }

    pub fn engine(&self, parameters: &Parameters) -> Box<dyn Engine> {
        Box::new(CpuEngine::new(parameters))
    }

    pub fn learner(&self, config: &UNetConfig, _: ScheduleConfig, state: AdamState) -> Box<dyn Learner> {
        Box::new(CpuLearner::new(config, state))
    }

    pub fn name(&self) -> String {
        cpu_name()
    }
}
