//! The shader's operations one by one, on a software GPU, against what the graph means; and a step that is
//! cut, in every way that it can be, against one that is not.

use super::super::GpuEngine;
use super::super::layout::Rows;
use super::super::network::{Limits, Program};
use super::super::{bytes, pipeline, table};
use super::*;
use crate::core::image::ImageSpec;
use crate::core::samplers::{self, SamplerConfig, SamplerKind, Step};
use crate::core::sampling::Start;
use crate::core::schedule::{Schedule, ScheduleConfig};
use crate::engine::{Engine, Guidance};
use crate::graph::Graph;
use crate::graph::reference::trial::{Trial, conv};
use crate::model::{Parameters, UNetConfig};
use pollster::block_on;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wgpu::BufferUsages as Usage;

/// On the software GPU that `make test` installs, within WebGPU's default limits.
fn engine(config: &UNetConfig) -> GpuEngine {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let options = wgpu::RequestAdapterOptions { force_fallback_adapter: true, ..Default::default() };
    let adapter = block_on(instance.request_adapter(&options)).expect("apt install mesa-vulkan-drivers");
    let (device, queue) = block_on(adapter.request_device(&Default::default())).unwrap();
    block_on(GpuEngine::new(device, queue, &adapter.get_info(), &Parameters::init(config, 0))).unwrap()
}

/// An image and the single operation of a trial, with the trial's numbers on the device.
fn batch(engine: &GpuEngine, trial: &Trial) -> Batch {
    let context = engine.context.clone();
    let upload =
        |numbers: &[f32]| context.upload(&bytes::of_numbers(numbers), Usage::STORAGE | Usage::COPY_SRC);
    let Program { graph, pipeline, invocations, limits, .. } = &*engine.network.program;
    let rows = table::table(std::slice::from_ref(&trial.op));
    let program = Program {
        graph: Graph { ops: vec![trial.op.clone()], ..graph.clone() },
        pipeline: pipeline.clone(),
        ops: context.upload(&bytes::of_array(&rows), Usage::STORAGE),
        rows,
        invocations: *invocations,
        limits: *limits,
    };
    let zeros = vec![0.0; graph.config.image.numbers()];
    let setup = Setup {
        weights: upload(&trial.weights),
        guide: None,
        guided: vec![false],
        steps: &[Step::default()],
        seed: 0,
        first: 0,
        state: &WalkState { x: zeros.clone(), memory: zeros, done: 0 },
        seen: vec![Rows::default()],
        rows: 1,
        window: 1,
    };
    let mut batch = block_on(Batch::new(context.clone(), Rc::new(program), setup)).unwrap();
    batch.bound.scratch = upload(&trial.scratch);
    batch.bound.times = upload(&trial.time);
    batch.bindings = pipeline::bind(&context.device, pipeline, &batch.bound);
    batch
}

/// All that the operation leaves in the scratch buffer.
fn check(engine: &GpuEngine, trial: Trial) -> Result<(), TestCaseError> {
    let batch = batch(engine, &trial);
    let Batch { context, bound, .. } = &batch;
    let size = bound.scratch.size();
    let copy = context.empty(size as usize, Usage::MAP_READ);
    let mut commands = batch.encode(&context.device, 0..1);
    commands.copy_buffer_to_buffer(&bound.scratch, 0, &copy, 0, size);
    context.queue.submit([commands.finish()]);
    let found = block_on(context.read(&copy, size)).unwrap();
    let found = bytes::to_numbers(&found);
    for (found, expected) in found.iter().zip(&trial.expected) {
        prop_assert!((found - expected).abs() < 3e-5, "{found} for {expected} in\n{:?}", trial.op);
    }
    Ok(())
}

fn runner() -> TestRunner {
    TestRunner::new(Config::with_cases(64))
}

/// One shader does for all trials: its sizes do not matter to a batch of one image.
#[test]
fn convolutions_are_their_definition() {
    let engine = engine(&UNetConfig::tutorial());
    let inputs = (1usize..18, 1usize..45, 0usize..12, 1usize..45, any::<bool>(), any::<u64>());
    let tried = runner().run(&inputs, |(side, first, second, outputs, silu, seed)| {
        check(&engine, Trial::conv(conv(3, 1, 1, 1, silu), side, [first, second], outputs, seed))
    });
    tried.unwrap();
}

#[test]
fn resampling_is_its_definition() {
    let engine = engine(&UNetConfig::tutorial());
    let kinds =
        [conv(4, 2, 1, 1, true), conv(2, 1, 0, 1, false), conv(2, 1, 1, 1, true), conv(2, 1, 1, 2, false)];
    let inputs = (1usize..8, 1usize..45, 1usize..45, 0..kinds.len(), any::<u64>());
    let tried = runner().run(&inputs, |(half, channels, outputs, kind, seed)| {
        check(&engine, Trial::conv(kinds[kind], 2 * half, [channels, 0], outputs, seed))
    });
    tried.unwrap();
}

/// Both halves of a concatenation have as many channels.
#[test]
fn layer_norm_is_its_definition() {
    let engine = engine(&UNetConfig::tutorial());
    let inputs = (1usize..18, 1usize..45, any::<bool>(), any::<bool>(), any::<u64>());
    let tried = runner().run(&inputs, |(side, channels, two, timed, seed)| {
        let second = if two { channels } else { 0 };
        check(&engine, Trial::norm(timed, side, [channels, second], seed))
    });
    tried.unwrap();
}

/// A small network in colour, with classes.
fn small() -> UNetConfig {
    UNetConfig { image: ImageSpec { side: 12, channels: 3 }, widths: [13, 3, 5], classes: Some(2) }
}

/// Where a guided walk of five images ends, in stretches of `chunk` steps.
fn walk(engine: &mut GpuEngine, guidance: Guidance, chunk: usize) -> WalkState {
    let config = SamplerConfig { kind: SamplerKind::DPM_SOLVER_PP, steps: Some(7), ..Default::default() };
    let steps = samplers::steps(&Schedule::new(ScheduleConfig::default()).unwrap(), &config).unwrap();
    let walk = Walk::new(steps, 3, 0, 5, &Start::pure(engine.config().image.numbers()));
    let classes = vec![Some(1), None, Some(0), Some(1), Some(0)];
    let mut run = block_on(engine.begin(walk, Conditions { classes, guidance })).unwrap();
    while run.walk().done() < 7 {
        let recorded = block_on(run.advance(chunk)).unwrap();
        assert_eq!(recorded.state, *run.walk().state());
        assert!(!recorded.steps.is_empty() && recorded.steps.end == run.walk().done());
    }
    run.walk().state().clone()
}

fn limit(engine: &mut GpuEngine, limits: Limits) {
    Rc::get_mut(&mut engine.network.program).expect("no run is under way").limits = limits;
}

/// Bit for bit: nothing but where the dispatches end differs.
#[test]
fn a_step_that_is_cut_gives_the_same_numbers() {
    let mut engine = engine(&small());
    let whole = engine.network.program.limits;
    let guide = Rc::new(Parameters::init(&small(), 5));
    let kinds = || {
        [
            Guidance::NONE,
            Guidance::classifier_free(3.0),
            Guidance { scale: 2.0, by: GuidedBy::Weights(guide.clone()), from: Some(120) },
        ]
    };
    let expected = kinds().map(|guidance| walk(&mut engine, guidance, 7));
    assert!(expected[0] != expected[1] && expected[0] != expected[2] && expected[1] != expected[2]);
    let dispatches = |engine: &mut GpuEngine| engine.measured().unwrap().dispatches(5);
    assert_eq!(dispatches(&mut engine), 1);
    let row = 4 * engine.network.program.graph.embeddings.len();
    for (limits, chunk, least) in [
        (Limits { rounds: 1, ..whole }, 2, 90),
        (Limits { rounds: 1500, ..whole }, 7, 4),
        (Limits { images: 2, ..whole }, 7, 3),
        (Limits { table_bytes: 13 * row, ..whole }, 7, 1),
        (Limits { rounds: 700, images: 3, table_bytes: 1 }, 5, 20),
    ] {
        limit(&mut engine, limits);
        assert!(dispatches(&mut engine) >= least, "{}", dispatches(&mut engine));
        for (guidance, expected) in kinds().into_iter().zip(&expected) {
            assert!(walk(&mut engine, guidance, chunk) == *expected, "cut for at least {least} dispatches");
        }
    }
}
