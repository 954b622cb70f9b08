// The training pictures that are nearest to the image that is large.

import { words } from "../../words/below.js";
import { byId } from "../shared/dom.js";
import { draw } from "../shared/draw.js";
import { newest } from "../shared/newest.js";
import { loadSample, SAMPLES } from "../shared/sample.js";

/** What is looked for: an image of a step, the training pictures, its bytes, their size and colours.
    @typedef {{ of: object, image: number, trained: string, bytes: Uint8Array, spec: import("../shared/draw.js").ImageSpec }} Image */

const { findLabel, nearestInWords, notFound } = words.nearest;

const COUNT = 6;

const [box, find, line] = ["nearest", "nearest-find", "nearest-line"].map(byId);
const canvas = byId("nearest-pictures");
/** The training pictures, by their names, once the visitor has asked for them. @type {Map<string, Promise<import("../../lib/trainer.js").TrainingData>>} */
const samples = new Map();
/** Which of them the visitor has asked for. @type {Set<string>} */
const asked = new Set();
/** @type {Image | null} */
let image = null;

/** @param {string} name */
async function read(name) {
  const [{ readPictures }, files] = await Promise.all([import("../../lib/trainer.js"), loadSample(name)]);
  return (await readPictures(files)).data;
}

/** @param {string} name */
async function pictures(name) {
  if (!samples.has(name)) samples.set(name, read(name));
  return samples.get(name).catch((error) => {
    samples.delete(name);
    throw error;
  });
}

const search = newest({
  wish: () => image,
  async serve(wanted, isCurrent) {
    if (wanted === null || !asked.has(wanted.trained)) return;
    const data = await pictures(wanted.trained);
    const { nearestPictures } = await import("../../lib/trainer.js");
    const [found] = await nearestPictures(data, wanted.bytes, COUNT);
    if (!isCurrent()) return;
    const size = wanted.bytes.length;
    const nearest = new Uint8Array(found.length * size);
    found.forEach(({ index }, at) => nearest.set(data.images.subarray(index * size, (index + 1) * size), at * size));
    canvas.parentElement.hidden = false;
    draw(canvas, nearest, wanted.spec, found.length);
    line.textContent = nearestInWords(found.length, SAMPLES[wanted.trained], found[0].distance);
  },
  line: byId("nearest-error"),
  words: notFound,
  boxes: [canvas.parentElement],
});

/**
 * Another image is large.
 * @param {Image | null} now null where its model was trained on other pictures than the sample's
 */
export function showNearest(now) {
  box.hidden = now === null;
  if (now?.of === image?.of && now?.image === image?.image) return;
  if (now?.trained !== image?.trained) {
    canvas.parentElement.hidden = true;
    line.textContent = "";
    find.hidden = asked.has(now?.trained);
    if (now !== null) find.textContent = findLabel(SAMPLES[now.trained].megabytes.toFixed(1));
  }
  image = now;
  if (asked.has(now?.trained)) search.ask();
}

find.addEventListener("click", () => {
  find.hidden = true;
  asked.add(image.trained);
  search.renew();
});
