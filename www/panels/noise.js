// Into noise: a slider, the test pictures with so much noise, their numbers, and the four panels.

import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/engine.js").Noised} Noised */

const slider = byId("percent");
const marks = [...byId("marks").querySelectorAll("button")];
const PANELS = [25, 50, 75, 100];

/** @type {Engine} */
let engine;
/** The model that the clean pictures and the panels were drawn for. @type {Engine["info"] | null} */
let drawnFor = null;

const pictures = newest({
  wish: () => slider.valueAsNumber,
  serve: show,
  line: byId("noise-error"),
  words: (message) => `The test images cannot be shown: ${message}.`,
});

/** Shows a number, and keeps it in full for programs that read the page. */
function setNumber(id, value, shown) {
  const element = byId(id);
  element.value = value === null ? "" : String(value);
  element.textContent = shown;
}

/** What stays as it is while the slider moves. @param {Engine["info"]} info */
async function drawRest(info) {
  draw(byId("original"), await engine.originals(), info.image);
  for (const percent of PANELS) draw(byId(`panel-${percent}`), (await engine.noise(percent)).bytes, info.image);
  drawnFor = info;
  [slider, ...marks].forEach((control) => { control.disabled = false; });
}

/** @param {number} percent */
async function show(percent) {
  const { info } = engine;
  if (drawnFor !== info) await drawRest(info);
  const { bytes, t, alphaBar, snr } = await engine.noise(percent);
  draw(byId("noised"), bytes, info.image);
  setNumber("t", t, t === null ? "none yet" : String(t));
  setNumber("alpha-bar", alphaBar, alphaBar.toFixed(4));
  setNumber("snr", snr, Number.isFinite(snr) ? snr.toPrecision(3) : "∞");
}

function showPercent() {
  byId("percent-text").textContent = `${slider.value} %`;
}

function follow() {
  showPercent();
  pictures.ask();
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  showPercent(); // after a reload some browsers put the slider back where it was
  pictures.renew();
}

slider.addEventListener("input", follow);
marks.forEach((mark) => mark.addEventListener("click", () => {
  slider.value = mark.value;
  follow();
}));
