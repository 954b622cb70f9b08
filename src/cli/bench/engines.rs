//! How fast each engine takes a run's steps, how soon the first, and how far from the hardware's limit.

use super::{BenchArgs, skip};
use crate::cli::device::{DeviceChoice, EngineKind, Machine};
use crate::cli::progress::steps_bar;
use crate::cli::say::{self, out};
use crate::core::choice::Choice;
use crate::core::samplers::{self, SamplerConfig, Step};
use crate::core::sampling::{Start, Walk};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::{Conditions, Engine, Place, Run};
use crate::graph::Graph;
use crate::model::Parameters;
use anyhow::{Context, Result};
use pollster::block_on;
use serde_json::json;
use std::time::Instant;

/// Steps that are timed together.
const STEPS: usize = 4;
/// Loops of multiply-adds tell the limit, each twice as long as the one before: until one takes so long,
/// and at least so many, because a busy machine may hold any of them up.
const EXERCISE_MS: f64 = 50.0;
const TRIES: u32 = 6;

/// Times the engines that the arguments ask for, one line for each and each batch.
pub fn bench(args: &BenchArgs, machine: &Machine, parameters: &Parameters) -> Result<()> {
    let cpu_limit = limit(&mut *Machine::new(&DeviceChoice::Cpu).engine(EngineKind::Cpu, parameters)?)?;
    let mut device_limit = None;
    for kind in kinds(args) {
        for &batch in args.forward.iter().take_while(|_| !say::is_unheard()) {
            let began = Instant::now();
            let mut engine = match machine.engine(kind, parameters) {
                Ok(engine) => engine,
                Err(error) => {
                    skip("forward", kind.name(), &error);
                    break;
                }
            };
            let start = ms(began);
            let limit = match kind {
                EngineKind::Gpu => {
                    *device_limit.insert(device_limit.map_or_else(|| limit(&mut *engine), Ok)?)
                }
                EngineKind::Burn => {
                    device_limit.filter(|_| !engine.describe().contains("CPU")).unwrap_or(cpu_limit)
                }
                _ => cpu_limit,
            };
            let timed = Timed { kind, batch, repeat: args.repeat, start, limit };
            timed.report(&mut *engine)?;
        }
    }
    Ok(())
}

/// All engines that the device may have, or the one asked for.
fn kinds(args: &BenchArgs) -> Vec<EngineKind> {
    match args.engine.engine {
        EngineKind::Auto if args.engine.device.device == DeviceChoice::Cpu => {
            vec![EngineKind::Cpu, EngineKind::Burn]
        }
        EngineKind::Auto => vec![EngineKind::Cpu, EngineKind::Gpu, EngineKind::Burn],
        one => vec![one],
    }
}

/// The most multiply-adds a second that the engine's hardware does when it does nothing else.
fn limit(engine: &mut dyn Engine) -> Result<f64> {
    let measured = engine.measured().context("the engine cannot be measured")?;
    let (mut time, mut most) = (0.0, 0.0f64);
    for tries in 0.. {
        if tries >= TRIES && time >= EXERCISE_MS {
            break;
        }
        let began = Instant::now();
        let done = block_on(measured.exercise(1 << tries))?;
        time = ms(began);
        most = most.max(done as f64 / time * 1e3);
    }
    Ok(most)
}

struct Timed {
    kind: EngineKind,
    batch: usize,
    repeat: u32,
    /// Milliseconds that the engine took to start. Burn's device is opened once and then kept, so only its
    /// first batch waits for that.
    start: f64,
    limit: f64,
}

impl Timed {
    fn report(&self, engine: &mut dyn Engine) -> Result<()> {
        let Self { kind, batch, repeat, start, limit } = *self;
        let schedule = Schedule::new(ScheduleConfig::default())?;
        let steps = samplers::steps(&schedule, &SamplerConfig::default())?;
        let task = |what: &str| format!("Timing {what} of {batch} images ({})", kind.name());
        let began = Instant::now();
        let mut run = self.begin(engine, &steps)?;
        block_on(run.advance(1))?;
        let first = ms(began);
        let step = median(&task("steps"), repeat, || {
            if run.walk().total() - run.walk().done() < STEPS {
                run = self.begin(engine, &steps)?;
            }
            block_on(run.advance(STEPS))?;
            Ok(())
        })?;
        let numbers = engine.config().image.numbers();
        let (x, places) = (vec![0.5; batch * numbers], vec![Place { t: 100, class: None }; batch]);
        let forward = median(&task("the network"), repeat, || {
            block_on(engine.predict(&x, &places))?;
            Ok(())
        })?;
        let step = step / STEPS as f64;
        let macs = Graph::new(engine.config()).multiply_adds() * batch;
        let description = engine.describe();
        let measured = engine.measured();
        let dispatches = measured.as_ref().map(|measured| measured.dispatches(batch));
        let graph = measured.as_ref().map(|measured| measured.graph());
        let line = json!({
            "what": "forward", "batch": batch, "engine": description, "repeat": repeat,
            "ms_median": round(forward),
            "ms_per_step": round(step),
            "ms_start": round(start),
            "ms_to_first_step": round(start + first),
            "dispatches_per_step": dispatches.filter(|dispatches| *dispatches > 0),
            "scratch_bytes_per_image": graph.map(Graph::scratch_bytes),
            "weight_bytes": graph.map(Graph::weight_bytes),
            "limit_gmacs": round(limit / 1e9),
            "share_of_limit": round(macs as f64 / (step / 1e3) / limit),
        });
        out!("{line}");
        Ok(())
    }

    fn begin(&self, engine: &mut dyn Engine, steps: &[Step]) -> Result<Box<dyn Run>> {
        let start = Start::pure(engine.config().image.numbers());
        let walk = Walk::new(steps.to_vec(), 0, 0, self.batch, &start);
        Ok(block_on(engine.begin(walk, Conditions::none(self.batch)))?)
    }
}

pub(super) fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds of the median of so many repetitions of a task.
pub(super) fn median(task: &str, repeat: u32, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    let bar = steps_bar(task, repeat as usize + 1);
    run()?;
    bar.inc(1);
    let mut times = vec![];
    for _ in 0..repeat {
        let began = Instant::now();
        run()?;
        times.push(ms(began));
        bar.inc(1);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

pub(super) fn round(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}
