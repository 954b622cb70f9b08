// What a training leaves: weights, which the section at the top can use, and which can be downloaded.

import { sentenceOf } from "../../lib/errors.js";
import { megabytes } from "../../lib/text.js";
import { words as all } from "../../words/words.js";
import { showCard } from "../shared/card.js";
import { byId, tell } from "../shared/dom.js";
import { give } from "../shared/give.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */

const words = all.train;

/** What the card needs of a model: any run of it tells. */
const LOOK = { seed: 0, count: 1, sampler: "ddim", steps: 1 };

const line = byId("train-result-line");

/** A file's name from words: "20 drawings" and 1240 steps make "20-drawings-1240-steps.safetensors". @param {string} name @param {number} steps */
export function fileName(name, steps) {
  const plain = name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
  return `${plain || "model"}-${steps}-steps.safetensors`;
}

/** @param {File} file @param {Engine} engine reads it once more, which is a test of it as well */
export async function download(file, engine) {
  give(file);
  line.textContent = words.saysOfItself(file.name, megabytes(file.size));
  const card = byId("train-card");
  try {
    const { info } = await engine.compare(new Uint8Array(await file.arrayBuffer()), LOOK);
    showCard(card, file.name, info);
    card.hidden = false;
  } catch (error) {
    card.hidden = true;
    tell(line, words.unreadable(file.name, sentenceOf(error)));
  }
}

/** The section at the top makes pictures with these weights. @param {File} file @param {import("../shared/panel.js").Page} page */
export async function useAbove(file, { take }) {
  let refused = false;
  line.textContent = words.loadingAbove;
  await take(file, (sentence) => {
    refused = true;
    tell(line, sentence);
  });
  if (refused) return;
  line.textContent = words.usedAbove;
  byId("generate-title").scrollIntoView({ block: "start" });
}
