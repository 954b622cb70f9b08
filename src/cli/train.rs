//! `ddpm train`: the run from start or resume to the end.

mod arguments;
mod images;

pub use self::arguments::{SAVE_EVERY, TrainArgs, explained};

use self::images::{class_count, data_info, recorded_path};
use crate::cli::device::{DeviceChoice, Machine};
use crate::cli::ending::Ending;
use crate::cli::loading::{load_data, load_weights};
use crate::cli::ranks::Crew;
use crate::cli::run_folder::{self, RunFolder};
use crate::cli::say::note;
use crate::cli::shell;
use crate::cli::stop::Stop;
use crate::data::{Dataset, Wanted};
use crate::model::file::Weights;
use crate::model::{Parameters, UNetConfig};
use crate::train::checkpoint::Checkpoint;
use crate::train::recipe::{self, FEWEST_STEPS, TrainConfig};
use crate::train::set::TrainingSet;
use crate::train::trainer::{self, Trainer};
use crate::train::validation::TestSet;
use anyhow::{Result, anyhow, ensure};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Runs the command. After a signal the exit code is 128 and its number.
pub fn run(args: &TrainArgs) -> Result<ExitCode> {
    let crew = match Crew::gather() {
        Ok(crew) => crew,
        Err(code) => return Ok(code),
    };
    let stop = Stop::on_signals()?;
    // 1. What can be refused is refused before anything slow; then the data, as the run wants it.
    let config = args.config();
    config.check()?;
    if let Some(folder) = &args.out {
        run_folder::check_free(folder)?;
    }
    let (learner, device) = Machine::new(&args.device.device).shared_by(crew)?.learner(args.engine)?;
    // 2. The run's folder, fresh or continued.
    let (run, checkpoint, data) = match &args.resume {
        Some(path) => args.resume(path, &stop)?,
        None => args.start(config, &stop)?,
    };
    // 3. Train until the end or a signal.
    let network = &checkpoint.config.network;
    let (images, name) = (data.train.len(), &data.name);
    note!("Training on {images} images of {name} ({device}) in {}: {network}", run.folder().display());
    let (epochs, rate) = (checkpoint.config.epochs, checkpoint.config.learning_rate);
    if checkpoint.progress.epochs.len() == epochs {
        note!("All {epochs} epochs of this run are done: give --epochs for more");
    }
    let is_told = network.classes.is_some();
    let test = TestSet::new(&data.test, data.test_labels.as_deref().filter(|_| is_told));
    let labels = data.train_labels.filter(|_| is_told);
    let began = Instant::now();
    let clock = Box::new(move || began.elapsed().as_secs_f64());
    let set = TrainingSet { images: data.train, labels };
    let learner = learner(network, checkpoint.config.schedule, checkpoint.adam.clone())?;
    let mut trainer = Trainer::new(checkpoint, set, |_, _| learner, device, clock)?;
    let outcome = run.train(&mut trainer, test.as_ref(), &stop);
    let ending = Ending {
        resume: args.resume_command(run.folder(), &args.device.device),
        on_cpu: args.resume_command(run.folder(), &DeviceChoice::Cpu),
        learning_rate: rate,
        json: args.json.json,
        run: &run,
    };
    ending.tell(outcome, &stop)
}

impl TrainArgs {
    /// A fresh run, in its folder.
    fn start(&self, config: TrainConfig, stop: &Stop) -> Result<(RunFolder, Checkpoint, Dataset)> {
        let begun = self.weights.as_deref().map(|path| load_weights(path, false)).transpose()?;
        let wanted = begun.as_ref().map(|weights| Wanted::exactly(weights.config().image));
        let data = self.data.load(&wanted.unwrap_or_else(|| self.size.wanted()))?;
        let classes = self.recipe.classes.then(|| class_count(&data)).transpose()?;
        let (parameters, config) = match begun {
            Some(weights) => begin_with(&weights, classes, config)?,
            None => {
                let network = UNetConfig { image: data.image(), classes, ..config.network.clone() };
                (Parameters::init(&network, config.seed), TrainConfig { network, ..config })
            }
        };
        let batches = config.batches(data.train.len());
        let epochs = self.wanted_epochs(batches).unwrap_or_else(|| recipe::usual_epochs(batches));
        let config = TrainConfig { epochs, ..config };
        config.check()?;
        if self.wanted_epochs(batches).is_none() && epochs > TrainConfig::default().epochs {
            note!(
                "Few images: {epochs} epochs of {batches} batches, because fewer than {FEWEST_STEPS} steps hardly \
                 lead to a model (--epochs or --steps says how many)"
            );
        } else if self.steps.is_some() {
            note!("{epochs} epochs of {batches} batches: {} steps", epochs * batches);
        }
        let mut info = data_info(&data, classes.is_some());
        info.path = recorded_path(self.data.path());
        info.background = self.data.background;
        let checkpoint = trainer::start_from(config, info, parameters);
        let folder = self.out.clone().unwrap_or_else(|| PathBuf::from("runs").join(slug(&data.name)));
        stop.begin_training();
        let run = RunFolder::create(&folder, self.habits(), &checkpoint)?;
        Ok((run, checkpoint, data))
    }

    /// The run that a path names, with the images that it was begun on.
    fn resume(&self, path: &Path, stop: &Stop) -> Result<(RunFolder, Checkpoint, Dataset)> {
        let run = RunFolder::open(path, self.habits())?;
        let mut checkpoint = run.checkpoint()?;
        ensure!(
            checkpoint.config.distill.is_none(),
            "{} is a distillation: continue it with `{}`",
            run.folder().display(),
            shell::command(["distill".into()].into_iter().chain(shell::option("--resume", run.folder())))
        );
        checkpoint.data.background = self.data.background.or(checkpoint.data.background);
        let network = &checkpoint.config.network;
        let from = images::of_run(self.data.data.as_deref(), &checkpoint.data)?;
        let data = load_data(
            from.as_deref(),
            &Wanted { background: checkpoint.data.background, ..Wanted::exactly(network.image) },
        )?;
        checkpoint.check_data(&data_info(&data, network.classes.is_some()))?;
        if let Some(path) = recorded_path(self.data.data.as_deref()) {
            checkpoint.data.path = Some(path);
        }
        let config = &mut checkpoint.config;
        let (done, batches) = (checkpoint.progress.epochs.len(), config.batches(data.train.len()));
        config.epochs = self.wanted_epochs(batches).unwrap_or(config.epochs);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.check()?;
        ensure!(
            config.epochs >= done,
            "the run has {done} epochs already, more than the {} asked for: give --epochs {done} or more",
            config.epochs
        );
        stop.begin_training();
        run.describe(&checkpoint)?;
        Ok((run, checkpoint, data))
    }
}

/// Trained weights to begin with, and the recipe with their network and schedule.
///
/// # Errors
/// When they know another number of classes than the labels tell apart.
fn begin_with(
    weights: &Weights,
    classes: Option<usize>,
    config: TrainConfig,
) -> Result<(Parameters, TrainConfig)> {
    let parameters = weights.parameters.with_classes(classes).ok_or_else(|| {
        anyhow!(
            "--weights: that network was trained with {} classes, and these images have {}: leave --classes away, or \
             pass the data that it was trained on",
            weights.config().classes.unwrap_or(0),
            classes.unwrap_or(0)
        )
    })?;
    let (network, schedule) = (parameters.config.clone(), weights.schedule);
    let from = Some(weights.sha256()?);
    Ok((parameters, TrainConfig { network, schedule, from, ..config }))
}

/// A data set's name as a folder's.
fn slug(name: &str) -> String {
    name.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "-")
}
