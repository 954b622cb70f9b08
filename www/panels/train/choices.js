// The form: what network is trained, from what beginning, and how. What is left empty gets what suits the pictures.

import { previewTraining } from "../../lib/trainer.js";
import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";

/** @typedef {import("../../lib/trainer.js").TrainingData} TrainingData */
/** @typedef {import("../../lib/engine.js").Engine} Engine */

const say = words.train;

/** @type {{ [name: string]: [number, number, number] }} */
const WIDTHS = { small: [6, 12, 24], usual: [10, 20, 40], wide: [16, 32, 64] };
const [LEAST_SIDE, MOST_SIDE, SIDE_STEP] = [12, 64, 4];

const side = byId("train-side");
const [batch, rate, epochs, seed, workers] = ["train-batch", "train-rate", "train-epochs", "train-seed", "train-workers"].map(byId);
const [mirror, shift, classed] = ["train-mirror", "train-shift", "train-classed"].map(byId);
const engineMenu = byId("train-engine");

/** @param {string} name @returns {HTMLInputElement[]} */
const group = (name) => [...document.querySelectorAll(`input[name="${name}"]`)].map((input) => /** @type {any} */ (input));
/** @param {string} name */
const chosen = (name) => group(name).find(({ checked }) => checked).value;
const isFrom = () => chosen("train-begin") === "loaded";

/** @type {Engine | null} */
let engine = null;
/** @type {TrainingData | null} */
let data = null;
/** Which choices the visitor has made: others follow the pictures. @type {Set<Element>} */
const touched = new Set();
/** Counts plans: one that another has overtaken is of no interest. */
let round = 0;
/** @type {() => void} */
let onSize = () => {};

/** @param {() => void} told the pictures are wanted in another size, or grey or coloured */
export function watchSize(told) {
  onSize = told;
}

/** What is asked of the pictures. @returns {{ side?: number, channels?: 1 | 3 }} */
export function wantedPictures() {
  if (isFrom() && engine !== null) return { side: engine.info.image.side, channels: /** @type {1 | 3} */ (engine.info.image.channels) };
  const [grey, colour] = group("train-channels");
  return {
    ...(touched.has(side) ? { side: Number(side.value) } : {}),
    ...(touched.has(grey) || touched.has(colour) ? { channels: colour.checked ? 3 : 1 } : {}),
  };
}

/** Another model is loaded, or another engine runs it. @param {Engine} ready */
export function fitModel(ready) {
  const before = engine?.info.image;
  engine = ready;
  const { image } = ready.info;
  if (isFrom() && before !== undefined && (before.side !== image.side || before.channels !== image.channels)) onSize();
  showFit();
}

/** Other pictures come, for which nothing was chosen yet. */
export function forgetChoices() {
  touched.clear();
}

/** @param {TrainingData | null} theirs */
export function fitData(theirs) {
  data = theirs;
  if (data !== null) {
    side.value = String(data.side);
    group("train-channels").forEach((input) => { input.checked = Number(input.value) === data.channels; });
  }
  classed.disabled = data === null || data.labels === null || data.classes.length < 2 || isFrom();
  if (classed.disabled) classed.checked = false;
  showFit();
}

/** Whether the loaded model's classes are forgotten: these pictures have none, or not as many. */
function forgetsClasses() {
  const told = engine.info.classes.length;
  return told > 0 && data !== null && (data.labels === null || data.classes.length !== told);
}

/** What is said of where the training begins. */
function noteOfBeginning() {
  if (engine === null) return say.noModel;
  if (!isFrom()) return say.untrained;
  if (!forgetsClasses()) return say.fitted;
  return say.forgets(data.labels === null ? 0 : data.classes.length, engine.info.classes.length);
}

/** What the choices so far come to; null where there are no pictures. */
async function plan() {
  if (data === null) return null;
  const widths = isFrom() ? engine.info.widths : WIDTHS[chosen("train-width")];
  const classes = isFrom() ? engine.info.classes.length > 0 && !forgetsClasses() : classed.checked;
  return previewTraining(data, { widths, classes }, recipe());
}

/** What can be chosen, and what the choices come to. */
export async function showFit() {
  const [scratch, loaded] = group("train-begin");
  loaded.disabled = engine === null;
  if (loaded.disabled && loaded.checked) {
    scratch.checked = true;
    onSize();
  }
  byId("train-begin-note").textContent = noteOfBeginning();
  [side, ...group("train-channels"), ...group("train-width")].forEach((input) => { input.disabled = isFrom(); });
  round += 1;
  const mine = round;
  const planned = await plan().catch(() => null); // what cannot be planned cannot be started, and is said then
  if (mine === round) showPlan(planned);
}

/** @param {Awaited<ReturnType<typeof plan>>} planned */
function showPlan(planned) {
  byId("train-width-note").textContent = planned === null ? say.usualWidth : say.planned(planned.parameters, planned.steps);
  for (const [input, key] of [[batch, "batch_size"], [rate, "learning_rate"], [epochs, "epochs"]]) {
    input.placeholder = planned === null ? say.auto : say.autoIs(planned[key]);
  }
  for (const [input, key] of [[mirror, "mirror"], [shift, "shift"]]) {
    if (!touched.has(input) && planned !== null) input.checked = Boolean(planned[key]);
  }
}

/** Those of the inputs that are filled in. @param {Record<string, HTMLInputElement>} inputs @returns {Record<string, number>} */
function given(inputs) {
  const filled = Object.entries(inputs).filter(([, input]) => input.value !== "" && input.validity.valid);
  return Object.fromEntries(filled.map(([key, input]) => [key, input.valueAsNumber]));
}

/** What a run that goes on may be told anew. */
export function changes() {
  return given({ learning_rate: rate, epochs });
}

/** What the visitor has chosen of the recipe. */
function recipe() {
  return {
    ...given({ batch_size: batch, learning_rate: rate, epochs, seed }),
    ...(touched.has(mirror) ? { mirror: mirror.checked } : {}),
    ...(touched.has(shift) ? { shift: shift.checked ? 2 : 0 } : {}),
  };
}

/** The first choice that cannot be used, in a sentence; its input has the focus then. @returns {string | null} */
export function misfitOfChoices() {
  const misfits = new Map([
    [batch, say.batchMisfit(batch.max)],
    [rate, say.rateMisfit],
    [epochs, say.epochsMisfit],
    [seed, say.seedMisfit],
    [workers, say.workersMisfit(workers.max)],
  ]);
  const bad = [...misfits.keys()].find((input) => !input.validity.valid);
  if (bad === undefined) return null;
  byId("train-more").open = true;
  bad.focus();
  return misfits.get(bad);
}

/** What `createTrainer` is told of these choices. @param {TrainingData} data */
export function trainerOptions(data) {
  return {
    data,
    recipe: recipe(),
    ...(isFrom() ? { weights: engine.weights } : { config: { widths: WIDTHS[chosen("train-width")], classes: classed.checked } }),
    ...computing(),
  };
}

/** What computes it, which a kept run may change. */
export function computing() {
  return { engine: engineMenu.value, ...(workers.value === "" ? {} : { workers: workers.valueAsNumber }) };
}

for (let pixels = LEAST_SIDE; pixels <= MOST_SIDE; pixels += SIDE_STEP) side.append(new Option(String(pixels)));
side.value = "28";
workers.placeholder = say.autoIs(navigator.hardwareConcurrency);
const form = byId("train-form");
form.noValidate = true;
form.addEventListener("change", ({ target }) => {
  if (target.type === "file" || target.name === "train-source") return;
  touched.add(target);
  if (target === side || target.name === "train-channels" || target.name === "train-begin") onSize();
  showFit();
});
