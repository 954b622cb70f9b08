// What was taken to learn from: the first pictures, how many there are, of what size and classes, and what was refused.

import { count } from "../../lib/text.js";
import { byId } from "../shared/dom.js";
import { bytesOf, draw, wipe } from "../shared/draw.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */

/** So many are shown, in rows of so many. */
const [SHOWN, COLUMNS] = [48, 8];
/** As many classes are named. */
const NAMED = 12;

const canvas = byId("train-taken");

/** "5,000 pictures". @param {TrainingData} data */
export function picturesOf({ images, side, channels }) {
  const n = images.length / bytesOf({ side, channels });
  return `${count(n)} ${n === 1 ? "picture" : "pictures"}`;
}

/** How many of each class there are, the first of them. @param {TrainingData} data */
function classesOf({ classes, labels }) {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label] += 1;
  const told = classes.slice(0, NAMED).map((name, k) => `${name} ${count(counts[k])}`);
  const more = classes.length - told.length;
  return `${told.join(", ")}${more > 0 ? ` and ${more} more classes` : ""}`;
}

/** @param {TrainingData | null} data @param {string[]} [notes] @param {{ name: string, why: string }[]} [refused] */
export function showTaken(data, notes = [], refused = []) {
  showRefused(refused);
  const lines = [byId("train-classes-line"), byId("train-notes")];
  const labelled = data !== null && data.labels !== null && data.classes.length > 1;
  const words = [labelled ? `Classes: ${classesOf(data)}.` : "", notes.join(" ")];
  lines.forEach((line, i) => {
    line.textContent = words[i];
    line.hidden = words[i] === "";
  });
  const line = byId("train-taken-line");
  if (data === null) {
    line.textContent = "No pictures yet.";
    wipe(canvas);
    return;
  }
  const { side, channels, images } = data;
  const all = picturesOf(data);
  line.textContent = `${all}, ${side} × ${side}, ${channels === 3 ? "colour" : "grey"}`;
  const shown = images.subarray(0, SHOWN * bytesOf({ side, channels }));
  draw(canvas, shown, { side, channels }, Math.min(COLUMNS, Math.ceil(((4 / 3) * shown.length / bytesOf({ side, channels })) ** 0.5)));
  canvas.setAttribute("aria-label", `The first of ${all} to learn from`);
}

/** @param {{ name: string, why: string }[]} refused */
function showRefused(refused) {
  const fold = byId("train-refused");
  fold.hidden = refused.length === 0;
  const files = refused.length === 1 ? "1 file was" : `${count(refused.length)} files were`;
  byId("train-refused-line").textContent = `${files} not taken`;
  byId("train-refused-list").replaceChildren(...refused.map(({ name, why }) => (
    Object.assign(document.createElement("li"), { textContent: `${name}: ${why}` }))));
}
