// The panel, opened: which buttons can be pressed, and what they do.

import { sentenceOf } from "../../lib/errors.js";
import { createTrainer } from "../../lib/trainer.js";
import { words as all } from "../../words/words.js";
import { byId, showError, tell } from "../shared/dom.js";
import { changes, computing, fitData, fitModel, forgetChoices, misfitOfChoices, showFit, trainerOptions, wantedPictures, watchSize } from "./choices.js";
import { eraseKept, keptInShort, keptRun, readKept, showKept } from "./kept.js";
import { download, fileName, useAbove } from "./result.js";
import { beginRun, currentTrainer, endRun, goOn, nameOfRun, pauseRun, stateOfRun, stepRun, watchRun } from "./run.js";
import { adoptData, complainOfData, currentData, missing, readAgain, watchData, whenRead } from "./source.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */

const words = all.train;

const [start, pause, step, stop] = ["train-start", "train-pause", "train-step", "train-stop"].map(byId);
const [use, save] = ["train-use", "train-download"].map(byId);
const replace = byId("train-replace");

/** @type {Engine} */
let engine;
/** @type {import("../shared/panel.js").Page} */
let page;
/** The weights of a training that was stopped. @type {File | null} */
let left = null;
/** Settles when the thing that was asked for last is done. @type {Promise<void>} */
let before = Promise.resolve();

/** @type {import("../shared/panel.js").Mount} */
export function mount(ready, its) {
  engine = ready;
  page = its;
  fitModel(engine);
}

/** The panel is opened for the first time. */
export async function show() {
  await readKept();
  showKept(true);
  await showFit();
  showState();
}

function showState() {
  const state = stateOfRun();
  const trainer = currentTrainer();
  const focused = /** @type {any} */ (document.activeElement);
  const goesOn = trainer !== null && (state === "paused" || state === "running");
  start.textContent = goesOn ? words.goOn : words.start;
  start.disabled = state === "running" || state === "preparing";
  pause.disabled = state !== "running";
  step.disabled = state !== "paused";
  stop.disabled = trainer === null;
  use.disabled = save.disabled = trainer === null && left === null;
  showKept(trainer === null && state !== "preparing");
  // A button that is disabled loses the focus; what can be done next gets it.
  const next = { running: pause, paused: start, finished: use, failed: start, none: start }[state];
  if ([start, pause, step, stop].includes(focused) && focused.disabled && !next?.disabled) next?.focus({ preventScroll: true });
}

/** One thing is done after the other. @param {() => Promise<void>} deed @param {(message: string) => string} failed an error's message in a sentence */
function doing(deed, failed) {
  before = before.then(deed).catch((error) => {
    showError(byId("train-error"), failed(sentenceOf(error)));
  }).then(showState);
  return before;
}

/** Whether the kept run may be replaced: the visitor is asked. @returns {Promise<boolean>} */
async function mayReplace() {
  const run = keptRun();
  if (run === null) return true;
  tell(byId("train-replace-line"), words.replaced(keptInShort(run)));
  replace.returnValue = "";
  replace.showModal();
  await new Promise((resolve) => { replace.addEventListener("close", resolve, { once: true }); });
  return replace.returnValue === "yes";
}

/** Starts with the pictures and choices that are there. */
async function begin() {
  showError(byId("train-form-error"), null);
  await whenRead();
  const data = currentData();
  if (data === null) {
    complainOfData(missing());
    byId("train-data-error").scrollIntoView({ block: "nearest" });
    return;
  }
  const wrong = misfitOfChoices();
  if (wrong !== null) {
    showError(byId("train-form-error"), wrong);
    return;
  }
  if (!await mayReplace()) return;
  left = null;
  forgetResult();
  await beginRun(trainerOptions(data));
}

function forgetResult() {
  byId("train-result-line").textContent = "";
  byId("train-card").hidden = true;
}

/** The kept run goes on. */
async function resume() {
  const { checkpoint, data, about } = keptRun();
  left = null;
  forgetResult();
  adoptData(data);
  fitData(data);
  await beginRun({ data, checkpoint, recipe: changes(), ...computing() }, about.curve);
}

/** The weights as they are now. @returns {Promise<File>} */
async function weightsNow() {
  const trainer = currentTrainer();
  if (trainer === null) return left;
  return fileOf(await trainer.weights(), fileName(nameOfRun(), trainer.done));
}

/** @param {Uint8Array} bytes @param {string} name */
const fileOf = (bytes, name) => new File([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], name);

async function end() {
  await pauseRun(); // which saves it
  left = await weightsNow();
  endRun(currentTrainer().done);
}

/** The weights of the kept run, for which a trainer is made and ended again. */
async function downloadKept() {
  const { checkpoint, data, about } = keptRun();
  const trainer = await createTrainer({ data, checkpoint, engine: "cpu", workers: 1, sampling: null });
  try {
    byId("train-run").hidden = false;
    await download(fileOf(await trainer.weights(), fileName(about.name, about.steps)), engine);
  } finally {
    trainer.close();
  }
}

/** Starts the run, which goes on for long: nobody waits for it. */
function onStart(event) {
  event.preventDefault();
  if (start.disabled) return;
  if (stateOfRun() === "paused" && currentTrainer() !== null) goOn();
  else begin();
}

watchData({ wanted: wantedPictures, forget: forgetChoices, fit: (data) => {
  fitData(data);
  if (stateOfRun() === "none") byId("train-status").textContent = data === null ? words.choosePictures : words.ready;
} });
watchSize(() => readAgain(false));
watchRun(showState);
byId("train-form").addEventListener("submit", onStart);
pause.addEventListener("click", () => doing(pauseRun, words.notPaused));
step.addEventListener("click", () => doing(stepRun, words.notStepped));
stop.addEventListener("click", () => doing(end, words.notStopped));
use.addEventListener("click", () => doing(async () => useAbove(await weightsNow(), page), words.notUsed));
save.addEventListener("click", () => doing(async () => download(await weightsNow(), engine), words.notSaved));
byId("train-resume").addEventListener("click", resume);
byId("train-kept-download").addEventListener("click", () => doing(downloadKept, words.keptUnreadable));
byId("train-erase").addEventListener("click", () => doing(async () => {
  await eraseKept();
  byId("train-panel").querySelector("summary").focus({ preventScroll: true });
}, words.notErased));
for (const answer of ["yes", "no"]) byId(`train-replace-${answer}`).addEventListener("click", () => replace.close(answer));
