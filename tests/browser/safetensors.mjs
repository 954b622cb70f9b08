// A safetensors file is a length, a JSON header, the numbers: reads tensors, tells shapes, writes zeros, changes headers.

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

/** All of a file's tensors, their bytes as they are, and what the file says of itself. @param {Buffer} file */
export function readAll(file) {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(file.toString("utf8", 8, start));
  const tensors = Object.fromEntries(Object.entries(entries).map(([name, { dtype, shape, data_offsets: [from, to] }]) => (
    [name, { dtype, shape, at: start + from, bytes: file.subarray(start + from, start + to) }])));
  return { metadata, tensors };
}

/** Little-endian f32 numbers, as the tensors and `ddpm sample --raw` have them. */
export function floats(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, at) => view.getFloat32(4 * at, true));
}

/** A file with its header changed, and other tensors after its own. @param {(header: object) => object} change */
export function withHeader(file, change, more = Buffer.alloc(0)) {
  const start = 8 + Number(file.readBigUInt64LE(0));
  const header = Buffer.from(JSON.stringify(change(JSON.parse(file.toString("utf8", 8, start)))));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, file.subarray(start), more]);
}

/** The shapes of a file's tensors whose names begin like this, under the rest of their names. @returns {{ [name: string]: number[] }} */
export function shapesIn(path, start) {
  const file = readFileSync(path);
  const header = JSON.parse(file.toString("utf8", 8, 8 + Number(file.readBigUInt64LE(0))));
  const wanted = Object.entries(header).filter(([name]) => name.startsWith(start));
  return Object.fromEntries(wanted.map(([name, { shape }]) => [name.slice(start.length), shape]));
}

/** A file of f32 zeros in these shapes. */
export function writeTensors(shapes) {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const start = end;
    end += 4 * shape.reduce((product, n) => product * n, 1);
    return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(end)]);
}
