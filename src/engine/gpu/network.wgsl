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
  let tiles = op.phases * op.phases * side * segments * blocks;
  let end = min(tiles, dispatch.end_tile);
  for (var n = dispatch.first_tile + quad; n < end; n += QUADS) {
    let vector = n % blocks * TILE_CHANNELS;
    let left = n / blocks % segments * TILE_PIXELS;
    let y = n / (blocks * segments) % side;
    let phase = n / (blocks * segments * side);
    let tile = tile_at(op, phase, vec2u(left, y), vector);
    if (op.kernel == 3u) {
      finish(op, tile, convolve_3x3(op, tile));
    } else {
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

/// Of stride 1 without phases: a row's three taps share 9 activations.
fn convolve_3x3(op: Op, tile: Tile) -> Sums {
  let depth = op.vectors * LANES;
  let tap = op.input_depth * depth;
  let pixel = op.input_pixel;
  var sums = biases(op, tile);
  for (var ky = 0u; ky < 3u; ky++) {
    for (var i = 0u; i < op.input_used; i++) {
      let w = tile.weight + ky * 3u * tap + i * depth;
      let w0 = weights_at(w);
      let w1 = weights_at(w + tap);
      let w2 = weights_at(w + 2u * tap);
      let x = tile.input + ky * op.input_row + i;
      let x0 = scratch[x];
      let x1 = scratch[x + pixel];
      let x2 = scratch[x + 2u * pixel];
      let x3 = scratch[x + 3u * pixel];
      let x4 = scratch[x + 4u * pixel];
      let x5 = scratch[x + 5u * pixel];
      let x6 = scratch[x + 6u * pixel];
      let x7 = scratch[x + 7u * pixel];
      let x8 = scratch[x + 8u * pixel];
      sums.x0 += x0 * w0 + x1 * w1 + x2 * w2;
      sums.x1 += x1 * w0 + x2 * w1 + x3 * w2;
      sums.x2 += x2 * w0 + x3 * w1 + x4 * w2;
      sums.x3 += x3 * w0 + x4 * w1 + x5 * w2;
      sums.x4 += x4 * w0 + x5 * w1 + x6 * w2;
      sums.x5 += x5 * w0 + x6 * w1 + x7 * w2;
      sums.x6 += x6 * w0 + x7 * w1 + x8 * w2;
    }
  }
  return sums;
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
