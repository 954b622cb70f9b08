//! `ddpm reconstruct`: the tutorial's reconstructions, what the network gives for clean images at once.

use crate::cli::arguments::{DataArg, EngineArgs, JsonArg, ModelArg, OutArg};
use crate::cli::conditions;
use crate::cli::loading::load_weights;
use crate::cli::output::{self, Plan, grid};
use crate::cli::predict;
use crate::core::image;
use crate::data::Wanted;
use crate::engine::{Condition, Place};
use crate::figures::{self, Panel};
use crate::model::{Parameters, UNetConfig};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// What `reconstruct` writes into its folder.
const FIGURE: &str = "reconstruct.png";
/// Images where no --count is given.
const USUAL: usize = 128;

#[derive(Args)]
pub struct ReconstructArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    out: OutArg,
    /// Timestep that the network is told, 0 to 999 [default: 200 as in the tutorial, 1 untrained]
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..1000))]
    t: Option<u32>,
    /// Class that the network is told, by name or number [default: none]
    #[arg(long = "class", value_name = "NAME", conflicts_with = "untrained")]
    class: Option<String>,
    /// Also write the network's output as little-endian f32 numbers, [N, C, H, W]
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    /// An untrained network instead, of the images' size: the tutorial's "First batch reconstruction"
    #[arg(long, conflicts_with = "weights")]
    untrained: bool,
    /// Number of images [default: 128, or all if there are fewer]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    count: Option<u32>,
    #[command(flatten)]
    json: JsonArg,
}

impl ReconstructArgs {
    /// The network, what it is told, and its test images in [-1, 1].
    fn load(&self) -> Result<(Parameters, Condition, Vec<f32>)> {
        let read = |wanted: &Wanted| self.data.load(wanted);
        let (parameters, class, data) = match self.untrained {
            true => {
                let data = read(&Wanted::default())?;
                let config = UNetConfig { image: data.image(), ..UNetConfig::tutorial() };
                (Parameters::init(&config, 0), None, data)
            }
            false => {
                let weights = load_weights(&self.model.weights, false)?;
                let class = |name: &String| conditions::class(&weights, &self.model.weights, name);
                let class = self.class.as_ref().map(class).transpose()?;
                let data = read(&Wanted::exactly(weights.config().image))?;
                (weights.parameters, class, data)
            }
        };
        let count = output::count_of(self.count, USUAL, data.test.len())?;
        Ok((parameters, class, image::bytes_to_unit(&data.test.first(count).bytes)))
    }
}

pub fn run(args: &ReconstructArgs) -> Result<()> {
    let folder = &args.out.out;
    let read = (!args.untrained).then_some(&args.model.weights);
    let mut outputs = Plan::new()
        .reads("--weights", read)
        .data(args.data.data.as_ref())
        .pictures(folder, &[FIGURE])
        .writes("--raw", &args.raw)
        .check(args.json.json)?;
    let machine = args.engine.machine()?;
    let (parameters, class, x_0) = args.load()?;
    let spec = parameters.config.image;
    let t = args.t.unwrap_or(if args.untrained { 1 } else { 200 }) as usize;
    let scale = output::figure_scale(spec, x_0.len() / spec.numbers(), 2)?;
    let mut engine = machine.engine(args.engine.engine, &parameters)?;
    let places = vec![Place { t, class }; x_0.len() / spec.numbers()];
    let output = predict::outputs(&mut *engine, &x_0, &places)?;
    let title = if args.untrained { "First batch reconstruction" } else { "Batch reconstruction" };
    let panels = [
        Panel::new("Batch", grid(&x_0, spec)),
        Panel::new(format!("{title} (t = {t})"), grid(&output, spec)),
    ];
    outputs.picture(&figures::figure(&panels, 2, scale), folder, FIGURE)?;
    if let Some(path) = &args.raw {
        outputs.write(path, &output::raw(&output));
    }
    outputs.finish()
}
