// One reverse step of a batch: the UNet, once or with a guide twice, the sampler's sum and its noise, and what
// the page shows of it. Where the hardware allows it is one dispatch.
//
// A workgroup takes an image through every operation of the graph (src/graph/ops.rs), one after the other
// in a loop, with a barrier between two operations: nothing in this UNet looks across images. All
// its invocations share each operation. Straight-line code for every layer would compile for half a
// minute; the loop compiles in less than a second and runs as fast.
//
// layout.rs writes the declarations in front of this text and of network.wgsl, which comes before it, from the tables that Rust fills the buffers by: the
// constants, the structs Op, Step, Dispatch and Rows, and the bindings. rounds.rs counts the loops: a change to
// one of them has to be made there too.

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
      case NORM: { _ = layer_norm(op, invocation); }
      case CONV: {
        clear_border(op);
        conv(op);
      }
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

// ---- What the network's operations ask

fn time_embedding(op: Op, row: u32) -> f32 {
  if (op.time == 0u) {
    return 0.0;
  }
  return times[times_base + op.time - 1u + norm_channel(op, row)];
}

fn write(op: Op, tile: Tile, pixel: u32, sum: vec3f) {
  if (pixel >= tile.pixels) {
    return;
  }
  let value = select(sum, sum / (1.0 + exp(-sum)), op.finish == SILU);
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
