//! How good samples are: generated images against the test images, in the features of the crate's own
//! classifier. Not to be confused with numbers in the features of other networks, such as FID's.
//!
//! Weights -> images, as bytes, as people see them -> 64 features of each -> a Gaussian and balls ->
//! distance and overlap. The same measures of training images say what the best would be. What samples show is told
//! by a stronger classifier, where there is one.

pub mod classifier;
mod compare;
mod copying;
mod eigen;
mod estimate;
mod gaussian;
mod generate;
mod losses;
mod neighbours;
mod recognition;
mod reference;
mod report;

pub use compare::Comparison;
pub use copying::{Copying, Distances};
pub use estimate::{Estimate, MOST_SEEDS};
pub use gaussian::Gaussian;
pub use generate::Classes;
pub use losses::Loss;
pub use neighbours::{Balls, Overlap};
pub use recognition::{Noised, Recognition, Seen, Strong};
pub use reference::{Measured, ReferenceSet, Summary};
pub use report::{Measures, Report, SamplerInfo, WeightsInfo};

use crate::core::image::{Grid, Images};
use crate::core::noise;
use crate::core::samplers::{self, SamplerConfig};
use crate::core::sampling::StartKind;
use crate::core::schedule::Schedule;
use crate::data::progress::Counter;
use crate::data::{Dataset, Progress, Unit};
use crate::engine::{Engine, Guidance};
use crate::model::file::Weights;
use anyhow::{Context, Result, ensure};
use classifier::{Classifier, Description, FEATURES};
use copying::Compared;
use generate::Generator;
use recognition::MOST_SEEN;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The most bytes of the images that are generated for a seed.
const MOST_BYTES: usize = 1 << 30;

/// What is evaluated of a model.
#[derive(Clone)]
pub struct EvaluateOptions {
    pub sampler: SamplerConfig,
    /// None: matched to the training images, where they are known.
    pub start: Option<StartKind>,
    /// The classes that the network is told; none: it does without.
    pub classes: Option<Classes>,
    /// By the network without the class, or by other weights, whose file `guide` is called.
    pub guidance: Guidance,
    pub guide: Option<PathBuf>,
    /// Generated for each seed; only results of equal numbers compare.
    pub images: usize,
    /// The first seed.
    pub seed: u64,
    /// How many seeds, 1 to [`MOST_SEEDS`].
    pub seeds: usize,
    /// How many timesteps the loss on the test images is measured at; 0 for none.
    pub times: usize,
}

impl Default for EvaluateOptions {
    fn default() -> Self {
        Self {
            sampler: SamplerConfig::default(),
            start: None,
            classes: None,
            guidance: Guidance::NONE,
            guide: None,
            images: 10_000,
            seed: 0,
            seeds: 3,
            times: 10,
        }
    }
}

/// An evaluation in which everything fits together, ready to run.
pub struct Evaluation<'a> {
    options: EvaluateOptions,
    file: PathBuf,
    weights: &'a Weights,
    classifier: &'a Classifier,
    description: &'a Description,
    strong: Option<&'a Strong>,
    data: &'a Dataset,
    schedule: Schedule,
    generator: Generator,
    times: Vec<usize>,
}

impl<'a> Evaluation<'a> {
    /// Checks what was asked for, and computes nothing slow. `file` is what the report calls the weights; `data`
    /// is of the size and colour of their images.
    ///
    /// # Errors
    /// When a setting is outside its range, or the weights, the classifier and the data do not fit together.
    pub fn new(
        options: EvaluateOptions,
        file: &Path,
        weights: &'a Weights,
        (classifier, description): &'a (Classifier, Description),
        strong: Option<&'a Strong>,
        data: &'a Dataset,
    ) -> Result<Self> {
        let config = weights.config();
        let schedule = Schedule::new(weights.schedule)?;
        let generator = Generator {
            image: config.image,
            steps: samplers::steps(&schedule, &options.sampler)?,
            start: weights.start(options.start)?,
            classes: options.classes,
            known: config.classes.unwrap_or(0),
            guidance: options.guidance.clone(),
        };
        generator.check()?;
        let times = losses::times(&schedule, options.times)?;
        ensure!(
            (1..=MOST_SEEDS).contains(&options.seeds),
            "{} seeds: give a number from 1 to {MOST_SEEDS}",
            options.seeds
        );
        description.check_data(data)?;
        strong.map_or(Ok(()), |(_, description)| description.check_data(data))?;
        ensure!(
            data.image() == config.image,
            "the images of {} are {}, those of the model {}: read them in the model's size",
            data.name,
            data.image(),
            config.image
        );
        if let Some(known) = config.classes.filter(|known| *known != data.classes.len()) {
            anyhow::bail!(
                "the network was trained with {known} classes, and {} has {}: pass the data that it was trained on",
                data.name,
                data.classes.len()
            );
        }
        check_count(options.images, "generated")?;
        let most = MOST_BYTES / config.image.numbers();
        ensure!(
            options.images <= most,
            "--images {}: at most {most} images of {} are kept in memory, give at most that",
            options.images,
            config.image
        );
        check_count(data.test.len(), "test")?;
        let file = file.to_path_buf();
        Ok(Self { options, file, weights, classifier, description, strong, data, schedule, generator, times })
    }

    /// Evaluates, with an engine that holds the weights. Beside the report there is a figure's grid: samples, each
    /// with the training image nearest to it.
    ///
    /// # Errors
    /// When the engine fails, or a number is no longer one.
    pub fn run(&self, engine: &mut dyn Engine, progress: &mut dyn FnMut(Progress)) -> Result<(Report, Grid)> {
        let Self { options, classifier, description, data, .. } = self;
        let (count, whole) = (options.images, Instant::now());
        // 1. For each seed, as many samples and as many training images against the test images.
        let mut counter = Counter::new("Looking at the test images", Unit::Steps, 1, progress);
        let test = classifier.outputs(&data.test)?;
        let reference = ReferenceSet::new(&test.features, description.classes.len());
        counter.add(1);
        let measure = |images: &Images| anyhow::Ok(reference.measure(images, &classifier.outputs(images)?));
        let seeds: Vec<u64> = self.seeds().collect();
        let (mut samples, mut training, mut first, mut seconds) = (vec![], vec![], None, 0.0);
        let mut seen = vec![];
        for &seed in &seeds {
            let clock = Instant::now();
            let generated = self.generator.images(engine, seed, count, progress)?;
            seconds += clock.elapsed().as_secs_f64();
            let task = format!("Comparing seed {seed}");
            let mut counter = Counter::new(&task, Unit::Steps, 2, progress);
            let found = measure(&generated)?;
            counter.add(1);
            training.push(measure(&drawn(&data.train, seed, count))?);
            counter.add(1);
            progress(Progress::Message(&format!(
                "seed {seed}: Fréchet distance {:.4} in this classifier's features",
                found.frechet_distance
            )));
            samples.push(found);
            if let Some((strong, _)) = self.strong {
                seen.push(strong.classes(&generated.first(MOST_SEEN))?);
            }
            first.get_or_insert(generated);
        }
        // 2. Whether the first seed's samples are copies of training images.
        let Compared { copying, pairs } =
            self.compare(&first.context("there is at least one seed")?, progress);
        // 3. The loss that training lowers, on images that it has not seen.
        let labels = data.test_labels.as_deref().filter(|_| self.weights.config().classes.is_some());
        let losses = losses::losses(
            engine,
            &self.schedule,
            (&data.test, labels),
            options.seed,
            &self.times,
            progress,
        )?;
        // 4. What the stronger classifier sees.
        let recognition = self.strong.map(|strong| self.recognition(strong, &seen, progress)).transpose()?;
        // 5. The report.
        let report = Report {
            weights: WeightsInfo::new(&self.file, self.weights),
            sampler: SamplerInfo::new(options, self.generator.steps.len(), self.weights),
            images_per_second: (count * seeds.len()) as f64 / seconds,
            images: count,
            seeds,
            classifier: (*description).clone(),
            samples: Measures::of(&samples),
            training_images: Measures::of(&training),
            test_images: reference.summary(&data.test, &test),
            losses,
            copying: Some(copying),
            recognition,
            seconds,
            measuring_seconds: Some(whole.elapsed().as_secs_f64() - seconds),
            engine: engine.describe(),
        };
        Ok((report, pairs))
    }

    fn seeds(&self) -> impl Iterator<Item = u64> {
        let EvaluateOptions { seed, seeds, .. } = self.options;
        (0..seeds as u64).map(move |k| seed.wrapping_add(k))
    }

    /// What the stronger classifier sees in samples, whose classes it has found, and in test images.
    fn recognition(
        &self,
        strong: &Strong,
        seen: &[Vec<u8>],
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Recognition> {
        let Self { data, options, generator, schedule, times, .. } = self;
        let asked = |seed: u64| {
            generator
                .told(seed, 0, options.images.min(MOST_SEEN))
                .into_iter()
                .map(|class| Some(class? as u8))
                .collect()
        };
        let wanted: Option<Vec<Vec<u8>>> = self.seeds().map(asked).collect();
        let samples = Seen::of(seen, wanted.as_deref(), strong.1.classes.len());
        Recognition::new(strong, samples, data, (schedule, times), options.seed, progress)
    }

    /// Compares some samples, and as many test images, with the training images.
    fn compare(&self, samples: &Images, progress: &mut dyn FnMut(Progress)) -> Compared {
        let Self { data, weights, options, .. } = self;
        let mut counter = Counter::new("Looking for copies of training images", Unit::Steps, 1, progress);
        let moves = weights.metadata.as_ref().map(|metadata| metadata.moves).unwrap_or_default();
        let looks = copying::looks(&data.train, moves);
        let test = drawn(&data.test, options.seed, looks);
        let compared = copying::compare(&samples.first(looks), &test, &data.train, moves);
        counter.add(1);
        compared
    }
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
fn drawn(images: &Images, seed: u64, count: usize) -> Images {
    images.select(noise::permutation(seed, 0, images.len()).into_iter().take(count))
}
