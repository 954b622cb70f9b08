//! How many rounds the training shader's loops take: see sampling's. The functions that count are called as those of the
//! shader whose loops they count.

use super::super::layout::{CONV, LOAD, NORM, Op, TILE_PIXELS};
use super::super::rounds::{Invocations, MOST_ROUNDS, Share, convolve, rounds, tiles};
use super::layout::*;
use super::table::Table;
use crate::core::image::ImageSpec;
use crate::model::UNetConfig;
use crate::model::config::TIME_DIM;

/// Of an operation of an image's way, with the round that takes it.
pub(super) fn operation(invocations: Invocations, op: &Op, image: ImageSpec) -> usize {
    let [side, vectors, used] = [op.side, op.vectors, op.input_used].map(|x| x as usize);
    1 + match op.kind {
        ROW => invocations.by_invocations(TIME_DIM, 0),
        LINEAR | LINEAR_BACK => invocations.by_invocations(side, rounds(used, 0)),
        LOAD => invocations.by_quads(image.pixels(), 0),
        NORM => invocations.layer_norm(op),
        NORM_BACK => {
            let rows = invocations.by_quads(side * vectors, rounds(side, 0));
            let of_time = invocations.by_invocations(vectors * crate::graph::ops::LANES, rounds(side, 0));
            2 * (rows + invocations.total()) + of_time
        }
        CONV => 1 + invocations.by_quads(tiles(op), convolve(op)),
        _ => invocations.by_invocations(image.numbers(), 0) + invocations.total(),
    }
}

/// Of one image in a job of this row.
fn of_image(op: &Op) -> usize {
    let [side, phases] = [op.side, op.phases].map(|x| x as usize);
    let pixels = |side: usize, segment: usize| rounds(side, rounds(side.div_ceil(segment), 0));
    match op.kind {
        OF_CONV if op.kernel == 3 => rounds(side.div_ceil(TILE_PIXELS), rounds(side, 0)),
        OF_CONV => pixels(side / phases, TILE_PIXELS),
        OF_BIAS => pixels(side, 1),
        _ => 0,
    }
}

/// The most images of a share that no job takes too many rounds for.
pub(super) fn most_images(rows: &[Op]) -> usize {
    let longest = rows.iter().map(of_image).max().unwrap_or(0);
    ((MOST_ROUNDS - 1) / (1 + longest)).max(1)
}

/// The invocations of a workgroup, as many as suit the device, and the dispatches of an image's way.
pub(super) fn ways(
    device_type: wgpu::DeviceType,
    table: &Table,
    config: &UNetConfig,
) -> (Invocations, Vec<Share>) {
    let cut = |invocations: Invocations| {
        let rows = table.rows[..table.walk].iter();
        let rows = rows.map(|op| (op, operation(invocations, op, config.image)));
        invocations.cut(rows, MOST_ROUNDS)
    };
    let choice = Invocations::fewest(device_type, cut);
    (choice, cut(choice))
}

#[cfg(test)]
mod tests;
