use super::super::MOST_IMAGES;
use super::super::places::Places;
use super::*;
use crate::graph::backward::TrainingGraph;

fn config(side: usize, channels: usize, widths: [usize; 3], classes: Option<usize>) -> UNetConfig {
    UNetConfig { image: ImageSpec { side, channels }, widths, classes }
}

fn table(config: &UNetConfig) -> Table {
    let graph = TrainingGraph::new(config);
    Table::new(&graph, &Places::new(&graph))
}

/// There and back in one dispatch, on every kind of device.
#[test]
fn the_tutorials_images_go_there_and_back_in_one_dispatch() {
    let config = UNetConfig::tutorial();
    for device_type in [wgpu::DeviceType::Cpu, wgpu::DeviceType::Other] {
        let (invocations, ways) = ways(device_type, &table(&config), &config);
        assert_eq!(ways.len(), 1, "{invocations:?}");
    }
}

/// Every operation is taken once, in order, and no dispatch passes the limit.
#[test]
fn dispatches_are_the_whole_way_within_the_limit() {
    for config in [
        UNetConfig::tutorial(),
        config(64, 1, [1, 2, 3], None),
        config(32, 3, [16, 32, 48], Some(10)),
        config(64, 3, [32, 48, 64], Some(3)),
    ] {
        let table = table(&config);
        let (invocations, ways) = ways(wgpu::DeviceType::Cpu, &table, &config);
        let mut next = 0;
        for share in ways {
            let rounds = |n: usize| operation(invocations, &table.rows[n], config.image);
            let all: usize = share.ops.clone().map(rounds).sum();
            let is_cut = share.tiles.end < u32::MAX as usize;
            assert!(all < MOST_ROUNDS || is_cut, "{config}: {all} rounds of {share:?}");
            assert!(share.ops.start == next || is_cut && share.ops.start + 1 == next);
            next = share.ops.end;
        }
        assert_eq!(next, table.walk);
        // A job adds up a share of a slice's images.
        let jobs = &table.rows[table.walk..];
        let images = most_images(jobs).min(MOST_IMAGES / SHARES);
        let longest = jobs.iter().map(|op| 1 + images * (1 + of_image(op))).max().unwrap();
        assert!(images > 0 && longest <= MOST_ROUNDS, "{config}: {longest} rounds");
    }
}
