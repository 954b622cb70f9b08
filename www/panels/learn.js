// Watch it learn: what one seed becomes after some epochs of training, and the loss curve beside it.

import { Downloads } from "../lib/download.js";
import { SHIPPED } from "../lib/shipped.js";
import { compared } from "./shared/compared.js";
import { curve } from "./shared/curve.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

/** Whose training it is: one of the models that came with the page. Its file is the training's last epoch. */
const MODEL = "tutorial";
/** The epochs whose weights came with the page, as files in assets/epochs but for the last. */
const EPOCHS = [0, 1, 2, 5, 10, 30];
/** The training's log, in assets. */
const LOG = "training/metrics.jsonl";

const slider = byId("epoch");
const marks = byId("epoch-marks");
const buttons = EPOCHS.map((epoch) => Object.assign(document.createElement("button"), {
  type: "button", disabled: true, textContent: String(epoch), title: epoch === 0 ? "Untrained" : `After ${epochs(epoch)}`,
}));

/** @type {Engine} */
let engine;
/** Pictures by place among {@link EPOCHS}. They are made once, because a seed gives the same ones again. @type {Map<number, import("./shared/compared.js").Pictures>} */
const made = new Map();
/** The mean loss of each epoch. @type {number[] | null} */
let losses = null;
/** Moves the curve's cursor. @type {((epoch: number) => void) | null} */
let point = null;

/** Each epoch's weights take a megabyte, so they are fetched only while the section is on the screen. */
const moments = newest({
  wish: () => slider.valueAsNumber,
  serve: show,
  line: byId("epoch-error"),
  words: (message) => `This epoch could not be shown: ${message}.`,
  boxes: [byId("epoch-box")],
  section: byId("learn"),
});

/** @param {string} path */
function fetched(path) {
  return new Downloads().bytes(new URL(`../../assets/${path}`, import.meta.url));
}

/** The weights after so many epochs. The last are the model's own, which may be loaded already. @param {number} epoch */
async function weightsAt(epoch) {
  if (epoch === EPOCHS.at(-1)) return engine.shippedBytes(MODEL);
  return fetched(`epochs/${String(epoch).padStart(3, "0")}.safetensors`);
}

/** @param {number} place */
async function picturesAt(place) {
  made.set(place, await compared(engine, await weightsAt(EPOCHS[place])));
}

async function readLosses() {
  const lines = new TextDecoder().decode(await fetched(LOG)).trim().split("\n");
  losses = lines.map((line) => JSON.parse(line).loss);
  point = curve(byId("epoch-curve"), losses, EPOCHS);
}

/** @param {number} epoch */
function epochs(epoch) {
  return epoch === 1 ? "1 epoch" : `${epoch} epochs`;
}

/** @param {number} place */
function describe(place) {
  const epoch = EPOCHS[place];
  if (epoch === 0) return "Untrained";
  return `${epochs(epoch)}, loss ${losses[epoch - 1].toFixed(3)}`;
}

/** @param {number} place */
async function show(place) {
  if (losses === null) await readLosses();
  byId("epoch-text").textContent = describe(place);
  slider.setAttribute("aria-valuetext", describe(place));
  point(EPOCHS[place]);
  if (!made.has(place)) await picturesAt(place);
  const { bytes, image } = made.get(place);
  draw(byId("epoch-pictures"), bytes, image);
}

/** These models came with the page: another engine or model changes nothing. @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  if (engine === ready) return;
  engine = ready;
  [slider, ...buttons].forEach((control) => { control.disabled = false; });
  moments.renew();
}

marks.replaceChildren(...buttons);
slider.max = String(EPOCHS.length - 1);
byId("epoch-model").textContent = SHIPPED[MODEL].name;
slider.addEventListener("input", moments.ask);
marks.addEventListener("click", ({ target }) => {
  const place = buttons.indexOf(/** @type {HTMLButtonElement} */ (target));
  if (place < 0) return;
  slider.value = String(place);
  moments.ask();
});
