//! The native program: its arguments, one file for each command, progress bars and run folders. The only
//! room that knows clap and indicatif, and with `web` the only one that makes devices.

// What it prints goes through `say`, which outlives a reader that leaves.
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod bench;
mod conditions;
mod data;
pub mod device;
mod distill;
mod ending;
mod export;
mod import;
mod info;
mod loading;
mod noise;
mod output;
mod predict;
mod progress;
mod reconstruct;
mod run_folder;
mod sample;
mod say;
mod shell;
mod stop;
mod train;
mod train_classifier;
mod weights_file;
#[cfg(feature = "burn")]
mod with_burn;
#[cfg(feature = "mpi")]
mod with_mpi;
#[cfg(not(feature = "burn"))]
mod without_burn;
#[cfg(not(feature = "mpi"))]
mod without_mpi;

use self::arguments::QuietArg;
#[cfg(feature = "burn")]
use self::with_burn as on_burn;
#[cfg(feature = "mpi")]
use self::with_mpi as ranks;
#[cfg(not(feature = "burn"))]
use self::without_burn as on_burn;
#[cfg(not(feature = "mpi"))]
use self::without_mpi as ranks;
use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// What `ddpm --help` says of exit codes.
const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 an error, which stderr tells; 2 arguments that are wrong. A training that a signal stopped has \
saved its state and ends with 130 (Ctrl-C), 143 (SIGTERM) or 129 (its terminal was closed).";

/// Train a small diffusion model (DDPM), look at what it does, and export it for the web page.
#[derive(Parser)]
#[command(version, about, after_help = EXIT_CODES)]
struct Cli {
    #[command(flatten)]
    quiet: QuietArg,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Train on Fashion-MNIST or on your own images
    Train(train::TrainArgs),
    /// Distill a model: teach a copy of it to make images in 1, 2 or 4 steps
    Distill(distill::DistillArgs),
    /// Generate images from noise: the 16 frames of the run and the finished batch
    Sample(sample::SampleArgs),
    /// Noise real images: the originals, and 25, 50, 75 and 100 % of noise
    Noise(noise::NoiseArgs),
    /// Show what the network makes of real images in one look
    Reconstruct(reconstruct::ReconstructArgs),
    /// Write the network's raw output for given inputs, to compare with another framework's
    Predict(predict::PredictArgs),
    /// Say which images are found, downloading Fashion-MNIST if there are none
    Data(data::DataArgs),
    /// Write a run's weights as the file that the page and PyTorch load
    Export(export::ExportArgs),
    /// Turn a PyTorch file (.pt), or weights in another wrapping, into a weights file
    Import(import::ImportArgs),
    /// Say what is inside a weights file, a checkpoint or a run
    Info(info::InfoArgs),
    /// Time the network and the training step
    Bench(bench::BenchArgs),
    /// Measure how good a model's samples are
    Evaluate(on_burn::EvaluateArgs),
    /// Put what `evaluate` found of several models or samplers side by side
    Compare(on_burn::CompareArgs),
    /// Train a classifier for `evaluate`: the one in whose features it compares images, or one that says what they show
    TrainClassifier(train_classifier::TrainClassifierArgs),
}

/// Runs the program.
pub fn main() -> ExitCode {
    let Cli { quiet, command } = Cli::try_parse().unwrap_or_else(|error| train::explained(error).exit());
    if quiet.quiet {
        say::set_quiet();
    }
    match command.run().and_then(|code| say::check_stdout().map(|()| code)) {
        Ok(code) => code,
        Err(error) => {
            say::problem(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

impl Command {
    fn run(self) -> Result<ExitCode> {
        match self {
            Self::Train(args) => return train::run(&args),
            Self::Distill(args) => return distill::run(&args),
            Self::Sample(args) => sample::run(&args)?,
            Self::Noise(args) => noise::run(&args)?,
            Self::Reconstruct(args) => reconstruct::run(&args)?,
            Self::Predict(args) => predict::run(&args)?,
            Self::Data(args) => data::run(&args)?,
            Self::Export(args) => export::run(&args)?,
            Self::Import(args) => import::run(&args)?,
            Self::Info(args) => info::run(&args)?,
            Self::Bench(args) => bench::run(&args)?,
            Self::Evaluate(args) => return on_burn::evaluate(&args),
            Self::Compare(args) => on_burn::compare(&args)?,
            Self::TrainClassifier(args) => train_classifier::run(&args)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }
}
