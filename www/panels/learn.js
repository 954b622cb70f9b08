// Watch it learn: what one seed becomes after some epochs of training, and the loss curve beside it.

import { COMPARED } from "./shared/compared.js";
import { curve } from "./shared/curve.js";
import { byId, showError } from "./shared/dom.js";
import { draw } from "./shared/draw.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

/** Those of the reference run whose weights came with the page. */
const EPOCHS = [0, 1, 2, 5, 10, 30];

const slider = byId("epoch");
const marks = byId("epoch-marks");

/** @type {Engine} */
let engine;
let visible = false;
let asking = false;
/** The place among {@link EPOCHS} that is shown. @type {number | null} */
let shown = null;
/** Pictures by place: a seed gives the same ones again. @type {Map<number, Uint8Array>} */
const made = new Map();
/** The mean loss of each epoch. @type {number[] | null} */
let losses = null;
/** @type {((epoch: number) => void) | null} */
let point = null;

/** @param {string} path */
async function fetched(path) {
  const response = await fetch(new URL(`../../assets/${path}`, import.meta.url));
  if (!response.ok) throw new Error(`${path} is missing`);
  return response;
}

/** The weights after so many epochs; the last are the tutorial's model, which may be here. @param {number} epoch */
async function weightsAt(epoch) {
  if (epoch === EPOCHS.at(-1)) return engine.shippedBytes("tutorial");
  const file = await fetched(`epochs/${String(epoch).padStart(3, "0")}.safetensors`);
  return new Uint8Array(await file.arrayBuffer());
}

/** @param {number} place */
async function picturesAt(place) {
  const { last } = await engine.compare(await weightsAt(EPOCHS[place]), COMPARED);
  made.set(place, last.x_t);
}

async function readLosses() {
  const lines = (await (await fetched("training/metrics.jsonl")).text()).trim().split("\n");
  losses = lines.map((line) => JSON.parse(line).loss);
  point = curve(byId("epoch-curve"), losses, EPOCHS);
}

/** @param {number} place */
function describe(place) {
  const epoch = EPOCHS[place];
  if (epoch === 0) return "before training";
  return `${epoch === 1 ? "1 epoch" : `${epoch} epochs`}, loss ${losses[epoch - 1].toFixed(3)}`;
}

/** One question at a time, for where the slider is by then, and only for someone who sees it: each
    epoch's weights are a megabyte. */
async function follow() {
  if (asking || !visible || engine === undefined) return;
  asking = true;
  try {
    if (losses === null) await readLosses();
    while (shown !== slider.valueAsNumber) {
      const place = slider.valueAsNumber;
      byId("epoch-text").textContent = describe(place);
      slider.setAttribute("aria-valuetext", describe(place));
      point(EPOCHS[place]);
      byId("epoch-box").setAttribute("aria-busy", String(!made.has(place)));
      if (!made.has(place)) await picturesAt(place);
      draw(byId("epoch-pictures"), made.get(place), engine.info.side);
      shown = place;
    }
    showError(byId("epoch-error"), null);
  } catch (error) {
    shown = null;
    showError(byId("epoch-error"), `This epoch could not be shown: ${error.message}. Move the slider to try again.`);
  } finally {
    byId("epoch-box").setAttribute("aria-busy", "false");
    asking = false;
  }
}

/** The engine is there. @param {Engine} ready */
export function mount(ready) {
  engine = ready;
  [slider, ...marks.querySelectorAll("button")].forEach((control) => { control.disabled = false; });
  follow();
}

slider.addEventListener("input", follow);
marks.addEventListener("click", ({ target }) => {
  const place = [...marks.children].indexOf(target);
  if (place < 0) return;
  slider.value = String(place);
  follow();
});
new IntersectionObserver(([{ isIntersecting }]) => {
  visible = isIntersecting;
  follow();
}).observe(byId("learn"));
