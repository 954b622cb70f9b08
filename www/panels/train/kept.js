// The one run that this browser keeps: saved as it goes, offered after a reload, and erased when the visitor says so.

import { sentenceOf } from "../../lib/errors.js";
import { count } from "../../lib/text.js";
import { saved } from "../../lib/trainer.js";
import { byId, showError } from "../shared/dom.js";
import { hint } from "./hint.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** What is known of a kept run. @typedef {{ name: string, steps: number, curve: import("./losses.js").Kept }} About */
/** @typedef {{ checkpoint: Uint8Array, data: TrainingData, about: About, when: number }} Run */

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

const clock = (when) => new Date(when).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** "A run of 20 drawings, 1,240 steps, from 14:32". @param {Run} run */
export function wordsOf({ about: { name, steps }, when }) {
  const day = new Date(when).toDateString() === new Date().toDateString() ? "" : `${new Date(when).toLocaleDateString()}, `;
  return `A run of ${name}, ${count(steps)} ${steps === 1 ? "step" : "steps"}, from ${day}${clock(when)}`;
}

/** Reads the slot. Where storage does not work, there is no run. */
export async function readKept() {
  run = await saved.read().catch(() => null);
  hint.write(run === null ? null : wordsOf(run));
}

/** Says what is kept, with what can be done with it; during a training there is nothing to do with it. @param {boolean} idle */
export function showKept(idle) {
  place.hidden = run === null || !idle;
  place.querySelector(".row").hidden = false;
  byId("train-kept-line").textContent = run === null ? "" : `${wordsOf(run)} is kept in this browser.`;
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
  keeping.textContent = "Another tab of this page trains and is kept. This run is not: download its weights before you leave.";
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
    hint.write(wordsOf(run));
    keeping.textContent = `Saved in this browser at ${clock(run.when)}: it goes on after a reload.`;
    showError(byId("train-keeping-error"), null);
  } catch (failure) {
    showError(byId("train-keeping-error"), `This run could not be saved (${sentenceOf(failure)}). It goes on: download its weights before you leave.`);
  }
}

export async function eraseKept() {
  await saved.erase();
  run = null;
  hint.write(null);
}
