// Pictures as an animation.

import { check, whole } from "../checks.js";
import { DdpmError } from "../errors.js";
import { withWorker } from "./lent.js";

/** @typedef {{ width: number, height: number, data: Uint8ClampedArray | Uint8Array }} Pixels as `ImageData` has them: red, green, blue and how opaque, a byte each, row by row */

/**
 * Makes a GIF file that repeats for ever. Of a frame with more than 256 colours, similar ones become one.
 * @param {Iterable<Pixels>} frames all of one size. Each is asked for when those before it are encoded, so that a long animation needs little memory
 * @param {number} [delay] milliseconds of a frame, in tens and at least 20; the last has 2 seconds
 * @returns {Promise<Uint8Array>} the file
 */
export async function encodeGif(frames, delay = 60) {
  check("delay", delay, whole(0, 60_000));
  return withWorker(async (worker, module) => {
    await worker.call("gif", { module, delay });
    for (const { width, height, data } of frames) {
      if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array) || data.length !== 4 * width * height) {
        throw new DdpmError("frames are given as { width, height, data }, with four bytes for each of width times height pixels");
      }
      const rgba = new Uint8Array(data);
      await worker.call("frame", { width, height, rgba }, [rgba.buffer]);
    }
    return (await worker.call("encoded")).bytes;
  });
}
