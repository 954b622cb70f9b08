// What was taken to learn from: the first pictures, how many there are, of what size and classes, and what was refused.

import { count } from "../../lib/text.js";
import { byId } from "../shared/dom.js";
import { bytesOf, draw, wipe } from "../shared/draw.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */

/** Pictures in a row, for six rows of eight; on a narrow screen without enough pixels for twice the size, fewer. */
const [FEWEST_COLUMNS, MOST_COLUMNS] = [4, 8];
/** A row has so many times as many pictures as a column: the box is as wide. */
const WIDE = 4 / 3;
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
  const size = bytesOf({ side, channels });
  const fitting = Math.floor((canvas.parentElement.clientWidth * devicePixelRatio) / (2 * (side + 1)));
  const most = Math.min(MOST_COLUMNS, Math.max(FEWEST_COLUMNS, fitting));
  const columns = Math.min(most, Math.ceil((WIDE * (images.length / size)) ** 0.5));
  draw(canvas, images.subarray(0, columns * Math.floor(most / WIDE) * size), { side, channels }, columns);
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
