use super::super::table::table;
use super::*;
use crate::graph::Graph;
use crate::model::config::UNetConfig;

fn operations(config: &UNetConfig) -> Vec<Op> {
    table(&Graph::new(config).ops)
}

/// Of a step that walks once through the network.
fn all_rounds(invocations: Invocations, config: &UNetConfig) -> usize {
    let ops = operations(config);
    let sum: usize = ops.iter().map(|op| invocations.operation(op, config.image)).sum();
    1 + sum + invocations.reverse_step(config.image)
}

fn largest() -> UNetConfig {
    UNetConfig { image: ImageSpec { side: 64, channels: 3 }, widths: [128; 3], classes: None }
}

/// Its 45,000 rounds with a guide pass for one dispatch; with 16 invocations they would not.
#[test]
fn the_tutorials_step_is_one_dispatch_with_and_without_a_guide() {
    let config = UNetConfig::tutorial();
    let ops = operations(&config);
    let [cpu, gpu] = [wgpu::DeviceType::Cpu, wgpu::DeviceType::Other]
        .map(|device_type| Invocations::suited(device_type, &ops, config.image));
    assert_eq!((cpu, gpu), (Invocations(32), Invocations(128)));
    for invocations in [cpu, gpu] {
        for walks in [1, 2] {
            assert_eq!(invocations.shares(&ops, config.image, walks, MOST_ROUNDS).len(), 1);
        }
    }
    assert_eq!(
        [16, 32, 64, 128].map(|n| all_rounds(Invocations(n), &config)),
        [41_835, 22_408, 12_469, 8_329]
    );
    assert_eq!(Invocations(16).shares(&ops, config.image, 2, MOST_ROUNDS).len(), 2);
}

#[test]
fn larger_networks_get_more_invocations() {
    let image = ImageSpec { side: 32, channels: 3 };
    let suited =
        |config: &UNetConfig| Invocations::suited(wgpu::DeviceType::Cpu, &operations(config), config.image);
    assert_eq!(suited(&UNetConfig { image, widths: [16, 32, 48], classes: None }), Invocations(32));
    assert_eq!(suited(&UNetConfig { image, widths: [32, 32, 48], classes: None }), Invocations(64));
    assert_eq!(suited(&largest()), Invocations(256));
}

/// Each operation of each walk has its tiles taken once, in order, and no dispatch passes the limit.
#[test]
fn shares_are_the_whole_step_within_the_limit() {
    for config in [UNetConfig::tutorial(), largest()] {
        let ops = operations(&config);
        for (invocations, walks, most) in [(64, 1, 60_000), (64, 2, 2_000), (256, 2, 60_000), (128, 1, 1)] {
            let invocations = Invocations(invocations);
            let shares = invocations.shares(&ops, config.image, walks, most);
            let (mut next, mut tile) = (0, 0);
            for Share { ops: range, tiles: part } in shares {
                let op = |n: usize| &ops[n % ops.len()];
                assert_eq!((range.start, part.start), (next, tile));
                let whole = part == ALL_TILES;
                assert!(whole || range.len() == 1 && op(next).kind == CONV && part.end <= tiles(op(next)));
                let rounds: usize = match whole {
                    true => range.clone().map(|n| invocations.operation(op(n), config.image)).sum(),
                    false => invocations.operation_of(op(next), part.len()),
                };
                let divisible = range.len() > 1 || op(next).kind == CONV && part.len() > invocations.quads();
                assert!(rounds < most || !divisible, "{rounds} rounds of {most}");
                let done = whole || part.end == tiles(op(next));
                (next, tile) = if done { (range.end, 0) } else { (next, part.end) };
            }
            assert_eq!((next, tile), (walks * ops.len(), 0));
        }
    }
}
