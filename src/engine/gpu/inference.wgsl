// One reverse step of a batch: the UNet, once or with a guide twice, the sampler's sum and its noise, and what
// the page shows of it. Where the hardware allows it is one dispatch.
//
// A workgroup takes an image through every operation of the graph (src/graph/ops.rs), one after the other
// in a loop, with a barrier between two operations: nothing in this UNet looks across images. All
// its invocations share each operation. Straight-line code for every layer would compile for half a
// minute; the loop compiles in less than a second and runs as fast.
//
// Who computes what: four neighbouring invocations, a *quad*, share their pixels and take
// neighbouring channels, the four of one vector. So the quad reads an activation once for all four,
// and weights side by side, whether the hardware is a GPU with coalesced reads or a CPU with SIMD.
// Each invocation keeps the sums of 7 pixels (7 divides 28, 14 and 7) x 3 channels, every fourth
// one, in registers: 3 x 3 = 9 weights and 9 activations make 63 multiply-adds.
//
// layout.rs writes the declarations in front of this text, from the tables that Rust fills the buffers by: the
// constants, the structs Op, Step, Dispatch and Rows, and the bindings. rounds.rs counts the loops: a change to
// one of them has to be made there too.

var<workgroup> partial_sums: array<f32, INVOCATIONS>;
var<workgroup> sums_of_sums: array<f32, PARTIAL_SUMS>;

/// Of this invocation: where its image's scratch buffer starts, its quad, its place in the quad.
var<private> base: u32;
var<private> quad: u32;
var<private> lane: u32;
/// Of this walk through the network: where its weights start, and the image's embeddings.
var<private> weights_base: u32;
var<private> times_base: u32;

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let image = dispatch.offset + group.x;
  base = group.x * SCRATCH;
  quad = invocation / LANES;
  lane = invocation % LANES;
  let count = arrayLength(&ops);
  for (var n = dispatch.first; n < dispatch.end; n++) {
    let guiding = n >= count;
    let op = ops[n % count];
    weights_base = select(0u, dispatch.guide_weights, guiding);
    times_base = embeddings_of(image, guiding);
    switch (op.kind) {
      case LOAD: { load(op, image); }
      case NORM: { layer_norm(op, invocation); }
      case CONV: { conv(op); }
      default: { store(op, image, invocation, guiding); }
    }
    storageBarrier();
    workgroupBarrier();
  }
  if (dispatch.steps == 1u) {
    reverse_step(image, invocation);
  }
}

/// Where the image's embeddings of this step start.
fn embeddings_of(image: u32, guiding: bool) -> u32 {
  let row = select(rows[image].own, rows[image].guide, guiding);
  return (step.index % dispatch.window * dispatch.rows + row) * EMBEDDINGS;
}

/// Where an image's numbers start in a plane: X, MEMORY or OUTPUT.
fn plane(which: u32, image: u32) -> u32 {
  return (which * dispatch.images + image) * NUMBERS;
}

/// Where the output's pixel `p` starts.
fn pixel_of(op: Op, p: u32) -> u32 {
  return base + op.output + p / op.side * op.output_row + p % op.side * op.output_pixel;
}

// ---- x_t in, eps or v out

fn load(op: Op, image: u32) {
  clear_border(op);
  // The padding channels' invocations read some channel and write 0.
  let channel = plane(X, image) + min(lane, CHANNELS - 1u) * PIXELS;
  for (var p = quad; p < PIXELS; p += QUADS) {
    scratch[pixel_of(op, p) + lane] = select(0.0, images[channel + p], lane < CHANNELS);
  }
}

/// The guide's output n_g, which comes second, makes n_c + (scale - 1) (n_c - n_g) of the network's.
fn store(op: Op, image: u32, invocation: u32, guiding: bool) {
  let output = plane(OUTPUT, image);
  for (var k = invocation; k < NUMBERS; k += INVOCATIONS) {
    let n = scratch[pixel_of(op, k % PIXELS) + k / PIXELS];
    let own = images[output + k];
    images[output + k] = select(n, own + dispatch.guidance * (own - n), guiding);
  }
}

/// Zeros in the ring of pixels around the output, so that no tap has to ask whether it is inside.
fn clear_border(op: Op) {
  let edge = op.side + 1u;
  let corner = base + op.output - op.output_row - op.output_pixel + lane;
  for (var i = quad; i < 4u * edge; i += QUADS) {
    let k = i % edge;
    var at = vec2u(k, 0u);
    switch (i / edge) {
      case 0u: { }
      case 1u: { at = vec2u(edge, k); }
      case 2u: { at = vec2u(k + 1u, edge); }
      default: { at = vec2u(0u, k + 1u); }
    }
    for (var v = 0u; v < op.vectors; v++) {
      scratch[corner + at.y * op.output_row + at.x * op.output_pixel + v * LANES] = 0.0;
    }
  }
}

// ---- LayerNorm, in place: (x + time - mean) / std * weight + bias

/// A quad takes rows of pixels of 4 channels.
fn layer_norm(op: Op, invocation: u32) {
  let rows = op.side * op.vectors;
  let runs = op.vectors * LANES / op.run_depth;
  let count = f32(op.side * op.side * op.run * runs);

  var sum = 0.0;
  for (var row = quad; row < rows; row += QUADS) {
    let at = norm_row(op, row);
    for (var x = 0u; x < op.side; x++) {
      sum += scratch[at + x * op.output_pixel];
    }
    sum += f32(op.side) * time_embedding(op, row);
  }
  let mean = total(sum, invocation) / count;

  // The squares in a pass of their own: E[x^2] - mean^2 would cancel.
  var squares = 0.0;
  for (var row = quad; row < rows; row += QUADS) {
    let at = norm_row(op, row);
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
    let at = norm_row(op, row);
    let shift = time_embedding(op, row) - mean;
    let depth = op.vectors * LANES;
    let number = weights_base + row / op.vectors * op.side * depth + norm_channel(op, row);
    for (var x = 0u; x < op.side; x++) {
      let d = scratch[at + x * op.output_pixel] + shift;
      let k = number + x * depth;
      scratch[at + x * op.output_pixel] = d / deviation * weights[op.weight + k] + weights[op.bias + k];
    }
  }
}

fn norm_channel(op: Op, row: u32) -> u32 {
  return row % op.vectors * LANES + lane;
}

/// Where this invocation's channel of the row's first pixel is.
fn norm_row(op: Op, row: u32) -> u32 {
  return base + op.output + row / op.vectors * op.output_row + norm_channel(op, row);
}

fn time_embedding(op: Op, row: u32) -> f32 {
  if (op.time == 0u) {
    return 0.0;
  }
  return times[times_base + op.time - 1u + norm_channel(op, row)];
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
  clear_border(op);
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

fn write(op: Op, tile: Tile, pixel: u32, sum: vec3f) {
  if (pixel >= tile.pixels) {
    return;
  }
  let value = select(sum, sum / (1.0 + exp(-sum)), op.silu == 1u);
  let at = tile.output + pixel * op.phases * op.output_pixel;
  scratch[at] = value.x;
  if (tile.vector + 1u < op.vectors) {
    scratch[at + LANES] = value.y;
  }
  if (tile.vector + 2u < op.vectors) {
    scratch[at + 2u * LANES] = value.z;
  }
}

// ---- The sampler

/// Each invocation takes the 16 numbers whose noise is one block of ChaCha's.
fn reverse_step(image: u32, invocation: u32) {
  for (var block = invocation; block < NUMBERS / NOISE_BLOCK; block += INVOCATIONS) {
    let rows = chacha8(block, step.t, dispatch.first_image + image);
    for (var i = 0u; i < NOISE_BLOCK / 4u; i++) {
      let words = rows[i];
      let z = vec4f(gaussians(words.xy), gaussians(words.zw));
      four_numbers(image, NOISE_BLOCK / 4u * block + i, z);
    }
  }
}

/// Numbers 4 `word` and on of an image, and their place in the recording.
fn four_numbers(image: u32, word: u32, z: vec4f) {
  let at = plane(X, image) + 4u * word;
  let m = plane(MEMORY, image) + 4u * word;
  let x_t = four(at);
  let net = four(plane(OUTPUT, image) + 4u * word);
  let x = step.x * x_t + step.net * net + step.z * z + step.memory * four(m);
  set_four(m, step.memory_x * x_t + step.memory_net * net);
  set_four(at, x);

  let words = dispatch.images * NUMBERS / 4u;
  let place = step.index % dispatch.kept * 3u * words + image * NUMBERS / 4u + word;
  recorded[place] = to_bytes(x);
  recorded[place + words] = to_bytes(step.x0_x * x_t + step.x0_net * net);
  recorded[place + 2u * words] = to_bytes(step.eps_x * x_t + step.eps_net * net);
}

fn four(at: u32) -> vec4f {
  return vec4f(images[at], images[at + 1u], images[at + 2u], images[at + 3u]);
}

fn set_four(at: u32, x: vec4f) {
  images[at] = x.x;
  images[at + 1u] = x.y;
  images[at + 2u] = x.z;
  images[at + 3u] = x.w;
}

/// As image::to_byte: -1 is 0, 1 is 255, to the nearest.
fn to_bytes(x: vec4f) -> u32 {
  let bytes = vec4u((clamp(x, vec4f(-1.0), vec4f(1.0)) + 1.0) * 127.5 + 0.5);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

// ---- Noise: the same integers as noise.rs

/// Block `block` of the ChaCha8 stream whose key is (seed, NOISE_USE) and whose nonce is (t, image).
fn chacha8(block: u32, t: u32, image: u32) -> array<vec4u, 4> {
  let a0 = vec4u(0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u);
  let b0 = vec4u(dispatch.seed_low, dispatch.seed_high, NOISE_USE, 0u);
  let c0 = vec4u(0u);
  let d0 = vec4u(block, 0u, t, image);
  var s = array<vec4u, 4>(a0, b0, c0, d0);
  for (var i = 0u; i < 4u; i++) {
    // The columns, and then, turned into columns, the diagonals.
    s = quarter_rounds(s[0], s[1], s[2], s[3]);
    s = quarter_rounds(s[0], s[1].yzwx, s[2].zwxy, s[3].wxyz);
    s = array<vec4u, 4>(s[0], s[1].wxyz, s[2].zwxy, s[3].yzwx);
  }
  return array<vec4u, 4>(s[0] + a0, s[1] + b0, s[2] + c0, s[3] + d0);
}

fn quarter_rounds(a0: vec4u, b0: vec4u, c0: vec4u, d0: vec4u) -> array<vec4u, 4> {
  let a1 = a0 + b0;
  let d1 = rotate(d0 ^ a1, 16u);
  let c1 = c0 + d1;
  let b1 = rotate(b0 ^ c1, 12u);
  let a2 = a1 + b1;
  let d2 = rotate(d1 ^ a2, 8u);
  let c2 = c1 + d2;
  let b2 = rotate(b1 ^ c2, 7u);
  return array<vec4u, 4>(a2, b2, c2, d2);
}

fn rotate(x: vec4u, bits: u32) -> vec4u {
  return (x << vec4u(bits)) | (x >> vec4u(32u - bits));
}

/// Box-Muller: two N(0, 1) from two words.
fn gaussians(words: vec2u) -> vec2f {
  let radius = sqrt(-2.0 * log_accurate((f32(words.x) + 1.0) * 0x1p-32));
  return radius * cos_sin_turns(words.y >> 8u);
}

/// ln x for 0 < x <= 1. The built-in may be off by 5e-7 near 1, which the square root enlarges.
fn log_accurate(x: f32) -> f32 {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)), and ln m = 2 artanh s as a series.
  let bits = bitcast<u32>(x) + (0x3f800000u - 0x3f3504f3u);
  let e = f32(i32(bits >> 23u) - 127);
  let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  let s = f / (2.0 + f);
  let z = s * s;
  let series = z * (0.66666667 + z * (0.4 + z * (0.28571430 + z * 0.22222222)));
  return e * 0.69314718 + (f - s * (f - series));
}

/// Cosine and sine of `n` / 2^24 turns; the built-ins may be off by 5e-4.
fn cos_sin_turns(n: u32) -> vec2f {
  // The nearest quarter turn, and what is left: an angle of at most 1/8 turn either way.
  let quarter = (n + (1u << 21u)) >> 22u;
  let angle = f32(i32(n) - i32(quarter << 22u)) * 3.7450703e-7;
  let a = angle * angle;
  let sine = angle + angle * a * (-0.16666667 + a * (0.0083333333 - a * (1.9841270e-4 - a * 2.7557319e-6)));
  let cosine = 1.0 + a * (-0.5 + a * (0.041666667 - a * (0.0013888889 - a * 2.4801587e-5)));
  switch (quarter & 3u) {
    case 0u: { return vec2f(cosine, sine); }
    case 1u: { return vec2f(-sine, cosine); }
    case 2u: { return vec2f(-cosine, -sine); }
    default: { return vec2f(sine, -cosine); }
  }
}
