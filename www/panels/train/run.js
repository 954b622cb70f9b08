// The training that is under way: it is started, paused, stepped and stopped here, and tells what it does.

import { sentenceOf } from "../../lib/errors.js";
import { createTrainer } from "../../lib/trainer.js";
import { words as all } from "../../words/words.js";
import { byId, showError } from "../shared/dom.js";
import { hold, keep, letGo, tellTaken } from "./kept.js";
import { Losses } from "./losses.js";
import { showNothing, showNumbers, showSample } from "./shown.js";
import { countOf } from "./taken.js";

/** @typedef {import("../../lib/trainer.js").Trainer} Trainer */
/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** @typedef {import("./losses.js").Kept} KeptLosses */

const words = all.train;

/** Numbers are shown this often, in milliseconds. Steps may come a hundred times as often. */
const EVERY_MS = 300;
/** Samples of one seed, in few steps, so that they cost little. */
const SAMPLING = { count: 8, steps: 20, seed: 0 };

const status = byId("train-status");

/** @typedef {"none" | "preparing" | "running" | "paused" | "finished" | "failed"} State */
/** @type {State} */
let state = "none";
/** @type {Trainer | null} */
let trainer = null;
/** @type {TrainingData} */
let data;
let losses = new Losses();
/** @type {{ imagesPerSecond: number, secondsLeft: number } | null} */
let pace = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let showing;
/** Told whenever the state changes. @type {() => void} */
let onState = () => {};

/** @param {() => void} told */
export function watchRun(told) {
  onState = told;
}

export const stateOfRun = () => state;
/** @returns {Trainer | null} */
export const currentTrainer = () => trainer;
/** What is trained on, in a word. */
export const nameOfRun = () => data.name;

/** @param {string} sentence */
function say(sentence) {
  status.textContent = sentence;
}

/** @param {State} next */
function become(next) {
  state = next;
  showNow();
  onState();
}

function showNow() {
  clearTimeout(showing);
  showing = undefined;
  if (trainer !== null) showNumbers(trainer, losses, pace);
}

function onStep(step) {
  if (step.loss !== null) losses.add(step.loss); // some engines tell it later
  pace = step;
  showing ??= setTimeout(showNow, EVERY_MS);
}

/** @param {Uint8Array} checkpoint */
function onSave(checkpoint) {
  keep({ checkpoint, data, about: { name: data.name, steps: trainer.done, curve: losses.kept } });
}

/**
 * Another training takes the place of the one that is there.
 * @param {object} options what `createTrainer` is given: pictures, and either choices or a checkpoint
 * @param {KeptLosses} [curve] the losses so far, of a run that goes on
 */
export async function beginRun(options, curve) {
  clearTimeout(showing);
  trainer?.close();
  trainer = null;
  data = options.data;
  losses = new Losses(curve);
  pace = null;
  showNothing();
  showError(byId("train-error"), null);
  byId("train-keeping").textContent = "";
  say(words.loading);
  become("preparing");
  const isKept = await hold();
  try {
    trainer = await createTrainer({
      ...options,
      sampling: SAMPLING,
      onProgress: (loaded, total) => say(words.loadingTrainer(loaded, total)),
      onStep,
      onSample: (sample) => showSample(sample, data),
      onSave: isKept ? onSave : undefined,
      onChange: () => showNow(),
    });
  } catch (error) {
    fail(words.notStarted, error);
    return;
  }
  const shown = byId("train-run");
  shown.hidden = false;
  shown.scrollIntoView({ block: "start" });
  if (!isKept) tellTaken();
  await goOn();
}

/** Trains until it is paused, finished or fails. */
export async function goOn() {
  const mine = trainer;
  say(words.trainingOn(countOf(data)));
  become("running");
  try {
    await mine.start();
  } catch (error) {
    if (mine === trainer) fail(words.failed, error);
    return;
  }
  if (mine !== trainer) return;
  say(mine.state === "finished" ? words.done(mine.done) : words.pausedAfter(mine.done));
  become(mine.state === "finished" ? "finished" : "paused");
}

export async function pauseRun() {
  await trainer.pause();
}

export async function stepRun() {
  try {
    const { loss } = await trainer.step();
    say(words.steppedTo(trainer.done, loss));
  } catch (error) {
    fail(words.failed, error);
    return;
  }
  become(trainer.state === "finished" ? "finished" : "paused");
}

/** @param {(message: string) => string} failed an error's message in a sentence @param {unknown} error */
function fail(failed, error) {
  showError(byId("train-error"), failed(sentenceOf(error)));
  closeRun(words.notRunning);
  become("failed");
}

/** Ends the workers. What is shown stays. @param {string} sentence */
function closeRun(sentence) {
  clearTimeout(showing);
  showing = undefined;
  trainer?.close();
  trainer = null;
  letGo();
  say(sentence);
}

/** The training is over, by the visitor's wish: its weights and its kept run stay. @param {number} steps that were taken */
export function endRun(steps) {
  closeRun(words.stoppedAfter(steps));
  become("none");
}
