// The forward-noise section: a slider, the pictures and their numbers, and the four panels.

import { byId, showError } from "./shared/dom.js";
import { draw } from "./shared/draw.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/engine.js").Noised} Noised */

const slider = byId("percent");
const marks = [...byId("marks").querySelectorAll("button")];
const PANELS = [25, 50, 75, 100];

/** @type {Engine} */
let engine;
let asking = false;

/** The number as shown, and in full for whoever reads the page by program. */
function setNumber(id, value, shown) {
  const element = byId(id);
  element.value = value === null ? "" : String(value);
  element.textContent = shown;
}

/** @param {Noised} noised */
function show({ greys, t, alphaBar, snr }) {
  draw(byId("noised"), greys, engine.info.side);
  setNumber("t", t, t === null ? "none yet" : String(t));
  setNumber("alpha-bar", alphaBar, alphaBar.toFixed(4));
  setNumber("snr", snr, Number.isFinite(snr) ? snr.toPrecision(3) : "∞");
}

/** One question at a time; its answer asks for where the slider is by then: a quick drag leaves no
    queue behind it. */
async function follow() {
  byId("percent-text").textContent = `${slider.value} %`;
  if (asking) return;
  asking = true;
  try {
    let percent;
    do {
      percent = slider.valueAsNumber;
      show(await engine.noise(percent));
    } while (percent !== slider.valueAsNumber);
    showError(byId("noise-error"), null);
  } catch (error) {
    showError(byId("noise-error"), `The pictures could not be noised: ${error.message}.`);
  } finally {
    asking = false;
  }
}

/** The engine is there, or another model. @param {Engine} ready */
export async function mount(ready) {
  engine = ready;
  const { side } = engine.info;
  try {
    draw(byId("original"), await engine.originals(), side);
    for (const percent of PANELS) draw(byId(`panel-${percent}`), (await engine.noise(percent)).greys, side);
  } catch (error) {
    showError(byId("noise-error"), `The test images are not there: ${error.message}.`);
    return;
  }
  [slider, ...marks].forEach((control) => { control.disabled = false; });
  await follow();
}

slider.addEventListener("input", follow);
marks.forEach((mark) => mark.addEventListener("click", () => {
  slider.value = mark.value;
  follow();
}));
