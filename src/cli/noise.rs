//! `ddpm noise`: the tutorial's noised batch (section "DDPM").

use crate::cli::arguments::{DataArg, OutArg, SizeArgs, seed};
use crate::cli::loading::load_data;
use crate::cli::output::{SCALE, grid, make_folder, write_picture};
use crate::core::image;
use crate::core::noise::{self, Use};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::figures::{self, Panel};
use anyhow::Result;
use clap::Args;

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
    /// Number of images
    #[arg(long, default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=4096))]
    count: u32,
    #[arg(long, default_value_t = 42, value_parser = seed())]
    seed: u64,
    /// Diffusion steps T, 1 to 1000
    #[arg(long, default_value_t = ScheduleConfig::default().timesteps)]
    timesteps: usize,
}

pub fn run(args: &NoiseArgs) -> Result<()> {
    let schedule = Schedule::new(ScheduleConfig { timesteps: args.timesteps, ..Default::default() })?;
    let times =
        args.percent.iter().map(|&percent| schedule.t_at_percent(percent)).collect::<Result<Vec<_>, _>>()?;
    let images = load_data(args.data.data.as_deref(), &args.size.wanted())?.test.first(args.count as usize);
    let (spec, x_0) = (images.spec, image::bytes_to_unit(&images.bytes));
    make_folder(&args.out.out)?;
    let original = Panel::new("Original Image", grid(&x_0, spec));
    write_picture(&figures::figure(&[original], 1, SCALE), &args.out.out, "original.png")?;

    let mut eps = vec![0.0; x_0.len()];
    noise::gaussian_batch(args.seed, Use::Forward, 0, 0, spec.numbers(), &mut eps);
    let panels: Vec<Panel> = args
        .percent
        .iter()
        .zip(times)
        .map(|(percent, t)| {
            let x_t = schedule.noised(t, &x_0, &eps);
            Panel::new(format!("DDPM Noise : {percent}%"), grid(&x_t, spec))
        })
        .collect();
    write_picture(&figures::figure(&panels, panels.len().min(4), SCALE), &args.out.out, "noise.png")
}
