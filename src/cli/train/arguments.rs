//! The arguments of `ddpm train`, and what they ask for.

use crate::cli::arguments::{DataArg, DeviceArg, JsonArg, SizeArgs, WidthsArg, choice, seed};
use crate::cli::device::{DeviceChoice, LearnerKind};
use crate::cli::run_folder::Habits;
use crate::cli::shell;
use crate::core::choice::Choice;
use crate::core::prediction::Prediction;
use crate::core::schedule::{ScheduleConfig, ScheduleKind};
use crate::train::recipe::{Decay, FEWEST_STEPS, TrainConfig, Weighting};
use clap::Args;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The usual time between checkpoints within an epoch, in seconds.
pub const SAVE_EVERY: u64 = 120;

#[derive(Args)]
pub struct TrainArgs {
    #[command(flatten)]
    pub(super) data: DataArg,
    #[command(flatten)]
    pub(super) device: DeviceArg,
    /// What computes the gradients
    #[arg(long, value_parser = choice::<LearnerKind>(), default_value = LearnerKind::Auto.name())]
    pub(super) engine: LearnerKind,
    /// Folder of the run [default: runs/NAME-OF-THE-DATA]
    #[arg(long)]
    pub(super) out: Option<PathBuf>,
    /// Continue the run in this folder, with its own network and recipe
    #[arg(
        long,
        value_name = "RUN",
        conflicts_with_all = ["out", "size", "colour", "widths"]
    )]
    pub(super) resume: Option<PathBuf>,
    /// Begin with these weights, a file or a run, rather than with untrained ones: with their network and schedule,
    /// and with --classes where they know none yet
    #[arg(
        long,
        value_name = "WEIGHTS",
        conflicts_with_all = ["resume", "size", "colour", "widths", "timesteps", "schedule", "predict", "beta_start", "beta_end"]
    )]
    pub(super) weights: Option<PathBuf>,
    #[arg(long, help = epochs_help())]
    pub(super) epochs: Option<usize>,
    /// So many steps in all, or a few more: epochs are whole, so that every image is seen as often as the others
    #[arg(long, value_name = "N", conflicts_with = "epochs", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) steps: Option<u32>,
    #[command(flatten)]
    pub(super) size: SizeArgs,
    #[command(flatten)]
    pub(super) widths: WidthsArg,
    #[arg(
        long,
        help = format!(
            "Adam's learning rate; with --resume, a new one from here on [default: {}]",
            usual().learning_rate
        )
    )]
    pub(super) learning_rate: Option<f64>,
    #[command(flatten)]
    pub(super) recipe: RecipeArgs,
    /// Seconds between checkpoints within an epoch
    #[arg(long, default_value_t = SAVE_EVERY)]
    pub(super) save_every: u64,
    // Each epoch's line of metrics.jsonl.
    #[command(flatten)]
    pub(super) json: JsonArg,
}

/// What a run keeps from its start to its end; the defaults are those of [`TrainConfig`], and a resumed run
/// takes none of it: with another
/// network, other batches or another order it would be another run.
#[derive(Args)]
pub(super) struct RecipeArgs {
    /// Teach the network the images' classes, as their labels say, so that `ddpm sample --class` can ask for
    /// one
    #[arg(long, conflicts_with = "resume")]
    pub(super) classes: bool,
    /// Images of a batch
    #[arg(long, default_value_t = usual().batch_size, conflicts_with = "resume")]
    batch_size: usize,
    /// So many batches a step, one after the other: the same step as of one large batch, in a small one's memory
    #[arg(long, value_name = "N", default_value_t = usual().accumulate, conflicts_with = "resume")]
    batch_accumulate: usize,
    /// Steps in which the learning rate rises linearly from 0
    #[arg(long, value_name = "STEPS", default_value_t = usual().warmup, conflicts_with = "resume")]
    warmup: usize,
    /// What becomes of the learning rate
    #[arg(
        long,
        value_parser = choice::<Decay>(),
        default_value = usual().decay.name(),
        conflicts_with = "resume"
    )]
    decay: Decay,
    /// The largest L2 norm of a step's gradient: a longer one is shortened to it [default: any]
    #[arg(long, value_name = "NORM", conflicts_with = "resume")]
    clip: Option<f64>,
    /// What the loss counts at which t
    #[arg(
        long,
        value_parser = choice::<Weighting>(),
        default_value = usual().weighting.name(),
        conflicts_with = "resume"
    )]
    weighting: Weighting,
    /// Mirror every second image, as chance has it: for data without left and right
    #[arg(long, conflicts_with = "resume")]
    mirror: bool,
    /// Shift every image by up to so many pixels each way, as chance has it, with its edges repeated: for few images
    #[arg(long, value_name = "PIXELS", default_value_t = usual().shift, conflicts_with = "resume")]
    shift: usize,
    /// Decides weights, order, timesteps and noise
    #[arg(long, default_value_t = usual().seed, value_parser = seed(), conflicts_with = "resume")]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = usual().schedule.timesteps, conflicts_with = "resume")]
    timesteps: usize,
    /// How the betas rise
    #[arg(
        long,
        value_parser = choice::<ScheduleKind>(),
        default_value = usual().schedule.kind.name(),
        conflicts_with = "resume"
    )]
    schedule: ScheduleKind,
    /// What the network learns to predict of x_t
    #[arg(
        long,
        value_parser = choice::<Prediction>(),
        default_value = usual().schedule.prediction.name(),
        conflicts_with = "resume"
    )]
    predict: Prediction,
    #[arg(long, help = beta_start_help(), conflicts_with = "resume")]
    beta_start: Option<f64>,
    #[arg(long, help = beta_end_help(), conflicts_with = "resume")]
    beta_end: Option<f64>,
    /// Decay of the exponential average of the weights; 0 keeps none
    #[arg(long, default_value_t = usual().ema.unwrap_or(0.0), conflicts_with = "resume")]
    ema: f64,
    /// Images sampled after each kept epoch; 0 for none
    #[arg(long, default_value_t = usual().samples, conflicts_with = "resume")]
    samples: usize,
    /// Epochs whose weights and samples are kept, spread evenly over the run; the last always is
    #[arg(long, value_name = "N", default_value_t = usual().keep, conflicts_with = "resume")]
    keep: usize,
}

/// What `--resume` says to an option that it excludes.
const KEPT: &str = "a resumed run keeps its folder, network and recipe; with others it would be another run. Leave the \
                    option away, or start a run of its own without --resume. --epochs or --steps, --learning-rate, \
                    --data, --device, --engine and --save-every may change";

/// What `ddpm distill --resume` says to one.
const DISTILL_KEPT: &str = "a resumed distillation keeps its folder, teacher and recipe; with others it would be another \
                            run. Leave the option away, or start a run of its own without --resume. --epochs, \
                            --learning-rate, --device and --save-every may change";

/// An error of the arguments, with the reason where `--resume` excludes one.
pub fn explained(mut error: clap::Error) -> clap::Error {
    let is_about_resume = error.context().any(|(_, value)| value.to_string().starts_with("--resume"));
    if error.kind() == ErrorKind::ArgumentConflict && is_about_resume {
        let is_distillation = error
            .context()
            .any(|(kind, value)| kind == ContextKind::Usage && value.to_string().contains(" distill "));
        let kept = if is_distillation { DISTILL_KEPT } else { KEPT };
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![kept.into()]));
    }
    error
}

fn usual() -> TrainConfig {
    TrainConfig::default()
}

fn beta_start_help() -> String {
    let usual = ScheduleConfig::default().beta_start;
    format!("beta at the first step; a cosine's least [default: {usual}]")
}

fn beta_end_help() -> String {
    let usual = |kind: ScheduleKind| {
        let schedule = ScheduleConfig::new(kind, usual().schedule.timesteps);
        format!("{} {}", kind.name(), schedule.beta_end)
    };
    let usual: Vec<String> = ScheduleKind::all().into_iter().map(usual).collect();
    format!("beta at the last step; a cosine's largest [default: {}]", usual.join(", "))
}

fn epochs_help() -> String {
    format!(
        "Epochs in all; with --resume, a new end [default: {}, or as many as make {FEWEST_STEPS} steps where \
         images are few]",
        usual().epochs
    )
}

impl TrainArgs {
    /// The recipe, for a network and a length that the data may yet change.
    pub(super) fn config(&self) -> TrainConfig {
        let recipe = &self.recipe;
        let schedule = ScheduleConfig::new(recipe.schedule, recipe.timesteps);
        let schedule = ScheduleConfig {
            beta_start: recipe.beta_start.unwrap_or(schedule.beta_start),
            beta_end: recipe.beta_end.unwrap_or(schedule.beta_end),
            prediction: recipe.predict,
            ..schedule
        };
        TrainConfig {
            network: self.size.network(&self.widths),
            epochs: self.epochs.unwrap_or(usual().epochs),
            batch_size: recipe.batch_size,
            accumulate: recipe.batch_accumulate,
            learning_rate: self.learning_rate.unwrap_or(usual().learning_rate),
            warmup: recipe.warmup,
            decay: recipe.decay,
            clip: recipe.clip,
            weighting: recipe.weighting,
            mirror: recipe.mirror,
            shift: recipe.shift,
            seed: recipe.seed,
            ema: (recipe.ema != 0.0).then_some(recipe.ema),
            samples: recipe.samples,
            keep: recipe.keep,
            schedule,
            from: None,
            distill: None,
        }
    }

    /// The epochs that the arguments ask for, where there are so many batches in each.
    pub(super) fn wanted_epochs(&self, batches: usize) -> Option<usize> {
        self.epochs.or_else(|| self.steps.map(|steps| (steps as usize).div_ceil(batches)))
    }

    pub(super) fn habits(&self) -> Habits {
        Habits { save_every: Duration::from_secs(self.save_every), json: self.json.json }
    }

    /// The command that continues the run in this folder: all that the run itself does not know.
    pub(super) fn resume_command(&self, folder: &Path, device: &DeviceChoice) -> String {
        let mut words = vec![OsString::from("train")];
        words.extend(shell::option("--resume", folder));
        if let Some(data) = &self.data.data {
            words.extend(shell::option("--data", data));
        }
        if *device != DeviceChoice::Auto {
            words.extend(shell::option("--device", device.to_string()));
        }
        if self.engine != LearnerKind::Auto {
            words.extend(shell::option("--engine", self.engine.name()));
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
