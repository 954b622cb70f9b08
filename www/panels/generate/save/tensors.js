// A run as a safetensors file: a length, a JSON header, the numbers.

/** @typedef {import("../player.js").Step} Step */
/** @typedef {{ step: Step, t: number | null }} Kept a step, and the timestep of its batch; null where it is finished */

/** The numbers of a step have one tensor each, and so have its pictures. Numbers of eight bytes come first, so that each lies at a multiple of its size. */
const VIEWS = /** @type {const} */ (["x_t", "x_0", "eps"]);

/**
 * `x_t`, `x_0` and `eps` are bytes [steps, images, channels, height, width], where 0 is -1 and 255 is 1; `step`, `t` and
 * `alpha_bar` are a number for each step, and t is -1 where x_t is finished.
 * @param {Kept[]} kept
 * @param {number} count images
 * @param {import("../../shared/draw.js").ImageSpec} spec
 * @param {{ [key: string]: string }} metadata
 * @returns {Blob}
 */
export function runFile(kept, count, { side, channels }, metadata) {
  const n = kept.length;
  const shape = [n, count, channels, side, side];
  /** @type {[string, string, number[], BlobPart[]][]} */
  const tensors = [
    ["alpha_bar", "F64", [n], [Float64Array.from(kept, ({ step }) => step.alphaBar)]],
    ["step", "I32", [n], [Int32Array.from(kept, ({ step }) => step.done)]],
    ["t", "I32", [n], [Int32Array.from(kept, ({ t }) => t ?? -1)]],
    ...VIEWS.map((key) => /** @type {[string, string, number[], BlobPart[]]} */ ([key, "U8", shape, kept.map(({ step }) => /** @type {Uint8Array<ArrayBuffer>} */ (step[key]))])),
  ];
  const header = { __metadata__: metadata };
  let at = 0;
  for (const [name, dtype, itsShape, parts] of tensors) {
    const size = parts.reduce((sum, part) => sum + /** @type {Uint8Array} */ (part).byteLength, 0);
    header[name] = { dtype, shape: itsShape, data_offsets: [at, at + size] };
    at += size;
  }
  const plain = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil(plain.length / 8) * 8).fill(0x20); // spaces
  padded.set(plain);
  const length = new DataView(new ArrayBuffer(8));
  length.setBigUint64(0, BigInt(padded.length), true);
  return new Blob([length, padded, ...tensors.flatMap(([, , , parts]) => parts)], { type: "application/octet-stream" });
}
