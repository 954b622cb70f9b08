//! `ddpm sample`: the tutorial's section "Generate".

mod film;
mod picture;
mod walks;

use self::film::{Film, Reel, Shape};
use self::picture::PictureArgs;
use self::walks::{Kept, Walks};
use crate::cli::arguments::{EngineArgs, JsonArg, ModelArg, OutArg, SamplerArgs, seed};
use crate::cli::conditions::{self, ANY, GuidanceArgs, NONE};
use crate::cli::loading::load_weights;
use crate::cli::output::{Plan, SCALE};
use crate::cli::say::{note, out};
use crate::core::image;
use crate::core::known::Known;
use crate::core::noise::{self, Towards};
use crate::core::samplers::Course;
use crate::core::sampling::Start;
use crate::core::schedule::Schedule;
use crate::engine::Condition;
use crate::figures::{self, Panel};
use crate::model::file::Weights;
use anyhow::{Result, ensure};
use clap::Args;
use std::path::{Path, PathBuf};

/// The most images of one call.
const MOST_IMAGES: u32 = 4096;
/// What `sample` writes into its folder.
const FRAMES_FILE: &str = "sample-frames.png";
const BATCH_FILE: &str = "sample-batch.png";
/// The most pixels of each frame of the first, and of the second: more images are drawn smaller.
const FRAME_PIXELS: usize = 2 << 20;
const BATCH_PIXELS: usize = 16 << 20;
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
    /// Class of the images, by name or number; `all` makes --count images of each, a row a class, with `any` the
    /// seed draws each image's class, and `none` tells the network none
    #[arg(long = "class", value_name = "NAME", default_value = ANY)]
    class: String,
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
    #[command(flatten)]
    picture: PictureArgs,
    /// Start from noise on the way to this seed's, as far as --share says
    #[arg(long, value_name = "SEED", value_parser = seed())]
    towards: Option<u64>,
    /// How far on the way to the seed of --towards: 0 is --seed itself, 1 the other
    #[arg(long, default_value_t = 0.5, requires = "towards", allow_negative_numbers = true)]
    share: f64,
    /// Also write the run as an animation
    #[arg(long, value_name = "FILE")]
    gif: Option<PathBuf>,
    /// The most megabytes that the animation may have, about: fewer make it smaller, then shorter, then leave
    /// images out
    #[arg(
        long,
        value_name = "MB",
        default_value_t = 8,
        requires = "gif",
        value_parser = clap::value_parser!(u16).range(1..=256)
    )]
    gif_megabytes: u16,
    /// Also write the finished images as little-endian f32 numbers, [N, C, H, W]
    #[arg(long, value_name = "FILE")]
    raw: Option<PathBuf>,
    #[command(flatten)]
    json: JsonArg,
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
        let batch = |classes: Vec<Condition>, title: String| Self {
            classes,
            columns: image::columns_for(count),
            title,
            rows: vec![],
        };
        match args.class.as_str() {
            name if name.eq_ignore_ascii_case(ANY) => {
                let classes = noise::classes(args.seed, 0, count, weights.config().classes);
                Ok(batch(classes, "Generated batch".into()))
            }
            name if name.eq_ignore_ascii_case(NONE) => Ok(batch(vec![None; count], "Generated batch".into())),
            name if name.eq_ignore_ascii_case(ALL) => {
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
            name => {
                let class = conditions::class(weights, path, name)?;
                Ok(batch(
                    vec![Some(class); count],
                    format!("Generated batch : {}", weights.class_names()[class]),
                ))
            }
        }
    }
}

pub fn run(args: &SampleArgs) -> Result<()> {
    // 1. What can be refused is refused before anything slow.
    let folder = &args.out.out;
    let plan = Plan::new().reads("--weights", &args.model.weights).reads("--guide", args.guidance.guide());
    let plan = args.picture.files().into_iter().fold(plan, |plan, (option, path)| plan.reads(option, path));
    let mut outputs = plan
        .pictures(folder, &[FRAMES_FILE, BATCH_FILE])
        .writes("--gif", &args.gif)
        .writes("--raw", &args.raw)
        .check(args.json.json)?;
    let towards = args.towards.map(|seed| Towards { seed, share: args.share });
    towards.map_or(Ok(()), |towards| towards.check())?;
    let machine = args.engine.machine()?;
    let weights = load_weights(&args.model.weights, false)?;
    let schedule = Schedule::new(weights.schedule)?;
    let course = Course { from: args.picture.begins_at(), visits: args.picture.visits() };
    let steps = course.steps(&schedule, &args.sampler.config(&weights, &args.model.weights)?)?;
    let picture = args.picture.load(weights.config().image)?;
    let start = match &picture {
        Some(picture) => Start::picture(&schedule, steps[0].t, &picture.x_0),
        None => weights.start(args.sampler.start)?,
    };
    let known = picture.and_then(|picture| Some(Known::new(&schedule, &steps, picture.x_0, &picture.mask?)));
    let batch = Batch::new(args, &weights)?;
    let guidance =
        args.guidance.guidance(&weights, &args.model.weights, batch.classes.iter().any(Option::is_some))?;
    // 2. The walk.
    let mut engine = machine.engine(args.engine.engine, &weights.parameters)?;
    let total = steps.len();
    let shape = Shape::new(weights.config().image, batch.classes.len(), batch.columns);
    let reel = |_: &PathBuf| Reel::new(shape, total, usize::from(args.gif_megabytes) * 1_000_000);
    let mut kept = Kept {
        frames: Film::figure(shape.within(FRAME_PIXELS), total),
        reel: args.gif.as_ref().map(reel),
        last: vec![],
        raw: args.raw.as_ref().map(|_| vec![]),
    };
    note!("Sampling {} images with {}", batch.classes.len(), engine.describe());
    announce(&kept, args.gif.as_deref());
    let walks = Walks { steps, seed: args.seed, towards, start, known, classes: batch.classes, guidance };
    walks.take(&mut *engine, &mut kept)?;
    // 3. What is asked for.
    let panels: Vec<Panel> = film::titles(total)
        .into_iter()
        .zip(kept.frames.grids())
        .map(|(title, grid)| Panel::new(title, grid))
        .collect();
    outputs.picture(
        &figures::figure(&panels, 4, kept.frames.shape.scale(SCALE, FRAME_PIXELS)),
        folder,
        FRAMES_FILE,
    )?;
    if !batch.rows.is_empty() && outputs.is_for_people() {
        out!("rows: {}", batch.rows.join(", "));
    }
    outputs.add("rows", batch.rows)?;
    let last = Panel::new(batch.title, shape.grid(&kept.last));
    outputs.picture(
        &figures::figure(&[last], 1, shape.scale(2 * SCALE, BATCH_PIXELS)),
        folder,
        BATCH_FILE,
    )?;
    if let (Some(path), Some(reel)) = (&args.gif, kept.reel) {
        outputs.write_sized(path, &reel.encoded()?);
    }
    if let (Some(path), Some(raw)) = (&args.raw, kept.raw) {
        outputs.write(path, &raw);
    }
    outputs.finish()
}

/// Says what of the images is left out of pictures, and how large an animation becomes.
fn announce(kept: &Kept, gif: Option<&Path>) {
    let shape = kept.frames.shape;
    if shape.shown() < shape.count() {
        note!("{FRAMES_FILE} shows the first {} of {} images", shape.shown(), shape.count());
    }
    if let (Some(path), Some(reduced)) = (gif, kept.reel.as_ref().and_then(Reel::reduced)) {
        note!("{} will have {reduced}; --gif-megabytes allows more", path.display());
    }
}
