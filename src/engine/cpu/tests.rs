//! The kernels of every instruction set that this machine has, against the reference interpreter.

use super::part::SHARERS;
use super::program::{Group, Memory, Program};
use super::*;
use crate::core::image::ImageSpec;
use crate::core::noise::{Use, gaussian_batch};
use crate::graph::ops::{Conv, Kind, LANES, Op};
use crate::graph::reference;
use crate::graph::reference::trial::{Trial, conv};
use proptest::prelude::*;

fn noise(numbers: usize, images: usize) -> Vec<f32> {
    let mut x = vec![0.0; images * numbers];
    gaussian_batch(1, Use::Start, 0, 0, numbers, &mut x);
    x
}

/// Configs that take either way down from a quarter of the image's side (odd or even), in grey and colour,
/// narrow and wide.
fn configs() -> Vec<UNetConfig> {
    let config =
        |side, channels, widths, classes| UNetConfig { image: ImageSpec { side, channels }, widths, classes };
    vec![
        UNetConfig::tutorial(),
        config(32, 3, [5, 8, 12], None),
        config(12, 1, [1, 1, 1], Some(1)),
        config(20, 3, [3, 17, 33], Some(10)),
        config(16, 1, [8, 4, 2], None),
    ]
}

/// The largest absolute difference; NaN if there is one.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    let apart = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    apart.fold(0.0, |largest, x| if largest.is_nan() || x <= largest { largest } else { x })
}

#[test]
fn every_instruction_set_computes_the_graph() {
    for config in configs() {
        let parameters = Parameters::init(&config, 7);
        let numbers = config.image.numbers();
        let x = noise(numbers, 3);
        let classes = [None, config.classes.map(|_| 0), config.classes.map(|classes| classes - 1)];
        let places: Vec<Place> =
            [0, 100, 999].into_iter().zip(classes).map(|(t, class)| Place { t, class }).collect();
        let graph = Graph::new(&config);
        let expected: Vec<f32> = x
            .chunks(numbers)
            .zip(&places)
            .flat_map(|(x, place)| reference::output(&graph, &parameters, x, place.t, place.class))
            .collect();
        for isa in Isa::available() {
            let mut engine = CpuEngine::with(&parameters, isa);
            let found = pollster::block_on(engine.predict(&x, &places)).unwrap();
            let difference = difference(&found, &expected);
            println!("{} {config} {difference}", isa.name());
            assert!(difference < 1e-5, "{}, {config}: {difference}", isa.name());
        }
    }
}

/// Enough images that every thread has an interleaved group, that two share one, and that some are left over; alone, none
/// is.
#[test]
fn an_interleaved_image_has_the_same_bits_as_one_alone() {
    for isa in Isa::available() {
        for config in configs() {
            let images = isa.lanes() * (threads::count() + threads::count() / SHARERS) + 3;
            let mut engine = CpuEngine::with(&Parameters::init(&config, 7), isa);
            let x = noise(config.image.numbers(), images);
            let class =
                |i: usize| config.classes.and_then(|classes| (!i.is_multiple_of(3)).then_some(i % classes));
            let places: Vec<Place> =
                (0..images).map(|i| Place { t: i * 7 % 1000, class: class(i) }).collect();
            let together = pollster::block_on(engine.predict(&x, &places)).unwrap();
            let each = x.chunks(config.image.numbers()).zip(&places);
            for (i, ((x, place), together)) in each.zip(together.chunks(config.image.numbers())).enumerate() {
                let alone = pollster::block_on(engine.predict(x, &[*place])).unwrap();
                let same = alone.iter().zip(together).all(|(a, b)| a.to_bits() == b.to_bits());
                assert!(same, "{}, {config}, image {i} of {images}", isa.name());
            }
        }
    }
}

/// Prints the microseconds that an image of a group takes in each operation, alone and interleaved. In a test
/// build with its checks the layer norms of AVX2 take many times as long as in the program, so it is built
/// without them: `RAYON_NUM_THREADS=1 cargo test --lib --config profile.test.debug-assertions=false --config
/// profile.test.overflow-checks=false cpu::tests::profile -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn profile() {
    let numbers = UNetConfig::tutorial().image.numbers();
    let parameters = Parameters::init(&UNetConfig::tutorial(), 0);
    let layouts = |isa: Isa| [(isa, 1, LANES), (isa, isa.lanes(), 1)];
    let all = Isa::available().into_iter().flat_map(layouts);
    for (isa, images, pad) in all.filter(|(isa, images, _)| *images == 1 || isa.lanes() > LANES) {
        let graph = Graph::padded(&parameters.config, pad);
        let packed = graph.gather.pack(&parameters.flat);
        let program = Program::new(&graph.ops, &packed, graph.scratch_len, numbers, isa, images);
        let group = program.group();
        let [x, mut out] = [noise(numbers, group), noise(numbers, group)];
        let mut memory = Memory::new(&program);
        let steps: Vec<Program> = program.single_steps().collect();
        let mut best = vec![f64::INFINITY; steps.len()];
        let time = vec![0.0; graph.embeddings.len()];
        let time = vec![&time[..]; group];
        for _ in 0..200 {
            // The operations run one after the other, so that each finds in the caches what it would in a
            // network.
            for (step, best) in steps.iter().zip(&mut best) {
                let start = std::time::Instant::now();
                step.run(Group { x_t: &x, output: &mut out, time: &time }, &mut memory, 1);
                *best = best.min(start.elapsed().as_secs_f64() * 1e6 / group as f64);
            }
        }
        for (op, best) in graph.ops.iter().zip(&best) {
            println!(
                "{:16} {images:2} {best:8.2} {:36} {} {} -> {}",
                isa.name(),
                op.name,
                op.kind,
                op.input,
                op.output
            );
        }
        println!("{:16} {images:2} {:8.2} in all", isa.name(), best.iter().sum::<f64>());
    }
}

/// Runs a single operation; returns all that it leaves in the scratch buffer.
fn run(op: &Op, weights: &[f32], time: &[f32], scratch: &[f32], isa: Isa) -> Vec<f32> {
    // An operation alone loads and stores no image: one of a single element will do.
    let program = Program::new(std::slice::from_ref(op), weights, scratch.len(), 1, isa, 1);
    let mut memory = Memory::new(&program);
    memory.scratch[..scratch.len()].copy_from_slice(scratch);
    program.run(Group { x_t: &[0.0], output: &mut [0.0], time: &[time] }, &mut memory, 1);
    memory.scratch[..scratch.len()].to_vec()
}

/// Compares all that a trial's operation leaves in the scratch buffer with what it should.
fn check(trial: Trial) {
    let Trial { op, weights, scratch, time, expected } = trial;
    for isa in Isa::available() {
        let difference = difference(&run(&op, &weights, &time, &scratch, isa), &expected);
        assert!(
            difference < 1e-5,
            "{}: {difference} in {} from {} to {}",
            isa.name(),
            op.kind,
            op.input,
            op.output
        );
    }
}

/// The last tiles of Winograd's convolutions have any number of outputs, and each takes its own way.
#[test]
fn convolutions_of_every_side_are_their_definition() {
    for side in 5..=15 {
        for (channels, outputs) in [([3, 0], 2), ([6, 5], 7), ([20, 0], 28)] {
            check(Trial::conv(conv(3, 1, 1, 1, true), side, channels, outputs, side as u64));
        }
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
        // x is the bias of a convolution whose input is zero: the output is SiLU(x).
        let Trial { mut op, mut weights, mut scratch, .. } = Trial::conv(conv(3, 1, 1, 1, true), 1, [1, 0], 1, 0);
        weights.fill(0.0);
        let bias = weights.len() - 4;
        weights[bias] = x;
        op.kind = Kind::Conv(Conv { bias, ..conv(3, 1, 1, 1, true) });
        scratch.fill(0.0);
        let expected = f64::from(x) / (1.0 + f64::from(-x).exp());
        for isa in Isa::available() {
            let found = f64::from(run(&op, &weights, &[], &scratch, isa)[op.output.at(1, 1)]);
            prop_assert!((found - expected).abs() <= 3e-7 * f64::from(x.abs()), "{}: {found} for {expected}", isa.name());
        }
    }
}
