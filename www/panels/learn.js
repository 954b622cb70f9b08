// Watch it learn: what one seed becomes after some epochs of training, and the loss curve beside it.

import { Downloads } from "../lib/download.js";
import { words } from "../words/below.js";
import { oneOf } from "./shared/address.js";
import { fillKeys } from "./shared/chips.js";
import { compared } from "./shared/compared.js";
import { curve } from "./shared/curve.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";
import { ofKeys, Part } from "./shared/part.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

/**
 * A training whose moments are shown.
 * @typedef {object} Training
 * @property {number[]} epochs those whose weights came with the page, as files in assets/epochs; the last is the model's own
 * @property {string[]} logs in assets, one after the other
 */

/** Trainings by the models that they led to. @type {Readonly<{ [model: string]: Training }>} */
const TRAININGS = Object.freeze({
  page: {
    epochs: [0, 1, 2, 5, 10, 54],
    logs: ["training-page/metrics.jsonl", "training-classes/metrics.jsonl"],
  },
  tutorial: { epochs: [0, 1, 5, 30], logs: ["training/metrics.jsonl"] },
});

/** Whose training is there at first. */
const FIRST = "page";

/** One moment of a training. @typedef {{ model: string, epoch: number }} Moment */

/** @type {Readonly<{ [model: string]: Moment[] }>} */
const MOMENTS = Object.freeze(Object.fromEntries(
  Object.entries(TRAININGS).map(([model, { epochs }]) => [model, epochs.map((epoch) => ({ model, epoch }))]),
));

const section = byId("learn");
const slider = byId("epoch");
const marks = byId("epoch-marks");
const models = byId("epoch-model");

/** @type {Engine} */
let engine;
/** They are made once, because a seed gives the same ones again. @type {Map<Moment, import("./shared/compared.js").Pictures>} */
const made = new Map();
/** The mean loss of each epoch. @type {Map<string, number[]>} */
const losses = new Map();
/** Moves the curve's cursor. @type {((epoch: number) => void) | null} */
let point = null;
/** Whose curve is drawn. @type {string | null} */
let drawn = null;

/** The training that is chosen. */
const chosen = () => /** @type {HTMLInputElement} */ (models.querySelector(":checked")).value;
const epochs = () => TRAININGS[chosen()].epochs;

const keys = ofKeys(models, () => FIRST);
const part = new Part(section, {
  model: {
    ...keys,
    put: (text) => {
      const words = keys.put(text);
      offer();
      return words;
    },
  },
  epoch: {
    now: () => String(epochs()[slider.valueAsNumber]),
    put: (text) => {
      const at = epochs().map(String).indexOf(text);
      if (at >= 0) slider.value = String(at);
      return at < 0 ? oneOf(...epochs().map(String)).words : null;
    },
    usual: () => "0",
  },
});

/** Each epoch's weights take a megabyte, so they are fetched only while the section is on the screen. */
const moments = newest({
  wish: () => MOMENTS[chosen()][slider.valueAsNumber],
  serve: show,
  line: byId("epoch-error"),
  words: words.learn.failed,
  boxes: [byId("epoch-box")],
  section,
});

/** @param {string} path */
function fetched(path) {
  return new Downloads().bytes(new URL(`../../assets/${path}`, import.meta.url));
}

/** The last epoch's are the model's own, which may be loaded already. @param {Moment} moment */
async function weightsAt({ model, epoch }) {
  if (epoch === TRAININGS[model].epochs.at(-1)) return engine.shippedBytes(model);
  return fetched(`epochs/${model}/${String(epoch).padStart(3, "0")}.safetensors`);
}

/** Draws a training's loss curve. @param {string} model */
async function drawLosses(model) {
  if (!losses.has(model)) {
    const logs = await Promise.all(TRAININGS[model].logs.map(fetched));
    const lines = logs.flatMap((log) => new TextDecoder().decode(log).trim().split("\n"));
    losses.set(model, lines.map((line) => JSON.parse(line).loss));
  }
  point = curve(byId("epoch-curve"), losses.get(model), TRAININGS[model].epochs);
  drawn = model;
}

/** @param {Moment} moment */
function describe({ model, epoch }) {
  return epoch === 0 ? words.learn.untrained : words.learn.moment(epoch, losses.get(model)[epoch - 1]);
}

/** @param {Moment} moment */
async function show(moment) {
  if (drawn !== moment.model) await drawLosses(moment.model);
  byId("epoch-text").textContent = describe(moment);
  slider.setAttribute("aria-valuetext", describe(moment));
  point(moment.epoch);
  if (!made.has(moment)) made.set(moment, await compared(engine, await weightsAt(moment)));
  const { bytes, image } = made.get(moment);
  draw(byId("epoch-pictures"), bytes, image);
}

/** Offers the moments of the training that is chosen, and stays at the last where that was shown. */
function offer() {
  const all = epochs();
  const atLast = slider.value === slider.max;
  marks.replaceChildren(...all.map((epoch) => Object.assign(document.createElement("button"), {
    type: "button", disabled: slider.disabled, textContent: String(epoch), title: epoch === 0 ? words.learn.untrained : words.learn.after(epoch),
  })));
  const place = atLast ? all.length - 1 : Math.min(slider.valueAsNumber, all.length - 1);
  slider.max = String(all.length - 1);
  slider.value = String(place);
  byId("epoch-words").textContent = words.learn.trainings[chosen()];
}

/** These models came with the page: another engine or model changes nothing. @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  if (engine === ready) return;
  engine = ready;
  [slider, ...marks.children].forEach((control) => { /** @type {any} */ (control).disabled = false; });
  part.meet();
  moments.renew();
}

function follow() {
  part.note();
  moments.ask();
}

fillKeys(models, Object.keys(TRAININGS).map((model) => [model, words.shared.modelLabel(model)]), FIRST);
offer();
models.addEventListener("change", () => {
  offer();
  follow();
});
slider.addEventListener("input", follow);
marks.addEventListener("click", ({ target }) => {
  const place = [...marks.children].indexOf(/** @type {HTMLButtonElement} */ (target));
  if (place < 0) return;
  slider.value = String(place);
  follow();
});
