//! The graph's operations as the shader reads them, in a loop.

use super::layout::{self, CONV, KEEP, LOAD, NORM, SILU, STORE};
use crate::graph::ops::{BORDER, Channels, Conv, Kind, LANES, Norm, Op};

/// One row for each operation.
pub(super) fn table(ops: &[Op]) -> Vec<layout::Op> {
    ops.iter().map(row).collect()
}

pub(super) fn row(op: &Op) -> layout::Op {
    let nothing = Conv { kernel: 0, stride: 0, padding: 0, phases: 1, silu: false, weight: 0, bias: 0 };
    let (kind, time, conv) = match op.kind {
        Kind::Load => (LOAD, None, nothing),
        Kind::Norm(Norm { time, weight, bias }) => (NORM, time, Conv { weight, bias, ..nothing }),
        Kind::Conv(conv) => (CONV, None, conv),
        Kind::Store => (STORE, None, nothing),
    };
    let Op { input, output, .. } = op;
    let first_tap = BORDER - conv.padding.min(BORDER);
    let channels = input.channels;
    let [run, run_depth] = runs(output.channels);
    let number = |x: usize| x as u32;
    layout::Op {
        kind,
        input: number(input.at(first_tap, first_tap)),
        input_pixel: number(input.pixel),
        input_row: number(input.row()),
        input_depth: number(channels.depth()),
        input_used: number(channels.slot(channels.count - 1) + 1),
        output: number(output.at(BORDER, BORDER)),
        output_pixel: number(output.pixel),
        output_row: number(output.row()),
        side: number(output.side),
        vectors: number(output.channels.depth() / LANES),
        kernel: number(conv.kernel),
        stride: number(conv.stride),
        phases: number(conv.phases),
        finish: if conv.silu { SILU } else { KEEP },
        weight: number(conv.weight),
        bias: number(conv.bias),
        time: number(time.map_or(0, |offset| offset + 1)),
        run: number(run),
        run_depth: number(run_depth),
        ..layout::Op::default()
    }
}

/// Channels that mean something in each run of them, and elements from one run to the next.
pub(super) fn runs(channels: Channels) -> [usize; 2] {
    let Channels { count, .. } = channels;
    let dense = channels.slot(count - 1) == count - 1;
    if dense { [count, channels.depth()] } else { [count / 2, channels.depth() / 2] }
}
