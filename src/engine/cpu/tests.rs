//! Every kind of vectors that this machine has, against what the plan means.

use super::*;
use crate::core::noise::{Use, gaussian_batch};
use crate::graph::reference::trial::{Trial, conv};
use crate::graph::{Conv, Kind, reference};
use proptest::prelude::*;

fn noise(images: usize) -> Vec<f32> {
    let mut x = vec![0.0; images * PIXELS];
    gaussian_batch(1, Use::Start, 0, 0, PIXELS, &mut x);
    x
}

/// The largest difference; NaN counts.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    apart.fold(0.0, |largest, x| if largest.is_nan() || x <= largest { largest } else { x })
}

#[test]
fn every_instruction_set_computes_the_plan() {
    let state = crate::model::tensors::init(7);
    let x = noise(3);
    for isa in Isa::available() {
        let mut engine = CpuEngine::with(&state, isa);
        for t in [0, 100, 999] {
            let mut found = vec![0.0; x.len()];
            engine.eps(&x, t, &mut found);
            let expected: Vec<f32> =
                x.chunks(PIXELS).flat_map(|x| reference::eps(&engine.plan, x, t)).collect();
            let difference = difference(&found, &expected);
            println!("{} {t} {difference}", isa.name());
            assert!(difference < 1e-5, "{} at {t}: {difference}", isa.name());
        }
    }
}

/// `cargo test --lib cpu::tests::profile -- --ignored --nocapture`: microseconds that an image of a group
/// takes in each operation.
#[test]
#[ignore = "measures time"]
fn profile() {
    let [x, mut out] = [noise(GROUP), noise(GROUP)];
    let engines = CpuEngine::all(&crate::model::tensors::init(0));
    for CpuEngine { isa, plan, program, time, .. } in engines {
        let mut memory = Memory::new(&program);
        let steps: Vec<Program> = program.single_steps().collect();
        let mut best = vec![f64::INFINITY; steps.len()];
        for _ in 0..200 {
            // One after the other, so that each finds in the caches what it would in a network.
            for (step, best) in steps.iter().zip(&mut best) {
                let start = std::time::Instant::now();
                step.run(&x, &time, &mut out, &mut memory);
                *best = best.min(start.elapsed().as_secs_f64() * 1e6 / GROUP as f64);
            }
        }
        for (op, best) in plan.ops.iter().zip(&best) {
            println!("{:16} {best:8.2} {:36} {} {} -> {}", isa.name(), op.name, op.kind, op.input, op.output);
        }
        println!("{:16} {:8.2} in all", isa.name(), best.iter().sum::<f64>());
    }
}

/// Compares all that a single operation leaves in the scratch buffer.
fn check(trial: Trial) {
    let Trial { plan, scratch, time, expected } = trial;
    for isa in Isa::available() {
        let program = Program::new(&plan, isa);
        let mut memory = Memory::new(&program);
        memory.scratch[..scratch.len()].copy_from_slice(&scratch);
        program.run(&[0.0; PIXELS], &time, &mut [0.0; PIXELS], &mut memory);
        let difference = difference(&memory.scratch[..scratch.len()], &expected);
        assert!(difference < 1e-5, "{}: {difference} in\n{plan}", isa.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn convolutions_are_their_definition(
        side in 1usize..18, first in 1usize..45, second in 0usize..12, outputs in 1usize..45,
        silu: bool, seed: u64,
    ) {
        check(Trial::conv(conv(3, 1, 1, 1, silu), side, [first, second], outputs, seed));
    }

    #[test]
    fn resampling_is_its_definition(
        half in 1usize..8, channels in 1usize..45, outputs in 1usize..45, kind in 0usize..4, seed: u64,
    ) {
        let conv = [conv(4, 2, 1, 1, true), conv(2, 1, 0, 1, false), conv(2, 1, 1, 1, true), conv(2, 1, 1, 2, false)];
        check(Trial::conv(conv[kind], 2 * half, [channels, 0], outputs, seed));
    }

    #[test]
    fn layer_norm_is_its_definition(
        side in 1usize..18, first in 1usize..45, second in 0usize..12, timed: bool, seed: u64,
    ) {
        check(Trial::norm(timed, side, [first, second], seed));
    }

    #[test]
    fn silu_is_its_definition(x in prop_oneof![-200f32..200.0, -1e30f32..1e30]) {
        // As the bias of a convolution whose input is zero.
        let mut plan = reference::single(Kind::Conv(conv(3, 1, 1, 1, true)), [1, 1], [1, 0], 1);
        let mut scratch = reference::fill(&mut plan, || 0.0);
        plan.weights.fill(0.0);
        let bias = plan.weights.len() - 4;
        plan.weights[bias] = x;
        plan.ops[0].kind = Kind::Conv(Conv { bias, ..conv(3, 1, 1, 1, true) });
        scratch.iter_mut().for_each(|x| *x = 0.0);
        let expected = f64::from(x) / (1.0 + f64::from(-x).exp());
        for isa in Isa::available() {
            let program = Program::new(&plan, isa);
            let mut memory = Memory::new(&program);
            memory.scratch[..scratch.len()].copy_from_slice(&scratch);
            program.run(&[0.0; PIXELS], &[], &mut [0.0; PIXELS], &mut memory);
            let output = &plan.ops[0].output;
            let found = f64::from(memory.scratch[output.at(1, 1)]);
            prop_assert!((found - expected).abs() <= 3e-7 * f64::from(x.abs()), "{}: {found} for {expected}", isa.name());
        }
    }
}
