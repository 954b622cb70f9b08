//! `ddpm noise`: the tutorial's noised batch (section "DDPM").

use crate::cli::arguments::{DataArg, JsonArg, OutArg, SizeArgs, seed};
use crate::cli::output::{self, Plan, grid};
use crate::cli::progress::steps_bar;
use crate::core::image;
use crate::core::noise::{self, Use};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::figures::{self, Panel};
use anyhow::Result;
use clap::Args;

/// What `noise` writes into its folder.
const ORIGINAL: &str = "original.png";
const NOISED: &str = "noise.png";
/// Images where no --count is given.
const USUAL: usize = 128;

#[derive(Args)]
pub struct NoiseArgs {
    #[command(flatten)]
    data: DataArg,
    #[command(flatten)]
    size: SizeArgs,
    #[command(flatten)]
    out: OutArg,
    /// Percentages of noise, each 0 to 100
    #[arg(long, value_delimiter = ',', default_value = "25,50,75,100")]
    percent: Vec<f64>,
    /// Number of images [default: 128, or all if there are fewer]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=4096))]
    count: Option<u32>,
    #[arg(long, default_value_t = 42, value_parser = seed())]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = ScheduleConfig::default().timesteps)]
    timesteps: usize,
    #[command(flatten)]
    json: JsonArg,
}

pub fn run(args: &NoiseArgs) -> Result<()> {
    let folder = &args.out.out;
    let plan = Plan::new().data(args.data.data.as_ref()).pictures(folder, &[ORIGINAL, NOISED]);
    let mut outputs = plan.check(args.json.json)?;
    let schedule = Schedule::new(ScheduleConfig { timesteps: args.timesteps, ..Default::default() })?;
    let times =
        args.percent.iter().map(|&percent| schedule.t_at_percent(percent)).collect::<Result<Vec<_>, _>>()?;
    let images = args.data.load(&args.size.wanted())?.test;
    let images = images.first(output::count_of(args.count, USUAL, images.len())?);
    let (spec, x_0) = (images.spec, image::bytes_to_unit(&images.bytes));
    let scale = output::figure_scale(spec, images.len(), times.len())?;
    let original = Panel::new("Original Image", grid(&x_0, spec));
    outputs.picture(&figures::figure(&[original], 1, scale), folder, ORIGINAL)?;

    let mut eps = vec![0.0; x_0.len()];
    noise::gaussian_batch(args.seed, Use::Forward, 0, 0, spec.numbers(), &mut eps);
    let bar = steps_bar("Noising", times.len());
    let panels: Vec<Panel> = args
        .percent
        .iter()
        .zip(times)
        .map(|(percent, t)| {
            let x_t = schedule.noised(t, &x_0, &eps);
            bar.inc(1);
            Panel::new(format!("DDPM Noise : {percent}%"), grid(&x_t, spec))
        })
        .collect();
    outputs.picture(&figures::figure(&panels, panels.len().min(4), scale), folder, NOISED)?;
    outputs.finish()
}
