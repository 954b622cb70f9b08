//! The plan's operations as numbers for `unet.wgsl`, which reads them in a loop.

use crate::graph::{BORDER, Channels, Conv, Kind, LANES, Norm, Op, Plan};

/// Fields of the shader's `Op`.
const FIELDS: usize = 20;

/// The operations as the shader's `Op`s, field by field.
pub(super) fn table(plan: &Plan) -> Vec<u32> {
    plan.ops.iter().flat_map(row).map(|number| number as u32).collect()
}

/// One operation, in the order of the shader's `Op`. What a kind has no use for is 0.
fn row(op: &Op) -> [usize; FIELDS] {
    let nothing = Conv { kernel: 0, stride: 0, padding: 0, phases: 1, silu: false, weight: 0, bias: 0 };
    let (kind, time, conv) = match op.kind {
        Kind::Load => (0, None, nothing),
        Kind::Norm(Norm { time, weight, bias }) => (1, time, Conv { weight, bias, ..nothing }),
        Kind::Conv(conv) => (2, None, conv),
        Kind::Store => (3, None, nothing),
    };
    let Op { input, output, .. } = op;
    let first_tap = BORDER - conv.padding.min(BORDER);
    let channels = input.channels;
    let [run, run_depth] = runs(output.channels);
    [
        kind,
        input.at(first_tap, first_tap),
        input.pixel,
        input.row(),
        channels.depth(),
        channels.slot(channels.count - 1) + 1,
        output.at(BORDER, BORDER),
        output.pixel,
        output.row(),
        output.side,
        output.channels.depth() / LANES,
        conv.kernel,
        conv.stride,
        conv.phases,
        conv.silu.into(),
        conv.weight,
        conv.bias,
        time.map_or(0, |offset| offset + 1),
        run,
        run_depth,
    ]
}

/// Channels that mean something in each run of them, and numbers from one run to the next.
fn runs(channels: Channels) -> [usize; 2] {
    let Channels { count, .. } = channels;
    let dense = channels.slot(count - 1) == count - 1;
    if dense { [count, channels.depth()] } else { [count / 2, channels.depth() / 2] }
}
