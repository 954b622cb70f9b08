// Where a run starts: the tutorial's model and the page's own, from pure noise and from matched noise.

import { COMPARED } from "./shared/compared.js";
import { byId, showError } from "./shared/dom.js";
import { draw } from "./shared/draw.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {"pure" | "matched"} Start */

/** Those that are shown, from left to right. */
const MODELS = ["tutorial", "page"];

const choices = byId("starts-from");
const boxes = MODELS.map((model) => byId(`starts-${model}-box`));

/** @type {Engine} */
let engine;
let visible = false;
let asking = false;
/** The start that each model is shown with. @type {{ [model: string]: Start | undefined }} */
const shown = {};
/** Pictures by model and start: a seed gives the same ones again. @type {Map<string, Uint8Array>} */
const made = new Map();

/** @returns {Start} */
const chosen = () => choices.querySelector(":checked").value;

/** @param {string} model @param {Start} start */
async function show(model, start) {
  const key = `${model} ${start}`;
  if (!made.has(key)) {
    const { last } = await engine.compare(await engine.shippedBytes(model), { ...COMPARED, start });
    made.set(key, last.x_t);
  }
  if (start !== chosen()) return;
  draw(byId(`starts-${model}`), made.get(key), engine.info.side);
  shown[model] = start;
}

/** One run at a time, of what is chosen by then, and only for someone who sees it. */
async function follow() {
  if (asking || engine === undefined) return;
  asking = true;
  try {
    for (;;) {
      const stale = MODELS.map((model) => shown[model] !== chosen());
      const next = MODELS[stale.indexOf(true)];
      if (next === undefined || !visible) break;
      boxes.forEach((box, at) => box.setAttribute("aria-busy", String(stale[at])));
      await show(next, chosen());
    }
    showError(byId("starts-error"), null);
  } catch (error) {
    showError(byId("starts-error"), `These pictures could not be made: ${error.message}. Flip the switch to try again.`);
  } finally {
    boxes.forEach((box) => box.setAttribute("aria-busy", "false"));
    asking = false;
  }
}

/** The engine is there. @param {Engine} ready */
export function mount(ready) {
  engine = ready;
  follow();
}

choices.addEventListener("change", follow);
new IntersectionObserver(([{ isIntersecting }]) => {
  visible = isIntersecting;
  follow();
}).observe(byId("starts"));
