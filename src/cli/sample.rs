//! `ddpm sample`: the tutorial's section "Generate".

use crate::cli::arguments::{EngineArgs, ModelArg, OutArg, SamplerArgs, seed};
use crate::cli::conditions::{self, GuidanceArgs};
use crate::cli::loading::load_weights;
use crate::cli::output::{SCALE, make_folder, write_picture, write_raw};
use crate::cli::progress::steps_bar;
use crate::cli::say::{note, out};
use crate::core::image::{self, Grid, ImageSpec};
use crate::core::samplers;
use crate::core::sampling::Walk;
use crate::core::schedule::{self, FRAMES, Schedule};
use crate::engine::{Condition, Conditions, Run};
use crate::figures::{self, Animation, Panel};
use crate::model::file::Weights;
use ::image::DynamicImage;
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;

/// The most images of one call.
const MOST_IMAGES: u32 = 4096;
/// Most frames of an animation, and their time on screen.
const GIF_FRAMES: usize = 50;
const GIF_DELAY_MS: u32 = 80;
/// Steps that an engine takes together: enough to keep a GPU busy, few enough for the progress bar.
const STRETCH: usize = 8;
/// What is recorded of these steps may take so many bytes.
const MOST_RECORDED: usize = 64 << 20;
/// What is recorded of each number in a step: x_t, x_0 and eps, a byte each.
const RECORDED: usize = 3;
/// What `--class` calls all of them.
const ALL: &str = "all";

#[derive(Args)]
pub struct SampleArgs {
    #[command(flatten)]
    model: ModelArg,
    #[command(flatten)]
    engine: EngineArgs,
    #[command(flatten)]
    out: OutArg,
    #[command(flatten)]
    sampler: SamplerArgs,
    /// Class of the images, by name or number; `all` makes --count images of each, a row a class
    /// [default: none, the images are of any class]
    #[arg(long = "class", value_name = "NAME")]
    class: Option<String>,
    #[command(flatten)]
    guidance: GuidanceArgs,
    /// Number of images
    #[arg(
        long,
        default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_IMAGES))
    )]
    count: u32,
    #[arg(long, default_value_t = 42, value_parser = seed())]
    seed: u64,
    /// Also write the run as an animation
    #[arg(long, value_name = "FILE")]
    gif: Option<PathBuf>,
    /// Also write the finished images as little-endian f32 numbers, [N, C, H, W]
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
}

/// Which classes the images are of, and how they lie in the figures.
struct Batch {
    /// One for each image.
    classes: Vec<Condition>,
    /// Images in a row.
    columns: usize,
    title: String,
    /// The classes' names where each row is a class.
    rows: Vec<String>,
}

impl Batch {
    fn new(args: &SampleArgs, weights: &Weights) -> Result<Self> {
        let (path, count) = (&args.model.weights, args.count as usize);
        let of_one = |class: Condition, title: String| Self {
            classes: vec![class; count],
            columns: image::columns_for(count),
            title,
            rows: vec![],
        };
        match args.class.as_deref() {
            None => Ok(of_one(None, "Generated batch".into())),
            Some(name) if name.eq_ignore_ascii_case(ALL) => {
                let names = conditions::class_names(weights, path)?;
                let images = names.len() * count;
                ensure!(
                    images <= MOST_IMAGES as usize,
                    "--count {count} images of each of {} classes are {images}: at most {MOST_IMAGES} are \
                     possible",
                    names.len()
                );
                let classes = (0..images).map(|image| Some(image / count)).collect();
                Ok(Self {
                    classes,
                    columns: count,
                    title: "Generated batch, a row a class".into(),
                    rows: names,
                })
            }
            Some(name) => {
                let class = conditions::class(weights, path, name)?;
                Ok(of_one(Some(class), format!("Generated batch : {}", weights.class_names()[class])))
            }
        }
    }
}

pub fn run(args: &SampleArgs) -> Result<()> {
    // 1. What can be refused is refused before anything slow.
    let weights = load_weights(&args.model.weights, false)?;
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, &args.sampler.config())?;
    let start = weights.start(args.sampler.start)?;
    let batch = Batch::new(args, &weights)?;
    let guidance = args.guidance.guidance(&weights, &args.model.weights, args.class.is_some())?;
    make_folder(&args.out.out)?;
    // 2. The walk.
    let mut engine = args.engine.engine(&weights.parameters)?;
    let count = batch.classes.len();
    note!("Sampling {count} images with {}", engine.describe());
    let walk = Walk::new(steps, args.seed, 0, count, &start);
    let conditions = Conditions { classes: batch.classes, guidance };
    let mut run = pollster::block_on(engine.begin(walk, conditions))?;
    let shape = Shape { spec: weights.config().image, columns: batch.columns };
    let mut film = Film::new(shape, args.gif.is_some(), run.walk())?;
    film.record(&mut *run)?;
    // 3. What is asked for.
    let titles = schedule::frame_indices(run.walk().total()).map(|k| format!("Step : {k}"));
    let panels: Vec<Panel> =
        titles.into_iter().zip(film.frames).map(|(title, grid)| Panel::new(title, grid)).collect();
    write_picture(&figures::figure(&panels, 4, SCALE), &args.out.out, "sample-frames.png")?;
    if !batch.rows.is_empty() {
        out!("rows: {}", batch.rows.join(", "));
    }
    let last = Panel::new(batch.title, Grid::new(run.walk().x(), shape.spec, shape.columns));
    write_picture(&figures::figure(&[last], 1, 2 * SCALE), &args.out.out, "sample-batch.png")?;
    if let (Some(path), Some(animation)) = (&args.gif, film.animation) {
        animation.save(path)?;
        out!("{}", path.display());
    }
    write_raw(args.raw.as_deref(), run.walk().x())
}

/// How the images lie in a grid.
#[derive(Clone, Copy)]
struct Shape {
    spec: ImageSpec,
    columns: usize,
}

impl Shape {
    fn grid(self, bytes: &[u8]) -> Grid {
        Grid::of_bytes(bytes, self.spec, self.columns)
    }
}

/// What is kept of a run: the tutorial's 16 frames, and an animation where one is asked for.
struct Film {
    shape: Shape,
    frames: Vec<Grid>,
    animation: Option<Animation>,
}

fn enlarged(grid: &Grid) -> DynamicImage {
    figures::enlarged(&figures::picture(grid), 2 * SCALE)
}

impl Film {
    fn new(shape: Shape, animated: bool, walk: &Walk) -> Result<Self> {
        let mut animation = animated.then(|| Animation::new(GIF_DELAY_MS));
        if let Some(animation) = &mut animation {
            animation.push(enlarged(&Grid::new(walk.x(), shape.spec, shape.columns)))?;
        }
        Ok(Self { shape, frames: Vec::with_capacity(FRAMES), animation })
    }

    /// Takes the run to its end.
    fn record(&mut self, run: &mut dyn Run) -> Result<()> {
        let total = run.walk().total();
        let every = total.div_ceil(GIF_FRAMES);
        let stretch = (MOST_RECORDED / (RECORDED * run.walk().x().len())).clamp(1, STRETCH);
        let bar = steps_bar("Sampling", total);
        while run.walk().done() < total {
            let recorded = pollster::block_on(run.advance(stretch))?;
            for k in recorded.steps.clone() {
                let frames = schedule::frames_at(k, total).count();
                let animation =
                    self.animation.as_mut().filter(|_| (k + 1).is_multiple_of(every) || k + 1 == total);
                if frames > 0 || animation.is_some() {
                    let grid = self.shape.grid(recorded.x_t(k));
                    if let Some(animation) = animation {
                        animation.push(enlarged(&grid))?;
                    }
                    self.frames.extend(std::iter::repeat_n(grid, frames));
                }
                bar.inc(1);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }
}
