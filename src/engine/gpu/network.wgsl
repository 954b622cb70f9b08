// The network's operations, as sampling and training both take them.
//
// Who computes what: four neighbouring invocations, a *quad*, share their pixels and take
// neighbouring channels, the four of one vector. So the quad reads an activation once for all four,
// and weights side by side, whether the hardware is a GPU with coalesced reads or a CPU with SIMD.
// Each invocation keeps the sums of 7 pixels (7 divides 28, 14 and 7) x 3 channels, every fourth
// one, in registers: 3 x 3 = 9 weights and 9 activations make 63 multiply-adds.
//
// The file that this stands before says how a convolution's sums are written (`write`) and where an image's time
// embedding is (`time_embedding`).

var<workgroup> partial_sums: array<f32, INVOCATIONS>;
var<workgroup> sums_of_sums: array<f32, PARTIAL_SUMS>;

/// Of this invocation: where its image's scratch buffer starts, its quad, its place in the quad.
var<private> base: u32;
var<private> quad: u32;
var<private> lane: u32;
/// Of this walk through the network: where its weights start, and the image's embeddings.
var<private> weights_base: u32;
var<private> times_base: u32;

// ---- LayerNorm: (x + time - mean) / deviation * weight + bias

/// A quad takes rows of pixels of 4 channels. The mean and the deviation come back. Input and output are whole tensors of
/// one shape, or the same tensor.
fn layer_norm(op: Op, invocation: u32) -> vec2f {
  let rows = op.side * op.vectors;
  let runs = op.vectors * LANES / op.run_depth;
  let count = f32(op.side * op.side * op.run * runs);

  var sum = 0.0;
  for (var row = quad; row < rows; row += QUADS) {
    let at = norm_row(op, op.input, row);
    for (var x = 0u; x < op.side; x++) {
      sum += scratch[at + x * op.output_pixel];
    }
    sum += f32(op.side) * time_embedding(op, row);
  }
  let mean = total(sum, invocation) / count;

  // The squares in a pass of their own: E[x^2] - mean^2 would cancel.
  var squares = 0.0;
  for (var row = quad; row < rows; row += QUADS) {
    let at = norm_row(op, op.input, row);
    let shift = time_embedding(op, row) - mean;
    var row_squares = 0.0;
    for (var x = 0u; x < op.side; x++) {
      let d = scratch[at + x * op.output_pixel] + shift;
      row_squares += d * d;
    }
    squares += select(0.0, row_squares, norm_channel(op, row) % op.run_depth < op.run);
  }
  let deviation = sqrt(total(squares, invocation) / count + EPSILON);

  for (var row = quad; row < rows; row += QUADS) {
    let own = norm_row(op, op.input, row);
    let to = norm_row(op, op.output, row);
    let shift = time_embedding(op, row) - mean;
    let depth = op.vectors * LANES;
    let number = weights_base + row / op.vectors * op.side * depth + norm_channel(op, row);
    for (var x = 0u; x < op.side; x++) {
      let d = scratch[own + x * op.output_pixel] + shift;
      let k = number + x * depth;
      scratch[to + x * op.output_pixel] = d / deviation * weights[op.weight + k] + weights[op.bias + k];
    }
  }
  return vec2f(mean, deviation);
}

fn norm_channel(op: Op, row: u32) -> u32 {
  return row % op.vectors * LANES + lane;
}

/// Where this invocation's channel of the row's first pixel is, in the tensor whose pixel (0, 0) is at `first`.
fn norm_row(op: Op, first: u32, row: u32) -> u32 {
  return base + first + row / op.vectors * op.output_row + norm_channel(op, row);
}

/// The sum over all invocations, in two levels.
fn total(x: f32, invocation: u32) -> f32 {
  workgroupBarrier();
  partial_sums[invocation] = x;
  workgroupBarrier();
  if (invocation < PARTIAL_SUMS) {
    var sum = 0.0;
    for (var i = invocation; i < INVOCATIONS; i += PARTIAL_SUMS) {
      sum += partial_sums[i];
    }
    sums_of_sums[invocation] = sum;
  }
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < PARTIAL_SUMS; i++) {
    sum += sums_of_sums[i];
  }
  return sum;
}

// ---- Convolutions

/// 7 output pixels of a row and a phase, 3 vectors of channels: where a quad finds them.
struct Tile { input: u32, weight: u32, output: u32, vector: u32, pixels: u32 }

/// An invocation's sums: one vec3f a pixel, of channels that are 4 apart.
struct Sums { x0: vec3f, x1: vec3f, x2: vec3f, x3: vec3f, x4: vec3f, x5: vec3f, x6: vec3f }

fn conv(op: Op) {
  let side = op.side / op.phases;
  let blocks = (op.vectors + TILE_CHANNELS - 1u) / TILE_CHANNELS;
  let segments = (side + TILE_PIXELS - 1u) / TILE_PIXELS;
  let lines = select(side, (side + 1u) / 2u, op.kernel == 3u);
  let tiles = op.phases * op.phases * lines * segments * blocks;
  let end = min(tiles, dispatch.end_tile);
  for (var n = dispatch.first_tile + quad; n < end; n += QUADS) {
    let vector = n % blocks * TILE_CHANNELS;
    let left = n / blocks % segments * TILE_PIXELS;
    let line = n / (blocks * segments) % lines;
    let phase = n / (blocks * segments * lines);
    if (op.kernel == 3u) {
      let upper = tile_at(op, phase, vec2u(left, 2u * line), vector);
      let sums = convolve_3x3(op, upper);
      finish(op, upper, sums.upper);
      if (2u * line + 1u < side) {
        finish(op, tile_at(op, phase, vec2u(left, 2u * line + 1u), vector), sums.lower);
      }
    } else {
      let tile = tile_at(op, phase, vec2u(left, line), vector);
      finish(op, tile, convolve(op, tile));
    }
  }
}

/// The tile whose first output pixel is `q` * phases + phase.
fn tile_at(op: Op, phase: u32, q: vec2u, vector: u32) -> Tile {
  let r = vec2u(phase % op.phases, phase / op.phases);
  let input = q * op.stride + r;
  let output = q * op.phases + r;
  let channel = vector * LANES + lane;
  let matrices = phase * op.kernel * op.kernel;
  return Tile(
    base + op.input + input.y * op.input_row + input.x * op.input_pixel,
    weights_base + op.weight + matrices * op.input_depth * op.vectors * LANES + channel,
    base + op.output + output.y * op.output_row + output.x * op.output_pixel + channel,
    vector,
    min(TILE_PIXELS, op.side / op.phases - q.x),
  );
}

/// The weights of this invocation's 3 channels.
fn weights_at(i: u32) -> vec3f {
  return vec3f(weights[i], weights[i + LANES], weights[i + 2u * LANES]);
}

fn biases(op: Op, tile: Tile) -> Sums {
  let b = weights_at(weights_base + op.bias + tile.vector * LANES + lane);
  return Sums(b, b, b, b, b, b, b);
}

/// The sums of two rows of pixels.
struct TwoRows { upper: Sums, lower: Sums }

/// The weights of three taps of a row.
struct Row { left: vec3f, middle: vec3f, right: vec3f }

/// Of stride 1 without phases: a row's three taps share 9 activations, and two rows of pixels share two of the four rows
/// of activations, and all weights.
fn convolve_3x3(op: Op, tile: Tile) -> TwoRows {
  let depth = op.vectors * LANES;
  let tap = op.input_depth * depth;
  var upper = biases(op, tile);
  var lower = upper;
  for (var i = 0u; i < op.input_used; i++) {
    let w = tile.weight + i * depth;
    let x = tile.input + i;
    let top = row_of_weights(w, tap);
    let middle = row_of_weights(w + 3u * tap, tap);
    let bottom = row_of_weights(w + 6u * tap, tap);
    let x0 = activations(x, op.input_pixel);
    upper = add_row(upper, x0, top);
    let x1 = activations(x + op.input_row, op.input_pixel);
    upper = add_row(upper, x1, middle);
    lower = add_row(lower, x1, top);
    let x2 = activations(x + 2u * op.input_row, op.input_pixel);
    upper = add_row(upper, x2, bottom);
    lower = add_row(lower, x2, middle);
    let x3 = activations(x + 3u * op.input_row, op.input_pixel);
    lower = add_row(lower, x3, bottom);
  }
  return TwoRows(upper, lower);
}

fn row_of_weights(at: u32, tap: u32) -> Row {
  return Row(weights_at(at), weights_at(at + tap), weights_at(at + 2u * tap));
}

/// 9 activations of a row.
struct Activations { x0: f32, x1: f32, x2: f32, x3: f32, x4: f32, x5: f32, x6: f32, x7: f32, x8: f32 }

fn activations(at: u32, pixel: u32) -> Activations {
  return Activations(
    scratch[at], scratch[at + pixel], scratch[at + 2u * pixel], scratch[at + 3u * pixel], scratch[at + 4u * pixel],
    scratch[at + 5u * pixel], scratch[at + 6u * pixel], scratch[at + 7u * pixel], scratch[at + 8u * pixel],
  );
}

fn add_row(sums: Sums, x: Activations, w: Row) -> Sums {
  return Sums(
    sums.x0 + x.x0 * w.left + x.x1 * w.middle + x.x2 * w.right,
    sums.x1 + x.x1 * w.left + x.x2 * w.middle + x.x3 * w.right,
    sums.x2 + x.x2 * w.left + x.x3 * w.middle + x.x4 * w.right,
    sums.x3 + x.x3 * w.left + x.x4 * w.middle + x.x5 * w.right,
    sums.x4 + x.x4 * w.left + x.x5 * w.middle + x.x6 * w.right,
    sums.x5 + x.x5 * w.left + x.x6 * w.middle + x.x7 * w.right,
    sums.x6 + x.x6 * w.left + x.x7 * w.middle + x.x8 * w.right,
  );
}

/// Of any kernel, stride and phases.
fn convolve(op: Op, tile: Tile) -> Sums {
  let depth = op.vectors * LANES;
  let stride = op.stride * op.input_pixel;
  var sums = biases(op, tile);
  for (var k = 0u; k < op.kernel * op.kernel; k++) {
    for (var i = 0u; i < op.input_used; i++) {
      let w = weights_at(tile.weight + (k * op.input_depth + i) * depth);
      let x = tile.input + k / op.kernel * op.input_row + k % op.kernel * op.input_pixel + i;
      sums.x0 += scratch[x] * w;
      sums.x1 += scratch[x + stride] * w;
      sums.x2 += scratch[x + 2u * stride] * w;
      sums.x3 += scratch[x + 3u * stride] * w;
      sums.x4 += scratch[x + 4u * stride] * w;
      sums.x5 += scratch[x + 5u * stride] * w;
      sums.x6 += scratch[x + 6u * stride] * w;
    }
  }
  return sums;
}

/// Writes the tile's pixels. A tile may reach past the row's end, and past the last channel: those
/// sums mean nothing, and WebGPU keeps their reads within the buffers.
fn finish(op: Op, tile: Tile, sums: Sums) {
  write(op, tile, 0u, sums.x0);
  write(op, tile, 1u, sums.x1);
  write(op, tile, 2u, sums.x2);
  write(op, tile, 3u, sums.x3);
  write(op, tile, 4u, sums.x4);
  write(op, tile, 5u, sums.x5);
  write(op, tile, 6u, sums.x6);
}
