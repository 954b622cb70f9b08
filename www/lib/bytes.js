// Weights files, as callers have them.

import { DdpmError, ours } from "./errors.js";
import { megabytes } from "./text.js";

/** A file's bytes, or what they can be read from. @typedef {Blob | ArrayBuffer | Uint8Array} WeightsFile */

/** @param {unknown} file */
export function mustBeFile(file) {
  if ([Blob, ArrayBuffer, Uint8Array].some((kind) => file instanceof kind)) return;
  throw new DdpmError("weights are a File or Blob, an ArrayBuffer or a Uint8Array");
}

/** @param {WeightsFile} file @param {number} most bytes that a model's file has */
export function mustFit(file, most) {
  const size = file instanceof Blob ? file.size : file.byteLength;
  if (size <= most) return;
  throw new DdpmError(`a file of ${megabytes(size)} is too large for a model of this kind: choose the .safetensors file that \`ddpm export\` wrote`);
}

/** @param {WeightsFile} file @returns {Promise<Uint8Array>} */
export async function bytesOf(file) {
  if (file instanceof Uint8Array) return file;
  try {
    return new Uint8Array(file instanceof Blob ? await file.arrayBuffer() : file);
  } catch (error) {
    throw ours(error); // it may have changed on the disk since it was chosen
  }
}
