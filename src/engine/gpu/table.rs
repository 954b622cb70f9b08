//! The plan's operations as numbers for `unet.wgsl`, which reads them in a loop.

use crate::plan::{BORDER, Channels, Conv, Kind, LANES, Norm, Op, Plan};

/// The operations as the shader's `Op`s, field by field.
pub fn table(plan: &Plan) -> Vec<u32> {
    plan.ops.iter().flat_map(|op| row(op).map(|number| u32::try_from(number).expect("offsets are small"))).collect()
}

/// Fields of the shader's `Op`.
const FIELDS: usize = 20;

/// One operation, in the order of the shader's `Op`. What a kind does not use is 0.
fn row(op: &Op) -> [usize; FIELDS] {
    let Op { input, output, .. } = op;
    let (kind, norm, conv) = match op.kind {
        Kind::Load => (0, None, None),
        Kind::Norm(norm) => (1, Some(norm), None),
        Kind::Conv(conv) => (2, None, Some(conv)),
        Kind::Store => (3, None, None),
    };
    let corner = BORDER - conv.map_or(0, |conv| conv.padding);
    let Conv { kernel, stride, phases, silu, .. } = conv.unwrap_or(Conv {
        kernel: 0, stride: 0, padding: 0, phases: 1, silu: false, weight: 0, bias: 0,
    });
    let (weight, bias) = match (norm, conv) {
        (Some(Norm { weight, bias, .. }), _) | (_, Some(Conv { weight, bias, .. })) => (weight, bias),
        _ => (0, 0),
    };
    let (run, run_depth) = runs(output.channels);
    [
        kind,
        input.at(corner, corner), input.pixel, input.row(),
        input.channels.depth(), input.channels.slot(input.channels.count - 1) + 1,
        output.at(BORDER, BORDER), output.pixel, output.row(),
        output.side, output.channels.depth() / LANES,
        kernel, stride, phases, silu.into(),
        weight, bias,
        norm.and_then(|norm| norm.time).map_or(0, |offset| offset + 1),
        run, run_depth,
    ]
}

/// Runs of channels that mean something, and how far one run starts from the next.
fn runs(channels: Channels) -> (usize, usize) {
    let Channels { count, .. } = channels;
    let dense = channels.slot(count - 1) + 1 == count;
    if dense { (count, channels.depth()) } else { (count / 2, channels.depth() / 2) }
}
