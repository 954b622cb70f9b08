// What was taken to learn from: the first pictures, how many there are, of what size and classes, and what was refused.

import { words as all } from "../../words/words.js";
import { byId, tell } from "../shared/dom.js";
import { bytesOf, draw, wipe } from "../shared/draw.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */

const words = all.train;

/** Pictures in a row, for six rows of eight; on a narrow screen without enough pixels for twice the size, fewer. */
const [FEWEST_COLUMNS, MOST_COLUMNS] = [4, 8];
/** A row has so many times as many pictures as a column: the box is as wide. */
const WIDE = 4 / 3;
/** As many classes are named. */
const NAMED = 12;

const canvas = byId("train-taken");

/** How many pictures there are. @param {TrainingData} data */
export const countOf = ({ images, side, channels }) => images.length / bytesOf({ side, channels });

/** How many of each class there are, the first of them. @param {TrainingData} data */
function classesOf({ classes, labels }) {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label] += 1;
  const told = classes.slice(0, NAMED).map((name, k) => /** @type {[string, number]} */ ([all.shared.className(name), counts[k]]));
  return words.classes(told, classes.length - told.length);
}

/** @param {TrainingData | null} data @param {string[]} [notes] @param {{ name: string, why: string }[]} [refused] */
export function showTaken(data, notes = [], refused = []) {
  showRefused(refused);
  const lines = [byId("train-classes-line"), byId("train-notes")];
  const labelled = data !== null && data.labels !== null && data.classes.length > 1;
  const sentences = [labelled ? classesOf(data) : "", all.shared.said(notes.join(" "))];
  lines.forEach((line, i) => {
    tell(line, sentences[i]);
    line.hidden = sentences[i] === "";
  });
  const line = byId("train-taken-line");
  if (data === null) {
    line.textContent = words.noPictures;
    wipe(canvas);
    return;
  }
  const { side, channels, images } = data;
  line.textContent = words.taken(countOf(data), side, channels);
  const size = bytesOf({ side, channels });
  const fitting = Math.floor((canvas.parentElement.clientWidth * devicePixelRatio) / (2 * (side + 1)));
  const most = Math.min(MOST_COLUMNS, Math.max(FEWEST_COLUMNS, fitting));
  const columns = Math.min(most, Math.ceil((WIDE * (images.length / size)) ** 0.5));
  draw(canvas, images.subarray(0, columns * Math.floor(most / WIDE) * size), { side, channels }, columns);
  canvas.setAttribute("aria-label", words.takenLabel(countOf(data)));
}

/** @param {{ name: string, why: string }[]} refused */
function showRefused(refused) {
  const fold = byId("train-refused");
  fold.hidden = refused.length === 0;
  byId("train-refused-line").textContent = words.refused(refused.length);
  byId("train-refused-list").replaceChildren(...refused.map(({ name, why }) => {
    const item = document.createElement("li");
    tell(item, words.refusedBecause(name, why));
    return item;
  }));
}
