// The one run that this browser keeps: saved as it goes, offered after a reload, and erased when the visitor says so.

import { sentenceOf } from "../../lib/errors.js";
import { saved } from "../../lib/trainer.js";
import { words as all } from "../../words/words.js";
import { byId, showError, tell } from "../shared/dom.js";
import { clock, hint, inShort } from "./hint.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** What is known of a kept run. @typedef {{ name: string, steps: number, curve: import("./losses.js").Kept }} About */
/** @typedef {{ checkpoint: Uint8Array, data: TrainingData, about: About, when: number }} Run */

const words = all.train;

/** Two tabs that both train would write over each other: only the one that has this lock writes. */
const LOCK = "ddpm-web.training";

const place = byId("train-kept");
const keeping = byId("train-keeping");

/** The run that is kept. @type {Run | null} */
let run = null;
/** What was to be written last, while something is being written. @type {Omit<Run, "when"> | null} */
let next = null;
let writing = false;
/** Ends this tab's hold on the slot; null where it has none. @type {(() => void) | null} */
let release = null;
/** Settles when the lock that this tab had is free again. @type {Promise<unknown>} */
let leaving = Promise.resolve();

/** @returns {Run | null} */
export const keptRun = () => run;

/** @param {Run} run */
const hintOf = ({ about: { name, steps }, when }) => ({ name, steps, when });
/** What sentences say of it. @param {Run} run */
export const keptInShort = (run) => inShort(hintOf(run));

/** Reads the slot. Where storage does not work, there is no run. */
export async function readKept() {
  run = await saved.read().catch(() => null);
  hint.write(run === null ? null : hintOf(run));
}

/** Says what is kept, with what can be done with it; during a training there is nothing to do with it. @param {boolean} idle */
export function showKept(idle) {
  place.hidden = run === null || !idle;
  place.querySelector(".row").hidden = false;
  tell(byId("train-kept-line"), run === null ? "" : words.kept(keptInShort(run)));
}

/** Takes the slot for this tab. @returns {Promise<boolean>} false where another tab has it */
export async function hold() {
  if (release !== null || navigator.locks === undefined) return true;
  await leaving;
  return new Promise((resolve) => {
    leaving = navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      if (lock === null) return undefined;
      return new Promise((done) => { release = () => done(undefined); });
    });
  });
}

/** Lets other tabs have it. */
export function letGo() {
  release?.();
  release = null;
}

/** Another tab trains, so nothing of this one's run is kept. */
export function tellTaken() {
  keeping.textContent = words.otherTab;
}

/**
 * Keeps this run as it is now. While it is being written, the training goes on; of several that come meanwhile the
 * last is written.
 * @param {Omit<Run, "when">} one
 */
export async function keep(one) {
  if (release === null && navigator.locks !== undefined) return; // the run has ended
  next = one;
  if (writing) return;
  writing = true;
  while (next !== null) {
    const now = next;
    next = null;
    await write(now);
  }
  writing = false;
}

/** @param {Omit<Run, "when">} one */
async function write(one) {
  try {
    await saved.write(one);
    run = { ...one, when: Date.now() };
    hint.write(hintOf(run));
    keeping.textContent = words.savedAt(clock(run.when));
    showError(byId("train-keeping-error"), null);
  } catch (failure) {
    showError(byId("train-keeping-error"), words.notKept(sentenceOf(failure)));
  }
}

export async function eraseKept() {
  await saved.erase();
  run = null;
  hint.write(null);
}
