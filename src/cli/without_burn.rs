//! What a build without Burn answers where Burn is needed; see `with_burn`.

use crate::cli::device::{DeviceChoice, MakeLearner};
use crate::cli::train_classifier::TrainClassifierArgs;
use crate::engine::Engine;
use crate::model::Parameters;
use anyhow::{Result, bail};
use clap::Args;
use std::process::ExitCode;

const ANSWER: &str = "this program was built without Burn: build it with `cargo build` (the feature `burn`)";

/// There is no device of Burn's.
pub enum Opened {}

/// # Errors
/// Always.
pub fn open(_: &DeviceChoice) -> Result<Opened> {
    bail!(ANSWER)
}

pub fn engine(opened: &Opened, _: &Parameters) -> Box<dyn Engine> {
    match *opened {}
}

pub fn learner(opened: &Opened) -> (MakeLearner, String) {
    match *opened {}
}

/// Any arguments at all: the answer is the same.
#[derive(Args)]
pub struct AnyArgs {
    #[arg(hide = true, trailing_var_arg = true, allow_hyphen_values = true)]
    _rest: Vec<String>,
}

pub type EvaluateArgs = AnyArgs;
pub type CompareArgs = AnyArgs;

/// # Errors
/// Always.
pub fn evaluate(_: &EvaluateArgs) -> Result<ExitCode> {
    bail!(ANSWER)
}

/// # Errors
/// Always.
pub fn compare(_: &CompareArgs) -> Result<()> {
    bail!(ANSWER)
}

/// # Errors
/// Always.
pub fn train_classifier(_: &TrainClassifierArgs) -> Result<()> {
    bail!(ANSWER)
}
