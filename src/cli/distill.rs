//! `ddpm distill`: few-step walks, taught by a model's own many steps.

mod arguments;
mod paths_file;

pub use self::arguments::DistillArgs;

use self::paths_file::PathsFile;
use crate::cli::device::{DeviceChoice, EngineKind, LearnerKind, Machine};
use crate::cli::ending::Ending;
use crate::cli::loading::load_weights;
use crate::cli::progress;
use crate::cli::run_folder::{self, Outcome, RunFolder};
use crate::cli::say::note;
use crate::cli::shell;
use crate::cli::stop::Stop;
use crate::core::image::NORMALISATION;
use crate::model::Parameters;
use crate::model::file::{Metadata, Weights};
use crate::train::checkpoint::{Checkpoint, DataInfo};
use crate::train::distill::paths::Paths;
use crate::train::distill::teacher::Teaching;
use crate::train::distillation::Distillation;
use crate::train::recipe::TrainConfig;
use crate::train::trainer::{self, Trainer};
use anyhow::{Context, Result, bail, ensure};
use pollster::block_on;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// Runs the command. After a signal the exit code is 128 and its number.
pub fn run(args: &DistillArgs) -> Result<ExitCode> {
    let stop = Stop::on_signals()?;
    // 1. What can be refused is refused before anything slow.
    if let Some(folder) = &args.out {
        run_folder::check_free(folder)?;
    }
    let machine = Machine::new(&args.device.device);
    let (learner, device) = machine.learner(LearnerKind::Auto)?;
    // 2. The run's folder, fresh or continued, and the teacher.
    let (run, checkpoint, teacher) = match &args.resume {
        Some(path) => args.resume(path, &stop)?,
        None => args.start(&stop)?,
    };
    let config = checkpoint.config.clone();
    let distill = config.distill.as_ref().context("the run is a distillation")?;
    let folder = run.folder().display();
    note!("Distilling {} ({device}) in {folder}: {}", distill.told(), config.network);
    if checkpoint.progress.epochs.len() == config.epochs {
        note!("All {} epochs of this run are done: give --epochs for more", config.epochs);
    }
    // 3. The teacher's paths, and the training until the end or a signal.
    let outcome = paths(&run, &config, &teacher, &machine, &stop).and_then(|paths| {
        let Some(paths) = paths else { return Ok(Outcome::Interrupted) };
        let began = Instant::now();
        let clock = Box::new(move || began.elapsed().as_secs_f64());
        let learner = learner(&config.network, config.schedule, checkpoint.adam.clone())?;
        let mut trainer = Trainer::new(checkpoint, paths, |_, _| learner, device, clock)?;
        run.train(&mut trainer, None, &stop)
    });
    let ending = Ending {
        resume: args.resume_command(run.folder(), &args.device.device),
        on_cpu: args.resume_command(run.folder(), &DeviceChoice::Cpu),
        learning_rate: config.learning_rate,
        json: args.json.json,
        run: &run,
    };
    ending.tell(outcome, &stop)
}

/// The teacher's paths: those of the run's file, and what is missing there made anew. None if it was asked to stop
/// first.
fn paths(
    run: &RunFolder,
    config: &TrainConfig,
    teacher: &Weights,
    machine: &Machine,
    stop: &Stop,
) -> Result<Option<Paths>> {
    let distill = config.distill.as_ref().context("the run is a distillation")?;
    let file = PathsFile::new(run.path(paths_file::NAME), config)?;
    let mut walks = file.read();
    let start = teacher.start(None)?;
    if walks.len() < distill.steps.len() {
        let mut engine = machine.engine(EngineKind::Auto, &teacher.parameters)?;
        for walk in walks.len()..distill.steps.len() {
            let mut teaching = Teaching::new(config, walk, &start)?;
            let (_, total) = teaching.progress();
            let bar = progress::steps_bar(&format!("Paths of {}", count(distill.steps[walk])), total);
            while teaching.progress().0 < total {
                if stop.is_requested() {
                    return Ok(None);
                }
                block_on(teaching.advance(&mut *engine))?;
                bar.set_position(teaching.progress().0 as u64);
            }
            walks.push(teaching.states());
            file.write(&walks)?;
        }
    }
    Ok(Some(Paths::new(config, walks)?))
}

fn count(steps: usize) -> String {
    if steps == 1 { "1 step".into() } else { format!("{steps} steps") }
}

impl DistillArgs {
    /// A fresh run, in its folder, with its teacher.
    fn start(&self, stop: &Stop) -> Result<(RunFolder, Checkpoint, Weights)> {
        let path = self.weights.as_ref().context("name the model to distill with --weights")?;
        let teacher = load_teacher(path)?;
        if let Some(distilled) = teacher.distilled() {
            note!(
                "note: {} is distilled itself, for {distilled}; its paths of {} steps are not what it was taught",
                path.display(),
                self.recipe.teacher_steps
            );
        }
        let metadata = teacher.metadata.clone().unwrap_or_else(|| Metadata::of_schedule(teacher.schedule));
        let distill = Distillation {
            steps: self.recipe.steps.clone(),
            guidance: self.recipe.guidance,
            guidance_from: self.recipe.guidance_from,
            teacher: teacher.sha256()?,
            teacher_steps: self.recipe.teacher_steps,
            paths: self.recipe.paths,
            moves: metadata.moves,
        };
        let config = self.config(&teacher, distill);
        config.check()?;
        let data = DataInfo {
            name: metadata.dataset,
            classes: metadata.classes,
            images: metadata.train_images,
            // The distillation itself sees no images.
            sha256: String::new(),
            pixels: metadata.pixels,
            labels_sha256: None,
            path: None,
            background: None,
        };
        let checkpoint = trainer::start_from(config, data, teacher.parameters.clone());
        stop.begin_training();
        let run = RunFolder::create(&self.folder(), self.habits(), &checkpoint)?;
        Ok((run, checkpoint, teacher))
    }

    /// The run that a path names, with its teacher: the one that is named, or the weights that the run began with.
    fn resume(&self, path: &Path, stop: &Stop) -> Result<(RunFolder, Checkpoint, Weights)> {
        let run = RunFolder::open(path, self.habits())?;
        let mut checkpoint = run.checkpoint()?;
        let config = &mut checkpoint.config;
        let Some(distill) = &config.distill else {
            bail!(
                "{} is a training on images: continue it with `{}`",
                run.folder().display(),
                shell::command(["train".into()].into_iter().chain(shell::option("--resume", run.folder())))
            )
        };
        let (file, remedy) = match &self.weights {
            Some(file) => (file.clone(), "leave --weights away, or name the file that the run began with"),
            None => (run.weights_path(0), "name the teacher with --weights"),
        };
        let teacher = load_teacher(&file).with_context(|| format!("the teacher of this run: {remedy}"))?;
        ensure!(
            teacher.sha256()? == distill.teacher && teacher.schedule == config.schedule,
            "{} is not the teacher that this run was begun with (SHA-256 of its tensors {}): {remedy}",
            file.display(),
            distill.teacher
        );
        config.epochs = self.epochs.unwrap_or(config.epochs);
        config.learning_rate = self.learning_rate.unwrap_or(config.learning_rate);
        config.check()?;
        let done = checkpoint.progress.epochs.len();
        ensure!(
            checkpoint.config.epochs >= done,
            "the run has {done} epochs already, more than the {} asked for: give --epochs {done} or more",
            checkpoint.config.epochs
        );
        stop.begin_training();
        run.describe(&checkpoint)?;
        Ok((run, checkpoint, teacher))
    }
}

/// The model at a path, with the usual time-embedding table: a student is trained with no other.
fn load_teacher(path: &Path) -> Result<Weights> {
    let mut teacher = load_weights(path, false)?;
    ensure!(
        teacher.metadata.as_ref().is_none_or(|found| [NORMALISATION, ""].contains(&&*found.normalisation)),
        "{} is of images that are normalised otherwise: distill one of this program's models",
        path.display()
    );
    teacher.parameters = Parameters::from_flat(&teacher.parameters.config.clone(), teacher.parameters.flat);
    Ok(teacher)
}
