// One look: the network's output for clean pictures, trained beside untrained (the tutorial's reconstruction).

import { words } from "../words/below.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { nameOf } from "./shared/named.js";
import { newest } from "./shared/newest.js";
import { ofInput, Part } from "./shared/part.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

const section = byId("look");
const slider = byId("look-t");
const place = new Part(section, { t: ofInput(slider, () => slider.max) });

/** @type {Engine} */
let engine;
/** The model that the clean pictures were drawn for. @type {Engine["info"] | null} */
let drawnFor = null;

/** A look takes the processor half a second, so there is none while the section is off the screen. */
const looks = newest({
  wish: () => slider.valueAsNumber,
  serve: show,
  line: byId("look-error"),
  words: words.look.failed,
  boxes: [byId("look-pictures")],
  section,
});

/** @param {number} t */
async function show(t) {
  const { info } = engine;
  if (drawnFor !== info) draw(byId("look-batch"), await engine.originals(), info.image);
  drawnFor = info;
  draw(byId("look-trained"), await engine.look(t, true), info.image);
  draw(byId("look-untrained"), await engine.look(t, false), info.image);
  byId("look-note").textContent = words.look.note(t, info.schedule);
}

function follow() {
  byId("look-text").textContent = slider.value;
  place.note();
  looks.ask();
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  byId("look-model").textContent = nameOf(engine);
  const { timesteps } = engine.info.schedule;
  const fresh = slider.disabled || slider.valueAsNumber > timesteps;
  slider.max = String(timesteps);
  if (fresh) slider.value = slider.max;
  slider.disabled = false;
  place.meet();
  byId("look-text").textContent = slider.value;
  looks.renew();
}

slider.addEventListener("input", follow);
