// Where a run starts: the tutorial's model and the page's own, from pure noise and from matched noise.

import { words } from "../words/words.js";
import { compared } from "./shared/compared.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {"pure" | "matched"} Start */

/** The models that are shown, from left to right. */
const MODELS = ["tutorial", "page"];

const choices = byId("starts-from");
const boxes = MODELS.map((model) => byId(`starts-${model}-box`));

/** @type {Engine} */
let engine;
/** Pictures by model and start. They are made once, because a seed gives the same ones again. @type {Map<string, import("./shared/compared.js").Pictures>} */
const made = new Map();

const figures = newest({
  wish: () => /** @type {Start} */ (choices.querySelector(":checked").value),
  serve: show,
  line: byId("starts-error"),
  words: words.starts.failed,
  boxes,
  section: byId("starts"),
});

/** @param {string} model @param {Start} start */
async function pictures(model, start) {
  const key = `${model} ${start}`;
  if (!made.has(key)) {
    made.set(key, await compared(engine, await engine.shippedBytes(model), { start }));
  }
  return made.get(key);
}

/** @param {Start} start @param {() => boolean} isCurrent */
async function show(start, isCurrent) {
  for (const [at, model] of MODELS.entries()) {
    const { bytes, image } = await pictures(model, start);
    if (!isCurrent()) return;
    draw(byId(`starts-${model}`), bytes, image);
    boxes[at].setAttribute("aria-busy", "false");
  }
}

/** These models came with the page: another engine or model changes nothing. @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  if (engine === ready) return;
  engine = ready;
  figures.renew();
}

choices.addEventListener("change", figures.ask);
