//! The commands that draw: `sample`, `noise` and `reconstruct`, as the tutorial's figures.

use crate::cli::device;
use crate::cli::run_folder::{load_weights, steps_bar};
use crate::cli::{NoiseArgs, ReconstructArgs, SampleArgs};
use crate::core::image::{self, Grid, PIXELS};
use crate::core::noise::{self, Use};
use crate::core::samplers;
use crate::core::sampling::Sampling;
use crate::core::schedule::{self, FRAMES, Schedule, ScheduleConfig};
use crate::data;
use crate::data::atomic;
use crate::data::idx::Images;
use crate::engine::{Engine, Run};
use crate::figures::{self, Panel};
use crate::model::tensors;
use ::image::GrayImage;
use anyhow::{Context, Result};
use std::path::Path;

/// Pixels of the figure for each pixel of an image.
const SCALE: u32 = 2;
/// Most frames of an animation, and their time on screen.
const GIF_FRAMES: usize = 50;
const GIF_DELAY_MS: u32 = 80;
/// Steps that an engine takes together: enough to keep a GPU busy, few enough for the progress bar.
const STRETCH: usize = 8;

fn make_folder(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}: choose another --out", folder.display()))
}

fn write(picture: &GrayImage, folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    figures::save_png(picture, &path)?;
    println!("{}", path.display());
    Ok(())
}

fn grid(images: &[f32]) -> Grid {
    Grid::new(images, image::columns_for(images.len() / PIXELS))
}

/// The tutorial's section "Generate".
pub fn sample(args: &SampleArgs) -> Result<()> {
    let weights = load_weights(&args.model.weights, false)?;
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, &args.sampler.config())?;
    let start = weights.start(args.sampler.start)?;
    make_folder(&args.out.out)?;
    let mut engine = device::engine(args.engine.engine, &args.device.device, &weights.state)?;
    eprintln!("Sampling {} images with {}", args.count, engine.describe());
    let mut run = Run::new(Sampling::new(steps, args.seed, 0, args.count as usize, &start));
    let film = film(&mut run, &mut *engine)?;

    let titles = schedule::frame_indices(run.now().total()).map(|k| format!("Step : {k}"));
    let panels: Vec<Panel> =
        titles.into_iter().zip(film.frames).map(|(title, grid)| Panel::new(title, grid)).collect();
    write(&figures::figure(&panels, 4, SCALE), &args.out.out, "sample-frames.png")?;
    let last = Panel::new("Generated batch", grid(run.now().x()));
    write(&figures::figure(&[last], 1, 2 * SCALE), &args.out.out, "sample-batch.png")?;
    if let Some(path) = &args.gif {
        figures::save_gif(&film.animation, GIF_DELAY_MS, path)?;
        println!("{}", path.display());
    }
    write_raw(args.raw.as_deref(), run.now().x())
}

/// Writes the numbers themselves where asked.
fn write_raw(path: Option<&Path>, values: &[f32]) -> Result<()> {
    let Some(path) = path else { return Ok(()) };
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    atomic::atomic_write(path, &bytes)?;
    println!("{}", path.display());
    Ok(())
}

/// What is kept of a run: the tutorial's 16 frames, and pictures for an animation.
struct Film {
    frames: Vec<Grid>,
    animation: Vec<GrayImage>,
}

fn film(run: &mut Run, engine: &mut dyn Engine) -> Result<Film> {
    let total = run.now().total();
    let every = total.div_ceil(GIF_FRAMES);
    let picture = |grid: &Grid| figures::enlarged(&figures::picture(grid), 2 * SCALE);
    let mut frames = Vec::with_capacity(FRAMES);
    let mut animation = vec![picture(&grid(run.now().x()))];
    let bar = steps_bar("Sampling", total);
    while run.now().done() < total {
        let recorded = pollster::block_on(engine.advance(run, STRETCH))?;
        for k in recorded.steps.clone() {
            let x_t = recorded.x_t(k);
            let grid = Grid::of_greys(x_t, image::columns_for(x_t.len() / PIXELS));
            if (k + 1).is_multiple_of(every) || k + 1 == total {
                animation.push(picture(&grid));
            }
            frames.extend(schedule::frames_at(k, total).map(|_| grid.clone()));
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(Film { frames, animation })
}

/// The tutorial's noised batch (section "DDPM").
pub fn noise(args: &NoiseArgs) -> Result<()> {
    let schedule = Schedule::new(ScheduleConfig { timesteps: args.timesteps, ..Default::default() })?;
    let times =
        args.percent.iter().map(|&percent| schedule.t_at_percent(percent)).collect::<Result<Vec<_>, _>>()?;
    let x_0 = first_images(args.data.data.as_deref(), args.count as usize)?;
    make_folder(&args.out.out)?;
    let original = Panel::new("Original Image", grid(&x_0));
    write(&figures::figure(&[original], 1, SCALE), &args.out.out, "original.png")?;

    let mut eps = vec![0.0; x_0.len()];
    noise::gaussian_batch(args.seed, Use::Forward, 0, 0, PIXELS, &mut eps);
    let panels: Vec<Panel> = args
        .percent
        .iter()
        .zip(times)
        .map(|(percent, t)| {
            let x_t = schedule.noised(t, &x_0, &eps);
            Panel::new(format!("DDPM Noise : {percent}%"), grid(&x_t))
        })
        .collect();
    write(&figures::figure(&panels, panels.len().min(4), SCALE), &args.out.out, "noise.png")
}

/// The tutorial's reconstructions: what the network gives for clean images, in one look.
pub fn reconstruct(args: &ReconstructArgs) -> Result<()> {
    let state = match args.untrained {
        true => tensors::init(0),
        false => load_weights(&args.model.weights, false)?.state,
    };
    let t = args.t.unwrap_or(if args.untrained { 1 } else { 200 }) as usize;
    let x_0 = first_images(args.data.data.as_deref(), args.count as usize)?;
    make_folder(&args.out.out)?;
    let mut engine = device::engine(args.engine.engine, &args.device.device, &state)?;
    let eps = pollster::block_on(engine.predict(&x_0, t))?;
    let title = if args.untrained { "First batch reconstruction" } else { "Batch reconstruction" };
    let panels = [Panel::new("Batch", grid(&x_0)), Panel::new(format!("{title} (t = {t})"), grid(&eps))];
    write(&figures::figure(&panels, 2, SCALE), &args.out.out, "reconstruct.png")?;
    write_raw(args.raw.as_deref(), &eps)
}

/// The first test images in [-1, 1].
fn first_images(data: Option<&Path>, count: usize) -> Result<Vec<f32>> {
    let images = first(&data::load(data)?.test, count);
    Ok(image::images_to_unit(&images.pixels))
}

/// The first `count` images, or all if there are fewer.
pub fn first(images: &Images, count: usize) -> Images {
    let pixels = images.pixels[..count.min(images.len()) * images.width * images.height].to_vec();
    Images { width: images.width, height: images.height, pixels }
}
