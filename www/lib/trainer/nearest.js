// Which pictures of a set are nearest to others.

import { BYTES, check, whole } from "../checks.js";
import { DdpmError } from "../errors.js";
import { withWorker } from "./lent.js";

/** @typedef {{ index: number, distance: number }} Nearest a picture's number in the set, and the root of the mean squared difference of its numbers in [-1, 1]: 0 to 2 */

/**
 * The pictures of a set that are nearest to others, the nearest first.
 * @param {import("./files.js").TrainingData} data the set
 * @param {Uint8Array} pictures one or more, in planes, of the set's size and colours
 * @param {number} [count] how many for each
 * @returns {Promise<Nearest[][]>}
 */
export async function nearestPictures({ images, side, channels }, pictures, count = 4) {
  check("pictures", pictures, BYTES);
  check("count", count, whole(1, 1000));
  if (pictures.length === 0 || pictures.length % (side * side * channels) !== 0) {
    throw new DdpmError(`pictures are of the set's size, ${side} x ${side} in ${channels === 3 ? "colour" : "grey"}`);
  }
  const call = { images, image: { side, channels }, pictures, count };
  return withWorker(async (worker, module) => (await worker.call("nearest", { module, ...call })).nearest);
}
