//! How fast each engine takes a run's steps, how soon the first, and how far from the hardware's limit.

use crate::cli::BenchArgs;
use crate::cli::device::{self, Choice, Kind};
use crate::core::image::PIXELS;
use crate::core::samplers::{self, SamplerConfig};
use crate::core::sampling::{Sampling, Start};
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::{Engine, Run};
use crate::graph::Plan;
use crate::model::file::StateDict;
use anyhow::Result;
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
pub fn bench(args: &BenchArgs, state: &StateDict) -> Result<()> {
    let cpu_limit = limit(&mut *device::engine(Kind::Cpu, &Choice::Cpu, state)?)?;
    let mut device_limit = None;
    for kind in kinds(args) {
        for &batch in &args.forward {
            let began = Instant::now();
            let mut engine = match device::engine(kind, &args.device.device, state) {
                Ok(engine) => engine,
                Err(error) => {
                    println!("{}", json!({ "engine": kind.name(), "skipped": error.to_string() }));
                    break;
                }
            };
            let start = ms(began);
            let limit = match kind {
                Kind::Gpu => *device_limit.insert(device_limit.map_or_else(|| limit(&mut *engine), Ok)?),
                Kind::Burn => {
                    device_limit.filter(|_| !engine.describe().contains("CPU")).unwrap_or(cpu_limit)
                }
                _ => cpu_limit,
            };
            let timed = Timed { batch, repeat: args.repeat, start, limit };
            timed.report(&mut *engine, state)?;
        }
    }
    Ok(())
}

/// All engines that the device may have, or the one asked for.
fn kinds(args: &BenchArgs) -> Vec<Kind> {
    match args.engine.engine {
        Kind::Auto if args.device.device == Choice::Cpu => vec![Kind::Cpu, Kind::Burn],
        Kind::Auto => vec![Kind::Cpu, Kind::Gpu, Kind::Burn],
        one => vec![one],
    }
}

/// The most multiply-adds a second that the engine's hardware does when it does nothing else.
fn limit(engine: &mut dyn Engine) -> Result<f64> {
    let (mut time, mut most) = (0.0, 0.0f64);
    for tries in 0.. {
        if tries >= TRIES && time >= EXERCISE_MS {
            break;
        }
        let began = Instant::now();
        let done = block_on(engine.exercise(1 << tries))?;
        time = ms(began);
        most = most.max(done as f64 / time * 1e3);
    }
    Ok(most)
}

struct Timed {
    batch: usize,
    repeat: u32,
    /// Milliseconds that the engine took to start.
    start: f64,
    limit: f64,
}

impl Timed {
    fn report(&self, engine: &mut dyn Engine, state: &StateDict) -> Result<()> {
        let Self { batch, repeat, start, limit } = *self;
        let schedule = Schedule::new(ScheduleConfig::default())?;
        let steps = samplers::steps(&schedule, &SamplerConfig::default())?;
        let fresh = || Run::new(Sampling::new(steps.clone(), 0, 0, batch, &Start::pure(PIXELS)));
        let mut run = fresh();
        let began = Instant::now();
        block_on(engine.advance(&mut run, 1))?;
        let first = ms(began);
        let step = median(repeat, || {
            if run.now().rest().len() < STEPS {
                run = fresh();
            }
            block_on(engine.advance(&mut run, STEPS))?;
            Ok(())
        })?;
        let x = vec![0.5; batch * PIXELS];
        let forward = median(repeat, || {
            block_on(engine.predict(&x, 100))?;
            Ok(())
        })?;
        let step = step / STEPS as f64;
        let macs = Plan::new(state).multiply_adds() * batch;
        let line = json!({
            "what": "forward", "batch": batch, "engine": engine.describe(), "repeat": repeat,
            "ms_median": round(forward),
            "ms_per_step": round(step),
            "ms_start": round(start),
            "ms_to_first_step": round(start + first),
            "dispatches_per_step": engine.dispatches(batch),
            "scratch_bytes_per_image": engine.plan().map(Plan::scratch_bytes),
            "weight_bytes": engine.plan().map(Plan::weight_bytes),
            "limit_gmacs": round(limit / 1e9),
            "share_of_limit": round(macs as f64 / (step / 1e3) / limit),
        });
        println!("{line}");
        Ok(())
    }
}

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Milliseconds of the median of so many repetitions.
pub(super) fn median(repeat: u32, mut run: impl FnMut() -> Result<()>) -> Result<f64> {
    run()?;
    let mut times = vec![];
    for _ in 0..repeat {
        let began = Instant::now();
        run()?;
        times.push(ms(began));
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

pub(super) fn round(x: f64) -> f64 {
    (x * 1000.0).round() / 1000.0
}
