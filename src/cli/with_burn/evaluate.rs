//! `ddpm evaluate`: how good a model's samples are.

use super::device::cpu_device;
use crate::classify;
use crate::cli::arguments::{DataArg, EngineArgs, ModelArg, SamplerArgs, seed};
use crate::cli::conditions::{self, ANY, GuidanceArgs, NONE};
use crate::cli::loading::load_weights;
use crate::cli::output::Plan;
use crate::cli::progress;
use crate::cli::ranks::Crew;
use crate::cli::say::{self, note};
use crate::data::{Dataset, Wanted};
use crate::evaluate::{Classes, EvaluateOptions, Evaluation, MOST_SEEDS, Strong, classifier};
use crate::figures::{self, Panel};
use crate::model::file::Weights;
use anyhow::Result;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Pixels of the figure along an image's pixel.
const SCALE: u32 = 3;

/// The stronger classifier that is used if nothing else is said.
const STRONG: &str = "assets/strong-classifier.safetensors";

/// What `--class` calls all of them, evenly.
const EVEN: &str = "even";

#[derive(Args)]
pub struct EvaluateArgs {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    sampler: SamplerArgs,
    /// Class of the images, by name or number; `even` makes as many of each, with `any` the seed draws each image's
    /// class, and `none` tells the network none
    /// [default: even, where the network has classes]
    #[arg(long = "class", value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    guidance: GuidanceArgs,
    /// Images to generate for each seed; only results of equal numbers compare
    #[arg(long, default_value_t = EvaluateOptions::default().images)]
    images: usize,
    /// How many seeds, 1 to 10: the spread over them gives the confidence intervals
    #[arg(
        long,
        default_value_t = EvaluateOptions::default().seeds as u8,
        value_parser = clap::value_parser!(u8).range(1..=MOST_SEEDS as i64)
    )]
    seeds: u8,
    /// The first seed
    #[arg(long, default_value_t = EvaluateOptions::default().seed, value_parser = seed())]
    seed: u64,
    /// Timesteps at which the loss on the test images is measured; 0 for none
    #[arg(long, default_value_t = EvaluateOptions::default().times)]
    times: usize,
    /// The classifier in whose features the images are compared
    #[arg(long, default_value = "assets/classifier.safetensors")]
    classifier: PathBuf,
    /// The stronger classifier that says what samples show; `ddpm train-classifier --strong` makes one
    /// [default: assets/strong-classifier.safetensors, where it is of these images]
    #[arg(long, value_name = "FILE")]
    strong_classifier: Option<PathBuf>,
    /// Also draw samples, each beside the training image nearest to it, as PNG
    #[arg(long, value_name = "FILE")]
    nearest: Option<PathBuf>,
    /// Also write what is found as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl EvaluateArgs {
    /// The stronger classifier: the one that was asked for, or the shipped one where it is of these images.
    fn strong(&self, data: &Dataset) -> Result<Option<Strong>> {
        if let Some(path) = &self.strong_classifier {
            return classify::load(path).map(Some);
        }
        let shipped = Path::new(STRONG);
        let found = if shipped.exists() { Some(classify::load(shipped)?) } else { None };
        let fits = found.filter(|(_, description)| description.check_data(data).is_ok());
        if fits.is_none() {
            note!(
                "note: there is no stronger classifier of these images, so nobody says what the samples show"
            );
        }
        Ok(fits)
    }

    fn options(&self, weights: &Weights) -> Result<EvaluateOptions> {
        let path = &self.model.weights;
        let classes = match self.class.as_deref() {
            None => Classes::usual(weights.config()),
            Some(name) if name.eq_ignore_ascii_case(NONE) => None,
            Some(name) if name.eq_ignore_ascii_case(ANY) => {
                conditions::class_names(weights, path)?;
                Some(Classes::Any)
            }
            Some(name) if name.eq_ignore_ascii_case(EVEN) => {
                conditions::class_names(weights, path)?;
                Some(Classes::Even)
            }
            Some(name) => Some(Classes::One(conditions::class(weights, path, name)?)),
        };
        Ok(EvaluateOptions {
            sampler: self.sampler.config(weights, path)?,
            start: self.sampler.start,
            classes,
            guidance: self.guidance.guidance(weights, path, classes.is_some())?,
            guide: self.guidance.guide().cloned(),
            images: self.images,
            seed: self.seed,
            seeds: self.seeds.into(),
            times: self.times,
        })
    }
}

/// # Errors
/// When something does not fit together, or the engine fails.
pub fn evaluate(args: &EvaluateArgs) -> Result<ExitCode> {
    let crew = match Crew::gather() {
        Ok(crew) => crew,
        Err(code) => return Ok(code),
    };
    let mut outputs = Plan::new()
        .reads("--weights", &args.model.weights)
        .reads("--guide", args.guidance.guide())
        .reads("--classifier", &args.classifier)
        .reads("--strong-classifier", &args.strong_classifier)
        .data(args.data.data.as_ref())
        .writes("--nearest", &args.nearest)
        .writes("--json", &args.json)
        .check(false)?;
    let machine = args.engine.machine()?.shared_by(crew)?;
    let weights = load_weights(&args.model.weights, false)?;
    let options = args.options(&weights)?;
    let features = classifier::load(&args.classifier, &cpu_device())?;
    let data = args.data.load(&Wanted::exactly(weights.config().image))?;
    let strong = args.strong(&data)?;
    let evaluation =
        Evaluation::new(options, &args.model.weights, &weights, &features, strong.as_ref(), &data)?;
    let mut engine = machine.engine(args.engine.engine, &weights.parameters)?;
    note!("Evaluating {} with {}", args.model.weights.display(), engine.describe());
    let (report, pairs) = evaluation.run(&mut *engine, &mut progress::watch(|line| note!("{line}")))?;
    say::text(format_args!("{report}"));
    if let Some(path) = &args.nearest {
        let panel = Panel::new("Samples, each beside its nearest training image", pairs);
        outputs.write(path, &figures::png(&figures::figure(&[panel], 1, SCALE))?);
    }
    if let Some(path) = &args.json {
        outputs.write(path, (serde_json::to_string_pretty(&report)? + "\n").as_bytes());
    }
    outputs.finish()?;
    Ok(ExitCode::SUCCESS)
}
