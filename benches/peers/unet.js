// The tutorial's UNet, as tests/pytorch/unet.py has it, in the operations that a library of tensors gives. Weights are random:
// what is measured here is time.

/** Rows of the table of time embeddings, and their length. */
export const [TIME_ROWS, EMBEDDING] = [1000, 100];

/** The table, [TIME_ROWS, EMBEDDING]. */
export function timeTable() {
  return Float32Array.from({ length: TIME_ROWS * EMBEDDING }, (_, at) => {
    const [t, column] = [Math.floor(at / EMBEDDING), at % EMBEDDING];
    const angle = t / 10_000 ** ((2 * (column - (column % 2))) / EMBEDDING);
    return column % 2 ? Math.cos(angle) : Math.sin(angle);
  });
}

/**
 * A library's operations. Images are in whichever order it prefers, and an operation may consume its inputs, but for those that
 * `keep` was asked for. The library makes a layer's weights, by the layer's name, where it first comes to it.
 * @template T
 * @typedef {{
 *   conv: (x: T, name: string, channels: [number, number], kernel: number, stride: number, padding: number) => T,
 *   up: (x: T, name: string, channels: number, kernel: number, stride: number, padding: number, side: number) => T,
 *   norm: (x: T, name: string, channels: number, side: number) => T,
 *   linear: (x: T, name: string, channels: [number, number]) => T,
 *   shift: (x: T, embedding: T) => T,
 *   silu: (x: T) => T,
 *   join: (a: T, b: T) => T,
 *   keep: (x: T) => T,
 * }} Operations
 */

/**
 * @template T
 * @param {Operations<T>} ops
 * @param {T} x images of 28 x 28, one channel
 * @param {T} row their rows of the table, [N, EMBEDDING]
 * @returns {T} the network's output, of x's shape
 */
export function unet({ conv, up, norm, linear, shift, silu, join, keep }, x, row) {
  /** @param {string} name @param {T} image @param {number} side @param {number[]} widths @param {boolean} [last] */
  const level = (name, image, side, widths, last = true) => {
    const embedding = `${name}_time_embedding`;
    const inner = silu(linear(keep(row), `${embedding}.layer_1`, [EMBEDDING, widths[0]]));
    let y = shift(image, linear(inner, `${embedding}.layer_2`, [widths[0], widths[0]]));
    for (let at = 0; at < 3; at += 1) {
      const block = `${name}_block.${at}`;
      if (at < 2 || last) y = norm(y, `${block}.layer_norm`, widths[at], side);
      y = silu(conv(y, `${block}.conv_1`, [widths[at], widths[at + 1]], 3, 1, 1));
      y = silu(conv(y, `${block}.conv_2`, [widths[at + 1], widths[at + 1]], 3, 1, 1));
    }
    return y;
  };
  const skip1 = level("layer_1", x, 28, [1, 10, 10, 10]);
  const skip2 = level("layer_2", conv(keep(skip1), "layer_1_down", [10, 10], 4, 2, 1), 14, [10, 20, 20, 20]);
  const skip3 = level("layer_3", conv(keep(skip2), "layer_2_down", [20, 20], 4, 2, 1), 7, [20, 40, 40, 40]);
  const odd = silu(conv(keep(skip3), "layer_3_down.0", [40, 40], 2, 1, 0));
  const inmost = level("layer_bottleneck", conv(odd, "layer_3_down.2", [40, 40], 4, 2, 1), 3, [40, 20, 20, 40]);
  const even = silu(up(inmost, "layer_4_up.0", 40, 4, 2, 1, 6));
  const y4 = level("layer_4", join(skip3, up(even, "layer_4_up.2", 40, 2, 1, 0, 7)), 7, [80, 40, 20, 20]);
  const y5 = level("layer_5", join(skip2, up(y4, "layer_5_up", 20, 4, 2, 1, 14)), 14, [40, 20, 10, 10]);
  const y6 = level("layer_6", join(skip1, up(y5, "layer_6_up", 10, 4, 2, 1, 28)), 28, [20, 10, 10, 10], false);
  return conv(y6, "conv_out", [10, 1], 3, 1, 1);
}

/** How many numbers the weights above are: what a peer must have made. */
export const PARAMETERS = 491_172;

/**
 * Runs a forward and reads its result back, `steps` times after two to warm up.
 * @param {() => Promise<unknown>} run
 * @param {number} steps
 * @returns {Promise<number[]>} milliseconds
 */
export async function timed(run, steps) {
  /** @type {number[]} */
  const times = [];
  for (let at = 0; at < steps + 2; at += 1) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times.slice(2);
}
