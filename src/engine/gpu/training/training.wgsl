// A training step: every image's way through the network and back, the weights' gradients, and Adam.
//
// `walk` is a workgroup an image, as in sampling; the operations of the way back are more rows of the same table
// (src/graph/backward.rs says how they lie). Each tensor keeps its place, and its gradient lies MIRROR elements further
// on, where SiLU's slope waits for it. Nothing writes to borders, which the buffer's zeros leave 0.
// `of_weights` is a workgroup a job: some numbers of a layer's gradient, summed over a share of the images and all
// pixels. `collect` adds the shares up, and `adam` takes the step. Each sum has one order, so that the same adapter
// gives the same bits.
//
// layout.rs writes the declarations in front of this text and of network.wgsl, which comes before it. rounds.rs counts
// the loops: a change to one of them has to be made there too.

// ---- An image's way through the network and back

@compute @workgroup_size(INVOCATIONS)
fn walk(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let image = group.x;
  base = image * SCRATCH;
  quad = invocation / LANES;
  lane = invocation % LANES;
  for (var n = dispatch.first; n < dispatch.end; n++) {
    let op = ops[n];
    switch (op.kind) {
      case ROW: { row(op, image, invocation); }
      case LINEAR: { linear(op, invocation); }
      case LINEAR_BACK: { linear_back(op, invocation); }
      case LOAD: { load(op, image); }
      case NORM: {
        let moments = layer_norm(op, invocation);
        if (invocation == 0u) {
          scratch[base + op.moments] = moments.x;
          scratch[base + op.moments + 1u] = moments.y;
        }
      }
      case NORM_BACK: { norm_back(op, invocation); }
      case CONV: { conv(op); }
      default: { error(op, image, invocation); }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

/// Where an image's numbers start among the examples: x_t, then the target, the time table's row, its importance, and its
/// row of the class table.
fn example(image: u32) -> u32 {
  return image * EXAMPLE;
}

/// What the embeddings' layers see: the time table's row, and a class's.
fn row(op: Op, image: u32, invocation: u32) {
  let time = example(image) + 2u * NUMBERS;
  let class_row = op.weight + u32(examples[time + TIME_DIM + 1u]) * TIME_DIM;
  for (var i = invocation; i < TIME_DIM; i += INVOCATIONS) {
    scratch[base + op.output + i] = examples[time + i] + select(0.0, weights[class_row + i], CLASSES > 0u);
  }
}

/// Where number `c` of a level's embedding is: its channels may be two runs.
fn slot(op: Op, c: u32) -> u32 {
  return c / op.run * op.run_depth + c % op.run;
}

/// A linear layer: `input_used` numbers to `side` numbers.
fn linear(op: Op, invocation: u32) {
  for (var o = invocation; o < op.side; o += INVOCATIONS) {
    var sum = weights[op.bias + o];
    for (var i = 0u; i < op.input_used; i++) {
      sum += scratch[base + op.input + i] * weights[op.weight + i * op.side + o];
    }
    let at = base + op.output + slot(op, o);
    if (op.finish == SILU_AND_SLOPE) {
      let sigmoid = 1.0 / (1.0 + exp(-sum));
      scratch[at] = sum * sigmoid;
      scratch[at + op.plus] = sigmoid * (1.0 + sum * (1.0 - sigmoid));
    } else {
      scratch[at] = sum;
    }
  }
}

/// The gradient of a linear layer's `side` inputs, from that of its `input_used` outputs.
fn linear_back(op: Op, invocation: u32) {
  for (var i = invocation; i < op.side; i += INVOCATIONS) {
    var sum = 0.0;
    for (var o = 0u; o < op.input_used; o++) {
      sum += scratch[base + op.input + slot(op, o)] * weights[op.weight + i * op.input_used + o];
    }
    let at = base + op.output + i;
    switch (op.finish) {
      case SLOPE: { scratch[at] *= sum; }
      case ADD: { scratch[at] += sum; }
      default: { scratch[at] = sum; }
    }
  }
}

/// Where the output's pixel `p` starts.
fn pixel_of(op: Op, p: u32) -> u32 {
  return base + op.output + p / op.side * op.output_row + p % op.side * op.output_pixel;
}

fn load(op: Op, image: u32) {
  // The padding channels' invocations read some channel and write 0.
  let channel = example(image) + min(lane, CHANNELS - 1u) * PIXELS;
  for (var p = quad; p < PIXELS; p += QUADS) {
    scratch[pixel_of(op, p) + lane] = select(0.0, examples[channel + p], lane < CHANNELS);
  }
}

/// The image's part of the loss, and its gradient with respect to the network's output.
fn error(op: Op, image: u32, invocation: u32) {
  let of_image = example(image);
  let importance = examples[of_image + 2u * NUMBERS + TIME_DIM] * slice.scale;
  var squares = 0.0;
  for (var k = invocation; k < NUMBERS; k += INVOCATIONS) {
    let at = pixel_of(op, k % PIXELS) + k / PIXELS;
    let d = scratch[at] - examples[of_image + NUMBERS + k];
    scratch[at + MIRROR] = 2.0 * importance * d;
    squares += d * d;
  }
  let sum = total(squares, invocation);
  if (invocation == 0u) {
    scratch[base + LOSS] = importance * sum;
  }
}

fn time_embedding(op: Op, row: u32) -> f32 {
  if (op.time == 0u) {
    return 0.0;
  }
  return scratch[base + TIMES + op.time - 1u + norm_channel(op, row)];
}

/// With h = (x + time - mean) / deviation and g = dy * weight, the gradient of x is
/// (g - mean of g - h * mean of g * h) / deviation; the time embedding's is its sum over the pixels.
fn norm_back(op: Op, invocation: u32) {
  let rows = op.side * op.vectors;
  let depth = op.vectors * LANES;
  let count = f32(op.side * op.side * op.run * (depth / op.run_depth));
  let mean = scratch[base + op.moments];
  let scale = 1.0 / scratch[base + op.moments + 1u];

  var sum = 0.0;
  var product = 0.0;
  for (var row = quad; row < rows; row += QUADS) {
    let x_at = norm_row(op, op.input, row);
    let dy_at = norm_row(op, op.of_output, row);
    let number = op.weight + row / op.vectors * op.side * depth + norm_channel(op, row);
    let shift = time_embedding(op, row) - mean;
    for (var x = 0u; x < op.side; x++) {
      let g = scratch[dy_at + x * op.output_pixel] * weights[number + x * depth];
      sum += g;
      product += g * (scratch[x_at + x * op.output_pixel] + shift) * scale;
    }
  }
  let mean_g = total(sum, invocation) / count;
  let mean_product = total(product, invocation) / count;

  for (var row = quad; row < rows; row += QUADS) {
    let x_at = norm_row(op, op.input, row);
    let dy_at = norm_row(op, op.of_output, row);
    let dx_at = norm_row(op, op.output, row);
    let number = op.weight + row / op.vectors * op.side * depth + norm_channel(op, row);
    let shift = time_embedding(op, row) - mean;
    let means_something = norm_channel(op, row) % op.run_depth < op.run;
    var of_time = 0.0;
    for (var x = 0u; x < op.side; x++) {
      let g = scratch[dy_at + x * op.output_pixel] * weights[number + x * depth];
      let h = (scratch[x_at + x * op.output_pixel] + shift) * scale;
      let dx = select(0.0, (g - mean_g - h * mean_product) * scale, means_something);
      of_time += dx;
      let at = dx_at + x * op.output_pixel;
      scratch[at] = arriving(op, at, dx);
    }
    if (op.time != 0u) {
      scratch[base + ROW_SUMS + row / op.vectors * depth + norm_channel(op, row)] = of_time;
    }
  }
  if (op.time == 0u) {
    return;
  }
  storageBarrier();
  workgroupBarrier();
  for (var c = invocation; c < depth; c += INVOCATIONS) {
    var of_time = 0.0;
    for (var y = 0u; y < op.side; y++) {
      of_time += scratch[base + ROW_SUMS + y * depth + c];
    }
    scratch[base + OF_TIMES + op.time - 1u + c] = of_time;
  }
}

/// A gradient as it is written: where SiLU's slope waits, times the slope, and with another part of the gradient added
/// before. A software adapter computes both sides of a branch, so there is none.
fn arriving(op: Op, at: u32, gradient: f32) -> f32 {
  let slope = scratch[at];
  let more = select(0.0, scratch[at + op.plus], op.plus != 0u);
  return select(gradient, (gradient + more) * slope, op.finish == SLOPE);
}

/// What network.wgsl asks: writes the sums of a pixel of a tile.
fn write(op: Op, tile: Tile, pixel: u32, sum: vec3f) {
  if (pixel >= tile.pixels) {
    return;
  }
  let at = tile.output + pixel * op.phases * op.output_pixel;
  write_one(op, at, sum.x);
  if (tile.vector + 1u < op.vectors) {
    write_one(op, at + LANES, sum.y);
  }
  if (tile.vector + 2u < op.vectors) {
    write_one(op, at + 2u * LANES, sum.z);
  }
}

fn write_one(op: Op, at: u32, sum: f32) {
  let sigmoid = 1.0 / (1.0 + exp(-sum));
  let makes_slope = op.finish == SILU_AND_SLOPE;
  scratch[at] = select(arriving(op, at, sum), sum * sigmoid, makes_slope);
  if (makes_slope) {
    scratch[at + MIRROR] = sigmoid * (1.0 + sum * (1.0 - sigmoid));
  }
}

// ---- The weights' gradients

/// The images of this workgroup's share, and which share it is.
var<private> first_image: u32;
var<private> end_image: u32;
var<private> share: u32;

@compute @workgroup_size(JOB_INVOCATIONS)
fn of_weights(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let job = jobs[group.x];
  let op = ops[job.op];
  share = group.y;
  let images = (slice.images + SHARES - 1u) / SHARES;
  first_image = min(share * images, slice.images);
  end_image = min(first_image + images, slice.images);
  lane = invocation % LANES;
  let by_quad = job.first + invocation / LANES;
  let by_invocation = job.first + invocation;
  switch (op.kind) {
    case OF_CONV: {
      if (op.kernel == 3u) { of_conv_3x3(op, by_quad); } else { of_conv(op, by_quad); }
    }
    case OF_BIAS: { of_bias(op, by_quad); }
    case OF_NORM: { of_norm(op, by_quad); }
    case OF_LINEAR: { of_linear(op, by_invocation); }
    case OF_CLASS: { of_class(op, by_invocation); }
    default: { of_loss(by_invocation); }
  }
}

/// Adds to a number of this share's gradient.
fn add(place: u32, sum: f32) {
  let at = share * GRADIENT + place;
  sums[at] = select(sums[at] + sum, sum, slice.begins == 1u);
}

/// Of the channels from `vector` on that are LANES apart, those that there are.
fn add_three(op: Op, place: u32, vector: u32, sum: vec3f) {
  add(place, sum.x);
  if (vector + 1u < op.vectors) {
    add(place + LANES, sum.y);
  }
  if (vector + 2u < op.vectors) {
    add(place + 2u * LANES, sum.z);
  }
}

/// The gradient at 7 pixels of a row, in channels that are LANES apart; 0 past the row's end.
fn gradients_at(at: u32, step: u32, pixels: u32) -> Sums {
  return Sums(
    three(at),
    select(vec3f(0.0), three(at + step), pixels > 1u),
    select(vec3f(0.0), three(at + 2u * step), pixels > 2u),
    select(vec3f(0.0), three(at + 3u * step), pixels > 3u),
    select(vec3f(0.0), three(at + 4u * step), pixels > 4u),
    select(vec3f(0.0), three(at + 5u * step), pixels > 5u),
    select(vec3f(0.0), three(at + 6u * step), pixels > 6u),
  );
}

fn three(at: u32) -> vec3f {
  return vec3f(scratch[at], scratch[at + LANES], scratch[at + 2u * LANES]);
}

/// The sums of a row of three taps, and of three such rows.
struct Taps { left: vec3f, middle: vec3f, right: vec3f }
struct Nine { top: Taps, middle: Taps, bottom: Taps }

fn add_taps(taps: Taps, x: Activations, g: Sums) -> Taps {
  return Taps(
    taps.left + x.x0 * g.x0 + x.x1 * g.x1 + x.x2 * g.x2 + x.x3 * g.x3 + x.x4 * g.x4 + x.x5 * g.x5 + x.x6 * g.x6,
    taps.middle + x.x1 * g.x0 + x.x2 * g.x1 + x.x3 * g.x2 + x.x4 * g.x3 + x.x5 * g.x4 + x.x6 * g.x5 + x.x7 * g.x6,
    taps.right + x.x2 * g.x0 + x.x3 * g.x1 + x.x4 * g.x2 + x.x5 * g.x3 + x.x6 * g.x4 + x.x7 * g.x5 + x.x8 * g.x6,
  );
}

/// 2 input channels and 3 vectors of output channels of a quad's, all nine taps. On the way down a row of activations is
/// read once: it is the bottom row of taps first, then the middle one, then the top one.
fn of_conv_3x3(op: Op, cell: u32) {
  let blocks = (op.vectors + TILE_CHANNELS - 1u) / TILE_CHANNELS;
  if (cell >= (op.input_used + 1u) / 2u * blocks) {
    return;
  }
  let vector = cell % blocks * TILE_CHANNELS;
  let input = cell / blocks * 2u;
  let pixel = op.input_pixel;
  let zero = Taps(vec3f(0.0), vec3f(0.0), vec3f(0.0));
  var a = Nine(zero, zero, zero);
  var b = a;
  for (var image = first_image; image < end_image; image++) {
    for (var x = 0u; x < op.side; x += TILE_PIXELS) {
      let g_at = image * SCRATCH + op.output + vector * LANES + lane + x * op.output_pixel;
      let at = image * SCRATCH + op.input + input + x * pixel;
      var a0 = activations(at, pixel);
      var a1 = activations(at + op.input_row, pixel);
      var b0 = activations(at + 1u, pixel);
      var b1 = activations(at + op.input_row + 1u, pixel);
      for (var y = 0u; y < op.side; y++) {
        let g = gradients_at(g_at + y * op.output_row, op.output_pixel, op.side - x);
        let bottom = at + (y + 2u) * op.input_row;
        let a2 = activations(bottom, pixel);
        let b2 = activations(bottom + 1u, pixel);
        a = Nine(add_taps(a.top, a0, g), add_taps(a.middle, a1, g), add_taps(a.bottom, a2, g));
        b = Nine(add_taps(b.top, b0, g), add_taps(b.middle, b1, g), add_taps(b.bottom, b2, g));
        a0 = a1;
        a1 = a2;
        b0 = b1;
        b1 = b2;
      }
    }
  }
  write_nine(op, input, vector, a);
  write_nine(op, input + 1u, vector, b);
}

fn write_nine(op: Op, input: u32, vector: u32, taps: Nine) {
  write_taps(op, 0u, input, vector, taps.top);
  write_taps(op, 1u, input, vector, taps.middle);
  write_taps(op, 2u, input, vector, taps.bottom);
}

fn write_taps(op: Op, ky: u32, input: u32, vector: u32, taps: Taps) {
  if (input >= op.input_used) {
    return;
  }
  let depth = op.vectors * LANES;
  let matrix = op.input_depth * depth;
  let place = op.weight + 3u * ky * matrix + input * depth + vector * LANES + lane;
  add_three(op, place, vector, taps.left);
  add_three(op, place + matrix, vector, taps.middle);
  add_three(op, place + 2u * matrix, vector, taps.right);
}

fn add_tap(sum: vec3f, at: u32, step: u32, g: Sums) -> vec3f {
  return sum + scratch[at] * g.x0 + scratch[at + step] * g.x1 + scratch[at + 2u * step] * g.x2
    + scratch[at + 3u * step] * g.x3 + scratch[at + 4u * step] * g.x4 + scratch[at + 5u * step] * g.x5
    + scratch[at + 6u * step] * g.x6;
}

/// A tap of a phase, 5 input channels and 3 vectors of output channels of a quad's.
fn of_conv(op: Op, cell: u32) {
  let blocks = (op.vectors + TILE_CHANNELS - 1u) / TILE_CHANNELS;
  let groups = (op.input_used + INPUTS - 1u) / INPUTS;
  let taps = op.kernel * op.kernel;
  if (cell >= op.phases * op.phases * taps * groups * blocks) {
    return;
  }
  let vector = cell % blocks * TILE_CHANNELS;
  let input = cell / blocks % groups * INPUTS;
  let matrix = cell / (blocks * groups);
  let tap = vec2u(matrix % taps % op.kernel, matrix % taps / op.kernel);
  let r = vec2u(matrix / taps % op.phases, matrix / taps / op.phases);
  let side = op.side / op.phases;
  let g_step = op.phases * op.output_pixel;
  let x_step = op.stride * op.input_pixel;
  var a = vec3f(0.0);
  var b = vec3f(0.0);
  var c = vec3f(0.0);
  var d = vec3f(0.0);
  var e = vec3f(0.0);
  for (var image = first_image; image < end_image; image++) {
    let x_image = image * SCRATCH + op.input + (r.y + tap.y) * op.input_row + (r.x + tap.x) * op.input_pixel + input;
    let g_image = image * SCRATCH + op.output + r.y * op.output_row + r.x * op.output_pixel + vector * LANES + lane;
    for (var y = 0u; y < side; y++) {
      for (var x = 0u; x < side; x += TILE_PIXELS) {
        let g = gradients_at(g_image + y * op.phases * op.output_row + x * g_step, g_step, side - x);
        let at = x_image + y * op.stride * op.input_row + x * x_step;
        a = add_tap(a, at, x_step, g);
        b = add_tap(b, at + 1u, x_step, g);
        c = add_tap(c, at + 2u, x_step, g);
        d = add_tap(d, at + 3u, x_step, g);
        e = add_tap(e, at + 4u, x_step, g);
      }
    }
  }
  write_tap(op, matrix, input, vector, a);
  write_tap(op, matrix, input + 1u, vector, b);
  write_tap(op, matrix, input + 2u, vector, c);
  write_tap(op, matrix, input + 3u, vector, d);
  write_tap(op, matrix, input + 4u, vector, e);
}

fn write_tap(op: Op, matrix: u32, input: u32, vector: u32, sum: vec3f) {
  if (input >= op.input_used) {
    return;
  }
  let depth = op.vectors * LANES;
  let place = op.weight + (matrix * op.input_depth + input) * depth + vector * LANES + lane;
  add_three(op, place, vector, sum);
}

/// Channel `cell` * LANES + lane: the sum over images and pixels.
fn of_bias(op: Op, cell: u32) {
  if (cell >= op.vectors) {
    return;
  }
  let channel = cell * LANES + lane;
  var sum = 0.0;
  for (var image = first_image; image < end_image; image++) {
    for (var y = 0u; y < op.side; y++) {
      let at = image * SCRATCH + op.output + y * op.output_row + channel;
      for (var x = 0u; x < op.side; x++) {
        sum += scratch[at + x * op.output_pixel];
      }
    }
  }
  add(op.bias + channel, sum);
}

/// A pixel's four channels: the sums over images of dy * h and of dy.
fn of_norm(op: Op, cell: u32) {
  if (cell >= op.side * op.side * op.vectors) {
    return;
  }
  let pixel = cell / op.vectors;
  let channel = cell % op.vectors * LANES + lane;
  let at = pixel / op.side * op.output_row + pixel % op.side * op.output_pixel + channel;
  var weight = 0.0;
  var bias = 0.0;
  for (var image = first_image; image < end_image; image++) {
    base = image * SCRATCH;
    var x = scratch[base + op.input + at];
    if (op.time != 0u) {
      x += scratch[base + TIMES + op.time - 1u + channel];
    }
    let h = (x - scratch[base + op.moments]) / scratch[base + op.moments + 1u];
    let dy = scratch[base + op.output + at];
    weight += dy * h;
    bias += dy;
  }
  let number = pixel * op.vectors * LANES + channel;
  add(op.weight + number, weight);
  add(op.bias + number, bias);
}

/// Of a linear layer: a weight, or behind the weights a bias.
fn of_linear(op: Op, cell: u32) {
  if (cell >= (op.input_used + 1u) * op.side) {
    return;
  }
  let i = cell / op.side;
  let o = cell % op.side;
  var sum = 0.0;
  for (var image = first_image; image < end_image; image++) {
    base = image * SCRATCH;
    var x = 1.0;
    if (i < op.input_used) {
      x = scratch[base + op.input + i];
    }
    sum += x * scratch[base + op.output + slot(op, o)];
  }
  add(op.weight + cell, sum);
}

/// A number of the class table: the sum over the images that have the class.
fn of_class(op: Op, cell: u32) {
  if (cell >= (CLASSES + 1u) * TIME_DIM) {
    return;
  }
  var sum = 0.0;
  for (var image = first_image; image < end_image; image++) {
    let class_row = u32(examples[example(image) + 2u * NUMBERS + TIME_DIM + 1u]);
    if (class_row == cell / TIME_DIM) {
      sum += scratch[image * SCRATCH + op.output + cell % TIME_DIM];
    }
  }
  add(op.weight + cell, sum);
}

/// The slice's part of the loss.
fn of_loss(cell: u32) {
  if (cell > 0u || share > 0u) {
    return;
  }
  var sum = 0.0;
  for (var image = 0u; image < slice.images; image++) {
    sum += scratch[image * SCRATCH + LOSS];
  }
  report[slice.place] = select(report[slice.place] + sum, sum, slice.begins == 1u);
}

// ---- The step

/// The shares' sum for each parameter, and this workgroup's part of its squared norm.
@compute @workgroup_size(INVOCATIONS)
fn collect(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  var squares = 0.0;
  let end = min((group.x + 1u) * CHUNK, PARAMETERS);
  for (var p = group.x * CHUNK + invocation; p < end; p += INVOCATIONS) {
    var sum = 0.0;
    if (update.is_given == 1u) {
      sum = state[4u * PARAMETERS + p];
    } else if (places[p].x != NOWHERE) {
      let place = places[p].x;
      let packed_place = select(place, place - WEIGHTS + FORWARD, place >= WEIGHTS);
      for (var s = 0u; s < SHARES; s++) {
        sum += sums[s * GRADIENT + packed_place];
      }
    }
    state[4u * PARAMETERS + p] = sum;
    squares += sum * sum;
  }
  let norm = total(squares, invocation);
  if (invocation == 0u) {
    report[KEPT + group.x] = norm;
  }
}

/// Kingma and Ba 2015, Algorithm 1, and the weights' average; the weights go to their packed places too.
@compute @workgroup_size(INVOCATIONS)
fn adam(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  var squares = 0.0;
  for (var i = invocation; i < CHUNKS; i += INVOCATIONS) {
    squares += report[KEPT + i];
  }
  let norm = sqrt(total(squares, invocation));
  let share_left = select(min(1.0, update.clip / (norm + 1e-6)), 1.0, update.clip == 0.0);
  let end = min((group.x + 1u) * CHUNK, PARAMETERS);
  for (var p = group.x * CHUNK + invocation; p < end; p += INVOCATIONS) {
    let g = state[4u * PARAMETERS + p] * share_left;
    let m = state[PARAMETERS + p] * update.beta_1 + g * (1.0 - update.beta_1);
    let v = state[2u * PARAMETERS + p] * update.beta_2 + g * g * (1.0 - update.beta_2);
    let weight = state[p] - update.rate * (m * update.of_m) / (sqrt(v * update.of_v) + update.epsilon);
    state[p] = weight;
    state[PARAMETERS + p] = m;
    state[2u * PARAMETERS + p] = v;
    state[3u * PARAMETERS + p] = state[3u * PARAMETERS + p] * update.decay + weight * (1.0 - update.decay);
    if (places[p].x != NOWHERE) {
      packed[places[p].x] = weight;
    }
    if (places[p].y != NOWHERE) {
      packed[places[p].y] = weight;
    }
  }
}
