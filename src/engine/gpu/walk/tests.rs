//! The shader's operations one by one, on a software GPU, against what the plan means.

use super::*;
use crate::cli::device::{self, Choice};
use crate::engine::gpu::context::bytes;
use crate::engine::gpu::table;
use crate::graph::reference::trial::{Trial, conv};
use pollster::block_on;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wgpu::BufferUsages as Usage;

/// A walk of one image and no steps through the trial's plan, with the trial's numbers on the device.
fn walk(engine: &GpuEngine, trial: Trial) -> Walk {
    let context = engine.context.clone();
    let upload = |numbers: &[f32]| {
        context.upload(&bytes(numbers, |x| x.to_le_bytes()), Usage::STORAGE | Usage::COPY_SRC)
    };
    let Trial { plan, scratch, time, .. } = trial;
    let single = GpuEngine {
        context: context.clone(),
        pipeline: engine.pipeline.clone(),
        ops: context.upload(&bytes(&table::table(&plan), |x| x.to_le_bytes()), Usage::STORAGE),
        weights: upload(&plan.weights),
        plan,
    };
    let mut walk = block_on(single.begin(&[], Batch { seed: 0, first: 0, x: &[0.0; PIXELS] })).unwrap();
    walk.buffers.scratch = upload(&scratch);
    walk.buffers.times = upload(&time);
    walk.bindings = bind(&context.device, &walk.pipeline, &walk.buffers);
    walk
}

/// All that the operation leaves in the scratch buffer.
fn check(engine: &GpuEngine, trial: Trial) -> Result<(), TestCaseError> {
    let (plan, expected) = (trial.plan.to_string(), trial.expected.clone());
    let walk = walk(engine, trial);
    let Walk { context, buffers, .. } = &walk;
    walk.submit(&context.device, 0..1);
    let size = buffers.scratch.size();
    let copy = context.empty(size as usize, Usage::MAP_READ);
    let mut commands = context.device.create_command_encoder(&Default::default());
    commands.copy_buffer_to_buffer(&buffers.scratch, 0, &copy, 0, size);
    context.queue.submit([commands.finish()]);
    let found = block_on(context.read(&copy, size)).unwrap();
    let found = found.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    for (found, expected) in found.zip(expected) {
        prop_assert!((found - expected).abs() < 3e-5, "{found} for {expected} in\n{plan}");
    }
    Ok(())
}

/// One shader for all: its sizes do not matter to a batch of one image.
fn engine() -> GpuEngine {
    device::gpu_engine(&Choice::Named("llvmpipe".into()), &crate::model::tensors::init(0)).unwrap()
}

fn runner() -> TestRunner {
    TestRunner::new(Config::with_cases(64))
}

#[test]
fn convolutions_are_their_definition() {
    let engine = engine();
    let inputs = (1usize..18, 1usize..45, 0usize..12, 1usize..45, any::<bool>(), any::<u64>());
    let tried = runner().run(&inputs, |(side, first, second, outputs, silu, seed)| {
        check(&engine, Trial::conv(conv(3, 1, 1, 1, silu), side, [first, second], outputs, seed))
    });
    tried.unwrap();
}

#[test]
fn resampling_is_its_definition() {
    let engine = engine();
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
    let engine = engine();
    let inputs = (1usize..18, 1usize..45, any::<bool>(), any::<bool>(), any::<u64>());
    let tried = runner().run(&inputs, |(side, channels, two, timed, seed)| {
        let second = if two { channels } else { 0 };
        check(&engine, Trial::norm(timed, side, [channels, second], seed))
    });
    tried.unwrap();
}
