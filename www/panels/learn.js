// Watch it learn: what one seed becomes after some epochs of training, and the loss curve beside it.

import { Downloads } from "../lib/download.js";
import { compared } from "./shared/compared.js";
import { curve } from "./shared/curve.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

/** The epochs of the reference run whose weights came with the page. */
const EPOCHS = [0, 1, 2, 5, 10, 30];

const slider = byId("epoch");
const marks = byId("epoch-marks");

/** @type {Engine} */
let engine;
/** Pictures by place among {@link EPOCHS}. They are made once, because a seed gives the same ones again. @type {Map<number, import("./shared/compared.js").Pictures>} */
const made = new Map();
/** The mean loss of each epoch. @type {number[] | null} */
let losses = null;
/** Moves the curve's cursor. @type {((epoch: number) => void) | null} */
let point = null;

/** Each epoch's weights take a megabyte, so they are fetched only while the section is on the screen. */
const epochs = newest({
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

/** The weights after so many epochs. The last are those of the tutorial's model, which may be loaded already. @param {number} epoch */
async function weightsAt(epoch) {
  if (epoch === EPOCHS.at(-1)) return engine.shippedBytes("tutorial");
  return fetched(`epochs/${String(epoch).padStart(3, "0")}.safetensors`);
}

/** @param {number} place */
async function picturesAt(place) {
  made.set(place, await compared(engine, await weightsAt(EPOCHS[place])));
}

async function readLosses() {
  const lines = new TextDecoder().decode(await fetched("training/metrics.jsonl")).trim().split("\n");
  losses = lines.map((line) => JSON.parse(line).loss);
  point = curve(byId("epoch-curve"), losses, EPOCHS);
}

/** @param {number} place */
function describe(place) {
  const epoch = EPOCHS[place];
  if (epoch === 0) return "Untrained";
  return `${epoch === 1 ? "1 epoch" : `${epoch} epochs`}, loss ${losses[epoch - 1].toFixed(3)}`;
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
  [slider, ...marks.querySelectorAll("button")].forEach((control) => { control.disabled = false; });
  epochs.renew();
}

slider.addEventListener("input", epochs.ask);
marks.addEventListener("click", ({ target }) => {
  const place = [...marks.children].indexOf(target);
  if (place < 0) return;
  slider.value = String(place);
  epochs.ask();
});
