//! `ddpm import`: weights in any wrapping, a PyTorch file above all, as a weights file that says its schedule.

use crate::cli::arguments::{JsonArg, choice};
use crate::cli::output::Plan;
use crate::cli::say::note;
use crate::cli::weights_file::open;
use crate::core::choice::Choice;
use crate::core::prediction::Prediction;
use crate::core::schedule::{MAX_TIMESTEPS, Schedule, ScheduleConfig, ScheduleKind};
use crate::model::file::{Found, Metadata, Precision, ScheduleSource};
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub struct ImportArgs {
    /// A PyTorch file, or a safetensors file with the network's tensors under other names or beside others
    from: PathBuf,
    /// The weights file to write
    #[arg(long, default_value = "weights.safetensors")]
    out: PathBuf,
    #[arg(long, value_parser = choice::<Precision>(), default_value = Precision::F32.name())]
    precision: Precision,
    /// What stands before the tensors' names, such as ema_model., where the file holds several sets of them
    #[arg(long)]
    prefix: Option<String>,
    #[command(flatten)]
    schedule: ScheduleArgs,
    #[command(flatten)]
    json: JsonArg,
}

/// How the network was trained, where its file does not say it.
#[derive(Args)]
struct ScheduleArgs {
    /// Diffusion steps T that the network was trained with, 1 to 1000 [default: what the file tells, else 200]
    #[arg(long)]
    timesteps: Option<usize>,
    /// How the betas rose [default: what the file tells, else linear]
    #[arg(long, value_parser = choice::<ScheduleKind>())]
    schedule: Option<ScheduleKind>,
    /// What the network learnt to predict of x_t [default: what the file tells, else eps]
    #[arg(long, value_parser = choice::<Prediction>())]
    predict: Option<Prediction>,
    /// beta at the first step; a cosine's least [default: what the file tells, else as `train`'s]
    #[arg(long)]
    beta_start: Option<f64>,
    /// beta at the last step; a cosine's largest [default: what the file tells, else as `train`'s]
    #[arg(long)]
    beta_end: Option<f64>,
}

pub fn run(args: &ImportArgs) -> Result<()> {
    let plan = Plan::new().reads("FROM", &args.from).writes("--out", &args.out);
    let mut outputs = plan.check(args.json.json)?;
    let prefix = args.prefix.as_ref().map(|prefix| match prefix.is_empty() || prefix.ends_with('.') {
        true => prefix.clone(),
        false => format!("{prefix}."),
    });
    let shown = args.from.display();
    let mut found = open(&args.from, false, prefix.as_deref())?;
    args.schedule.apply(&mut found).with_context(|| format!("cannot use {shown} so"))?;
    for note in found.notes() {
        note!("{shown}: {note}");
    }
    // What tells the schedule of the file that was read is not in the one that is written.
    if found.schedule_from != ScheduleSource::Assumed {
        let name = args.from.file_name().unwrap_or(args.from.as_os_str()).to_string_lossy();
        let recipe = format!("not known; imported from {name}");
        let metadata = Metadata { recipe, ..Metadata::of_schedule(found.weights.schedule) };
        found.weights.metadata.get_or_insert(metadata);
    }
    outputs.weights(&args.out, &found.weights, args.precision)?;
    outputs.finish()
}

impl ScheduleArgs {
    /// Takes what the arguments say for what the file does not say.
    ///
    /// # Errors
    /// When the file says something else, or there is no such schedule for this network.
    fn apply(&self, found: &mut Found) -> Result<()> {
        let Self { timesteps, schedule: kind, predict, beta_start, beta_end } = *self;
        let own = found.weights.schedule;
        let usual = match (found.schedule_from, kind, timesteps) {
            (_, None, None) | (ScheduleSource::Metadata | ScheduleSource::Betas, ..) => own,
            _ => ScheduleConfig::new(kind.unwrap_or(own.kind), timesteps.unwrap_or(own.timesteps)),
        };
        let said = ScheduleConfig {
            kind: kind.unwrap_or(usual.kind),
            timesteps: timesteps.unwrap_or(usual.timesteps),
            beta_start: beta_start.unwrap_or(usual.beta_start),
            beta_end: beta_end.unwrap_or(usual.beta_end),
            prediction: predict.unwrap_or(own.prediction),
        };
        let rows = match found.schedule_from {
            ScheduleSource::TimeTable(rows) => rows,
            _ => MAX_TIMESTEPS,
        };
        let told = match found.schedule_from {
            ScheduleSource::Metadata => own,
            ScheduleSource::Betas => ScheduleConfig { prediction: said.prediction, ..own },
            ScheduleSource::TimeTable(_) | ScheduleSource::Assumed => said,
        };
        ensure!(said == told, "the file says its schedule, {told}: leave the options that say another away");
        Schedule::new(said)?;
        ensure!(
            said.timesteps <= rows,
            "--timesteps {}: the network's time table has {rows} rows, so it was trained with at most as many \
             steps",
            said.timesteps
        );
        if [timesteps.is_some(), kind.is_some(), predict.is_some(), beta_start.is_some(), beta_end.is_some()]
            .contains(&true)
        {
            found.say_schedule(said);
        }
        Ok(())
    }
}
