//! How good samples are: generated images against the test images, as the crate's own classifier
//! sees both. Not to be confused with numbers in the features of other networks, such as FID's.
//!
//! Weights -> images, as bytes, as people see them -> 64 features of each -> a Gaussian and balls ->
//! distance and overlap. The same measures of training images say what the best would be.

pub mod classifier;
mod compare;
mod eigen;
mod gaussian;
mod generate;
mod judge;
mod neighbours;
mod report;

pub use compare::compare;
pub use gaussian::Gaussian;
pub use judge::{Judge, Measured};
pub use neighbours::{Balls, Overlap};
pub use report::{Estimate, MOST_SEEDS, Measures, Report, SamplerInfo, WeightsInfo};

use crate::cli::device::{self, Choice};
use crate::cli::evaluate::EvaluateArgs;
use crate::cli::run_folder::{load_weights, steps_bar};
use crate::core::noise;
use crate::core::samplers;
use crate::core::schedule::Schedule;
use crate::data;
use crate::data::atomic;
use crate::data::idx::Images;
use crate::evaluate::classifier::FEATURES;
use anyhow::{Result, ensure};
use std::time::Instant;

/// `ddpm evaluate`.
pub fn evaluate(args: &EvaluateArgs) -> Result<()> {
    // 1. What can be refused is refused before anything slow.
    let weights = load_weights(&args.model.weights, false)?;
    let schedule = Schedule::new(weights.schedule)?;
    let steps = samplers::steps(&schedule, &args.sampler.config())?;
    let start = weights.start(args.sampler.start)?;
    let times = generate::times(&schedule, args.times)?;
    let (device, _) = device::open(&Choice::Cpu)?;
    let (classifier, description) = classifier::load(&args.classifier, &device)?;
    let data = data::load(args.data.data.as_deref())?;
    description.check_data(&data)?;
    let images = args.images as usize;
    check_count(images, "generated")?;
    check_count(data.test.len(), "test")?;
    let mut engine = device::engine(args.engine.engine, &args.device.device, &weights.state)?;
    eprintln!("Evaluating {} with {}", args.model.weights.display(), engine.describe());

    // 2. For each seed, as many samples and as many training images against the test images.
    let test = classifier.see(&data.test)?;
    let judge = Judge::new(&test.features, description.classes.len());
    let measure = |images: &Images| anyhow::Ok(judge.measure(images, &classifier.see(images)?));
    let seeds: Vec<u64> = (0..u64::from(args.seeds)).map(|k| args.seed.wrapping_add(k)).collect();
    let (mut samples, mut training, mut seconds) = (vec![], vec![], 0.0);
    for &seed in &seeds {
        let bar = steps_bar(&format!("Images of seed {seed}"), images * steps.len());
        let clock = Instant::now();
        let generated = generate::images(&mut *engine, &steps, &start, seed, images, &bar)?;
        seconds += clock.elapsed().as_secs_f64();
        bar.finish_and_clear();
        let found = measure(&generated)?;
        eprintln!(
            "seed {seed}: Fréchet distance {:.4} in this classifier's features",
            found.frechet_distance
        );
        samples.push(found);
        training.push(measure(&some(&data.train, seed, images))?);
    }

    // 3. The loss that training lowers, on images that it has not seen.
    let bar = steps_bar("Loss on the test images", times.len() * data.test.len());
    let losses = generate::losses(&mut *engine, &schedule, &data.test, args.seed, &times, &bar)?;
    bar.finish_and_clear();

    // 4. The report.
    let report = Report {
        weights: WeightsInfo::new(&args.model.weights, &weights),
        sampler: SamplerInfo::new(&args.sampler, steps.len(), &weights),
        images_per_second: (images * seeds.len()) as f64 / seconds,
        images,
        seeds,
        classifier: description,
        samples: Measures::of(&samples),
        training_images: Measures::of(&training),
        test_images: judge.look(&data.test, &test),
        losses,
        seconds,
        engine: engine.describe(),
    };
    print!("{report}");
    if let Some(path) = &args.json {
        atomic::atomic_write(path, (serde_json::to_string_pretty(&report)? + "\n").as_bytes())?;
        println!("{}", path.display());
    }
    Ok(())
}

/// Whether so many images determine a Gaussian.
fn check_count(count: usize, of: &str) -> Result<()> {
    ensure!(
        count > FEATURES,
        "{count} {of} images do not determine the covariance of {FEATURES} features: at least {} are needed, and \
         10000 are usual",
        FEATURES + 1
    );
    Ok(())
}

/// As many different images, or all if there are fewer, drawn by a seed.
fn some(images: &Images, seed: u64, count: usize) -> Images {
    let chosen = noise::permutation(seed, 0, images.len()).into_iter().take(count);
    let pixels = chosen.flat_map(|i| images.image(i)).copied().collect();
    Images { width: images.width, height: images.height, pixels }
}
