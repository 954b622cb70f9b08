//! The arguments of `ddpm distill`, and what they ask for.

use crate::cli::arguments::{DeviceArg, JsonArg, seed};
use crate::cli::conditions;
use crate::cli::device::DeviceChoice;
use crate::cli::run_folder::Habits;
use crate::cli::shell;
use crate::cli::train::SAVE_EVERY;
use crate::core::schedule::ScheduleConfig;
use crate::model::UNetConfig;
use crate::model::file::Weights;
use crate::train::distillation::Distillation;
use crate::train::recipe::TrainConfig;
use clap::Args;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the run is put that says nothing else.
const FOLDER: &str = "runs/distilled";
/// Teacher's paths, in steps of the student's walk: as many as Fashion-MNIST has training images.
const PATHS: usize = 60_000;
/// Steps of a teacher's path.
const TEACHER_STEPS: usize = 12;

#[derive(Args)]
pub struct DistillArgs {
    /// The teacher: a weights file, a checkpoint or a run's folder. The student begins as its copy
    /// [default with --resume: the run's own]
    #[arg(long, value_name = "TEACHER", required_unless_present = "resume")]
    pub(super) weights: Option<PathBuf>,
    #[command(flatten)]
    pub(super) device: DeviceArg,
    /// Folder of the run [default: runs/distilled]
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Continue the run in this folder, with its own teacher and recipe
    #[arg(long, value_name = "RUN", conflicts_with = "out")]
    pub(super) resume: Option<PathBuf>,
    #[arg(long, help = format!("Epochs in all; with --resume, a new end [default: {}]", usual().epochs))]
    pub(super) epochs: Option<usize>,
    #[arg(
        long,
        help = format!(
            "Adam's learning rate; with --resume, a new one from here on [default: {}]",
            usual().learning_rate
        )
    )]
    pub(super) learning_rate: Option<f64>,
    #[command(flatten)]
    pub(super) recipe: DistillRecipeArgs,
    /// Seconds between checkpoints within an epoch
    #[arg(long, default_value_t = SAVE_EVERY)]
    save_every: u64,
    // Each epoch's line of metrics.jsonl.
    #[command(flatten)]
    pub(super) json: JsonArg,
}

/// What a run keeps from its start to its end.
#[derive(Args)]
pub(super) struct DistillRecipeArgs {
    /// Numbers of steps in which the student shall make images, with commas between them
    #[arg(
        long,
        value_name = "N,N,...",
        value_delimiter = ',',
        default_value = "1,2,4",
        conflicts_with = "resume"
    )]
    pub(super) steps: Vec<usize>,
    /// Guidance of the teacher towards its class, which the student has built in: 1 is none
    #[arg(
        long,
        value_name = "W",
        default_value_t = 1.0,
        value_parser = conditions::scale,
        allow_negative_numbers = true,
        conflicts_with = "resume"
    )]
    pub(super) guidance: f32,
    /// Guide the teacher only at this timestep and below
    /// [default: in every step]
    #[arg(long, value_name = "T", requires = "guidance", conflicts_with = "resume")]
    pub(super) guidance_from: Option<usize>,
    /// Steps of a path of the teacher, which takes them by DPM-Solver++(2M)
    #[arg(long, value_name = "N", default_value_t = TEACHER_STEPS, conflicts_with = "resume")]
    pub(super) teacher_steps: usize,
    /// Examples of each number of steps, an epoch's share: a walk of n steps has N / n paths
    #[arg(long, value_name = "N", default_value_t = PATHS, conflicts_with = "resume")]
    pub(super) paths: usize,
    /// Examples of a batch
    #[arg(long, default_value_t = usual().batch_size, conflicts_with = "resume")]
    batch_size: usize,
    /// Decides paths and order
    #[arg(long, default_value_t = usual().seed, value_parser = seed(), conflicts_with = "resume")]
    seed: u64,
    /// Decay of the exponential average of the weights; 0 keeps none
    #[arg(long, default_value_t = usual().ema.unwrap_or(0.0), conflicts_with = "resume")]
    ema: f64,
    /// Images sampled of each number of steps after each kept epoch; 0 for none
    #[arg(long, default_value_t = usual().samples, conflicts_with = "resume")]
    samples: usize,
    /// Epochs whose weights and samples are kept, spread evenly over the run; the last always is
    #[arg(long, value_name = "N", default_value_t = usual().keep, conflicts_with = "resume")]
    keep: usize,
}

/// The usual recipe, whatever the teacher.
fn usual() -> TrainConfig {
    let distill = Distillation {
        steps: vec![],
        guidance: 1.0,
        guidance_from: None,
        teacher: String::new(),
        teacher_steps: TEACHER_STEPS,
        paths: PATHS,
        moves: Default::default(),
    };
    TrainConfig::distilled(UNetConfig::tutorial(), ScheduleConfig::default(), distill)
}

impl DistillArgs {
    /// The recipe.
    pub(super) fn config(&self, teacher: &Weights, distill: Distillation) -> TrainConfig {
        let DistillRecipeArgs { batch_size, seed, ema, samples, keep, .. } = self.recipe;
        let usual = TrainConfig::distilled(teacher.config().clone(), teacher.schedule, distill);
        TrainConfig {
            epochs: self.epochs.unwrap_or(usual.epochs),
            learning_rate: self.learning_rate.unwrap_or(usual.learning_rate),
            batch_size,
            seed,
            ema: (ema != 0.0).then_some(ema),
            samples,
            keep,
            ..usual
        }
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.out.clone().unwrap_or_else(|| FOLDER.into())
    }

    pub(super) fn habits(&self) -> Habits {
        Habits { save_every: Duration::from_secs(self.save_every), json: self.json.json }
    }

    /// The command that continues the run in this folder: all that the run itself does not know.
    pub(super) fn resume_command(&self, folder: &Path, device: &DeviceChoice) -> String {
        let mut words = vec![OsString::from("distill")];
        words.extend(shell::option("--resume", folder));
        if *device != DeviceChoice::Auto {
            words.extend(shell::option("--device", device.to_string()));
        }
        if self.save_every != SAVE_EVERY {
            words.extend(shell::option("--save-every", self.save_every.to_string()));
        }
        if self.json.json {
            words.push("--json".into());
        }
        shell::command(words)
    }
}
