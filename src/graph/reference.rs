//! What each operation means, number by number: slow, and what the engines' tests compare with.

pub(crate) mod trial;

use super::time::TimeEmbeddings;
use super::{BORDER, Channels, Conv, EPSILON, Kind, Norm, Op, Plan, View, padded};
use crate::core::image::PIXELS;

/// eps for one image. `x_t` and the result hold 28 x 28 pixels.
pub(crate) fn eps(plan: &Plan, x_t: &[f32], t: usize) -> Vec<f32> {
    let mut time = vec![0.0; plan.time_len()];
    plan.time_embeddings(t, &mut time);
    // A border or padding that an operation forgets to write would show.
    let mut scratch = vec![f32::NAN; plan.scratch_len()];
    let mut eps = vec![];
    for op in &plan.ops {
        match op.kind {
            Kind::Store => eps = pixels(&op.input).map(|(y, x)| scratch[op.input.at(y, x)]).collect(),
            _ => run(op, plan, x_t, &time, &mut scratch),
        }
    }
    assert_eq!(eps.len(), PIXELS);
    eps
}

/// A plan of one operation: on `channels` (in two runs where there are two), from `sides[0]` to
/// `sides[1]`. `weights` are any, and made to be 0 where padding is.
pub(crate) fn single(kind: Kind, sides: [usize; 2], channels: [usize; 2], outputs: usize) -> Plan {
    let from = Channels { count: channels[0] + channels[1], first: channels[0] };
    let view = |offset, side, channels: Channels| View {
        tensor: 0,
        offset,
        side,
        channels,
        pixel: channels.depth(),
    };
    let len = |view: &View| (view.side + 2 * BORDER) * view.row();
    let input = view(0, sides[0], from);
    let output = match kind {
        Kind::Norm(_) => input.clone(),
        _ => view(len(&input), sides[1], Channels { count: outputs, first: outputs }),
    };
    let scratch = output.offset + len(&output);
    let op = Op { name: "single".into(), kind, input, output };
    Plan { ops: vec![op], weights: vec![], scratch, time: TimeEmbeddings::default() }
}

/// Random numbers in the operation's inputs and, unless they are padding's, in its weights.
pub(crate) fn fill(plan: &mut Plan, mut random: impl FnMut() -> f32) -> Vec<f32> {
    let Op { kind, input, output, .. } = plan.ops[0].clone();
    let real = |view: &View, slot: usize| (0..view.channels.count).any(|c| view.channels.slot(c) == slot);
    let (from, to) = (input.channels.depth(), output.channels.depth());
    let mut weight = |place: usize, rows: usize| {
        let known = real(&output, place % to) && (rows == 1 || real(&input, place / to % rows));
        if known { random() } else { 0.0 }
    };
    plan.weights = match kind {
        Kind::Conv(conv) => {
            let numbers = (conv.phases * conv.kernel).pow(2) * from * to;
            let bias = (0..padded(output.channels.count)).map(|place| (place, 1));
            (0..numbers)
                .map(|place| (place, from))
                .chain(bias)
                .map(|(place, rows)| weight(place, rows))
                .collect()
        }
        _ => (0..2 * input.side * input.side * from).map(|place| weight(place, 1)).collect(),
    };
    let mut scratch = vec![f32::NAN; plan.scratch];
    clear(&input, &mut scratch);
    for (y, x) in pixels(&input) {
        for c in 0..input.channels.count {
            scratch[input.at(y, x) + input.channels.slot(c)] = random();
        }
    }
    scratch
}

/// One operation that is not [`Kind::Store`].
pub(crate) fn run(op: &Op, plan: &Plan, x_t: &[f32], time: &[f32], scratch: &mut [f32]) {
    match &op.kind {
        Kind::Load => {
            clear(&op.output, scratch);
            for ((y, x), value) in pixels(&op.output).zip(x_t) {
                scratch[op.output.at(y, x)] = *value;
            }
        }
        Kind::Norm(norm) => normalize(norm, &op.output, plan, time, scratch),
        Kind::Conv(conv) => convolve(conv, op, plan, scratch),
        Kind::Store => unreachable!(),
    }
}

/// A view's pixels without its border, row by row.
pub(crate) fn pixels(view: &View) -> impl Iterator<Item = (usize, usize)> + use<> {
    let side = view.side;
    (0..side * side).map(move |i| (i / side + BORDER, i % side + BORDER))
}

fn clear(view: &View, scratch: &mut [f32]) {
    let side = view.side + 2 * BORDER;
    for i in 0..side * side {
        scratch[view.at(i / side, i % side)..][..view.channels.depth()].fill(0.0);
    }
}

fn normalize(norm: &Norm, view: &View, plan: &Plan, time: &[f32], scratch: &mut [f32]) {
    let slots: Vec<usize> = (0..view.channels.count).map(|c| view.channels.slot(c)).collect();
    let mut all = vec![];
    for (y, x) in pixels(view) {
        for slot in &slots {
            let value = &mut scratch[view.at(y, x) + slot];
            *value += norm.time.map_or(0.0, |offset| time[offset + slot]);
            all.push(f64::from(*value));
        }
    }
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / all.len() as f64;
    let std = (variance + f64::from(EPSILON)).sqrt();
    for (place, (y, x)) in pixels(view).enumerate() {
        for slot in &slots {
            let value = &mut scratch[view.at(y, x) + slot];
            let number = place * view.channels.depth() + slot;
            let [weight, bias] = [norm.weight, norm.bias].map(|offset| plan.weights[offset + number]);
            *value = ((f64::from(*value) - mean) / std) as f32 * weight + bias;
        }
    }
}

fn convolve(conv: &Conv, op: &Op, plan: &Plan, scratch: &mut [f32]) {
    let [from, to] = [&op.input, &op.output].map(|view| view.channels.depth());
    let &Conv { kernel, stride, padding, phases, .. } = conv;
    clear(&op.output, scratch);
    for (oy, ox) in pixels(&op.output) {
        let [(qy, ry), (qx, rx)] = [oy, ox].map(|o| ((o - BORDER) / phases, (o - BORDER) % phases));
        let mut sums: Vec<f64> = plan.weights[conv.bias..][..to].iter().map(|x| f64::from(*x)).collect();
        for tap in 0..kernel * kernel {
            let [ky, kx] = [tap / kernel, tap % kernel];
            let [iy, ix] = [qy * stride + ry + ky, qx * stride + rx + kx].map(|i| i + BORDER - padding);
            let matrix = ((ry * phases + rx) * kernel * kernel + tap) * from * to;
            for i in 0..from {
                let x = f64::from(scratch[op.input.at(iy, ix) + i]);
                for (o, sum) in sums.iter_mut().enumerate() {
                    *sum += x * f64::from(plan.weights[conv.weight + matrix + i * to + o]);
                }
            }
        }
        for (o, sum) in sums.into_iter().enumerate() {
            let value = if conv.silu { sum / (1.0 + (-sum).exp()) } else { sum };
            scratch[op.output.at(oy, ox) + o] = value as f32;
        }
    }
}
