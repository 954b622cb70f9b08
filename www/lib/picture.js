// Planes of bytes, as canvases want them.

import { check, whole } from "./checks.js";

/** The size and colours of a model's pictures. @typedef {import("./pool.js").Info["image"]} ImageSpec */

/**
 * One of several pictures, for a canvas' `putImageData`.
 * @param {Uint8Array} bytes a step's `x_t`, `x_0` or `eps`: for each picture one plane of `side * side` bytes in grey,
 *   or three (red, green, blue) in colour
 * @param {ImageSpec} image `engine.info.image`
 * @param {number} [index] which of them, from 0
 * @returns {ImageData} `side` pixels wide and high
 */
export function toImageData(bytes, { side, channels }, index = 0) {
  const plane = side * side;
  check("index", index, whole(0, bytes.length / (channels * plane) - 1));
  const picture = bytes.subarray(index * channels * plane, (index + 1) * channels * plane);
  const data = new ImageData(side, side);
  for (let at = 0; at < plane; at += 1) {
    for (let colour = 0; colour < 3; colour += 1) data.data[4 * at + colour] = picture[(colour % channels) * plane + at];
    data.data[4 * at + 3] = 255;
  }
  return data;
}
