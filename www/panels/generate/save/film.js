// A run as an animation.

import { enlargedPixels } from "./images.js";

/** The most frames of an animation: it stays below some megabytes. */
export const MOST_FRAMES = 60;
/** How long it takes to play, in milliseconds, within what a frame may take. */
const [LENGTH, SHORTEST, LONGEST] = [4000, 60, 400];

/**
 * @param {Uint8Array[]} batches one for each step
 * @param {import("../../shared/draw.js").ImageSpec} spec
 * @param {number} scale each pixel is a square of so many pixels
 * @param {(done: number, frames: number) => void} onFrame before each frame
 * @returns {Promise<Blob>} a GIF file
 */
export async function runGif(batches, spec, scale, onFrame) {
  const { encodeGif } = await import("../../../lib/trainer.js");
  const count = Math.min(batches.length, MOST_FRAMES);
  // The first and the last step are among them.
  const chosen = Array.from({ length: count }, (_, at) => batches[count === 1 ? 0 : Math.round(at * (batches.length - 1) / (count - 1))]);
  const delay = Math.min(Math.max(Math.round(LENGTH / count), SHORTEST), LONGEST);
  function* frames() {
    for (const [done, bytes] of chosen.entries()) {
      onFrame(done + 1, count);
      yield enlargedPixels(bytes, spec, scale);
    }
  }
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (await encodeGif(frames(), delay))], { type: "image/gif" });
}
