// Reads one f32 tensor of a safetensors file: a length, a JSON header, the numbers.

import { readFileSync } from "node:fs";

/** @returns {Float32Array} */
export function readTensor(path, name) {
  const file = readFileSync(path);
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, start));
  const { dtype, data_offsets: [from, to] } = header[name];
  if (dtype !== "F32") throw new Error(`${name} is ${dtype}, not F32`);
  return floats(file.subarray(start + from, start + to));
}

/** Little-endian f32 numbers, as the tensors and `ddpm sample --raw` have them. */
export function floats(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, at) => view.getFloat32(4 * at, true));
}
