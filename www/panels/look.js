// What the network says of clean pictures, trained beside untrained (the tutorial's reconstruction).

import { byId, showError } from "./shared/dom.js";
import { draw } from "./shared/draw.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

const slider = byId("look-t");

/** @type {Engine} */
let engine;
let visible = false;
let asking = false;
/** The t that is shown; null before the first look. @type {number | null} */
let shown = null;

async function look(t) {
  const { side, schedule: { timesteps, prediction } } = engine.info;
  draw(byId("look-trained"), await engine.look(t, true), side);
  draw(byId("look-untrained"), await engine.look(t, false), side);
  const says = prediction === "v"
    ? "This one was trained to say v: at low steps the noise, at high ones the picture, turned negative."
    : "This one was trained to say what is noise.";
  byId("look-note").textContent = t < timesteps
    ? `${says} It knows the steps 0 to ${timesteps - 1}.`
    : `${says} ${t} is one past the steps it knows, 0 to ${timesteps - 1}: the tutorial asks there.`;
}

/** Half a second of the processor: only for someone who sees it, and one at a time. */
async function follow() {
  byId("look-text").textContent = slider.value;
  if (asking || !visible || engine === undefined) return;
  asking = true;
  try {
    if (shown === null) draw(byId("look-batch"), await engine.originals(), engine.info.side);
    while (shown !== slider.valueAsNumber) {
      const t = slider.valueAsNumber;
      await look(t);
      shown = t;
    }
    showError(byId("look-error"), null);
  } catch (error) {
    showError(byId("look-error"), `The network could not be asked: ${error.message}.`);
  } finally {
    asking = false;
  }
}

/** The engine is there, or another model. @param {Engine} ready */
export function mount(ready) {
  engine = ready;
  const { timesteps } = engine.info.schedule;
  const fresh = slider.disabled || slider.valueAsNumber > timesteps;
  slider.max = String(timesteps);
  if (fresh) slider.value = slider.max;
  slider.disabled = false;
  shown = null;
  follow();
}

slider.addEventListener("input", follow);
new IntersectionObserver(([{ isIntersecting }]) => {
  visible = isIntersecting;
  follow();
}).observe(byId("look"));
