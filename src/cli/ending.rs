//! How a training ends: finished, stopped by a signal, or by an error that has a remedy.

use crate::cli::run_folder::{Outcome, RunFolder};
use crate::cli::say::{self, note, out};
use crate::cli::shell;
use crate::cli::stop::Stop;
use crate::train::TrainError;
use crate::train::recipe::TrainConfig;
use anyhow::{Result, anyhow};
use std::process::ExitCode;

/// What is said of a training when it ends.
pub struct Ending<'a> {
    pub run: &'a RunFolder,
    /// The command that continues the run, and the one that does so on the CPU.
    pub resume: String,
    pub on_cpu: String,
    /// Before this sitting.
    pub learning_rate: f64,
    /// Whether stdout is a program's.
    pub json: bool,
}

impl Ending<'_> {
    /// Says how it ended. After a signal the exit code is 128 and its number.
    ///
    /// # Errors
    /// The training's, with what to do.
    pub fn tell(&self, outcome: Result<Outcome>, stop: &Stop) -> Result<ExitCode> {
        match outcome.map_err(|error| self.with_remedy(&error))? {
            Outcome::Finished => {
                let export = shell::command(["export".as_ref(), self.run.folder().as_os_str()]);
                match self.json {
                    true => note!("Finished. Export the weights with: {export}"),
                    false if say::is_quiet() => (),
                    false => out!("Finished. Export the weights with: {export}"),
                }
                Ok(ExitCode::SUCCESS)
            }
            Outcome::Interrupted => {
                stop.wait_told();
                say::problem(format_args!("Saved. Continue with: {}", self.resume));
                Ok(stop.exit_code())
            }
        }
    }

    /// An error in the middle of a run, with what to do: the last checkpoint is whole.
    fn with_remedy(&self, error: &anyhow::Error) -> anyhow::Error {
        let Self { run, resume, on_cpu, learning_rate, .. } = self;
        if run.checkpoint().is_err() {
            return anyhow!("{error:#}\nThe run's checkpoint is gone as well: start anew");
        }
        match error.downcast_ref() {
            Some(TrainError::NotANumber { .. }) => anyhow!(
                "{error:#}. The checkpoint holds the last good state: {resume} --learning-rate {}",
                (learning_rate / 10.0).min(TrainConfig::default().learning_rate)
            ),
            Some(TrainError::Device(_)) => {
                anyhow!("{error:#}\nThe last checkpoint is whole. Continue on the CPU with: {on_cpu}")
            }
            _ => anyhow!(
                "{error:#}\nThe last checkpoint is whole. When that is mended, continue with: {resume}"
            ),
        }
    }
}
