// Add noise: a slider over t, test pictures of all classes with so much noise, one of them large, and the schedule's curves.

import { beginGame, moveGame, riddle, watchRiddle } from "./noise/game.js";
import { choose, chosen, COUNT, drawAll, enable, listen, nameOf } from "./noise/pictures.js";
import { drawSchedule, pressed } from "./noise/schedule.js";
import { words } from "../words/words.js";
import { whole } from "./shared/address.js";
import { byId } from "./shared/dom.js";
import { bytesOf, draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";
import { ofNumber, Part } from "./shared/part.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

const { failed, mark, noneOr, place } = words.noise;

const slider = byId("noise-t");
const marks = [...byId("marks").querySelectorAll("button")];
const curves = [...byId("noise").querySelectorAll(".curve")];

/** Where the slider is at first, as a share of the schedule. */
const FIRST = Number(slider.defaultValue) / Number(slider.max);

/** @type {Engine} */
let engine;
/** The clean test pictures of the model, and what it says of itself. @type {{ info: Engine["info"], clean: Uint8Array[] } | null} */
let loaded = null;
/** With the slider's noise. @type {Uint8Array[]} */
let noised = [];
/** @type {(t: number | null) => void} */
let point = () => {};

const pictures = newest({
  wish: () => slider.valueAsNumber,
  serve: show,
  line: byId("noise-error"),
  words: failed,
  section: byId("noise"),
});

/** The slider's 0 is the picture as it is. */
const timestep = () => (slider.valueAsNumber === 0 ? null : slider.valueAsNumber - 1);

/** The slider's place in an address. @param {number} steps */
const named = (steps) => (steps === 0 ? "none" : String(steps - 1));

const part = new Part(byId("noise"), {
  t: {
    now: () => named(slider.valueAsNumber),
    put: (text) => {
      const { read, words } = whole(0, Number(slider.max) - 1);
      const t = text === "none" ? -1 : read(text);
      if (t !== undefined) slider.value = String(t + 1);
      return t === undefined ? noneOr(words) : null;
    },
    usual: () => named(Math.round(FIRST * Number(slider.max))),
  },
  picture: ofNumber(whole(1, COUNT), () => chosen() + 1, (number) => choose(number - 1), 1),
  game: riddle,
});

/** Shows a number, and keeps it in full for programs that read the page. */
function setNumber(id, value, shown) {
  const element = byId(id);
  element.value = value === null ? "" : String(value);
  element.textContent = shown;
}

/** What stays as it is while the slider moves. @param {Engine["info"]} info */
async function load(info) {
  const all = await engine.testPictures();
  const length = bytesOf(info.image);
  loaded = { info, clean: Array.from({ length: COUNT }, (_, at) => all.subarray(at * length, (at + 1) * length)) };
  [slider, ...marks].forEach((control) => { control.disabled = false; });
  enable();
  beginGame(engine, loaded.clean);
}

async function show() {
  const { info } = engine;
  if (loaded?.info !== info) await load(info);
  const t = timestep();
  // The noise of a picture is fixed: it goes by its number.
  const all = await Promise.all(loaded.clean.map((bytes, at) => engine.noised(bytes, t, at)));
  noised = all.map(({ bytes }) => bytes);
  drawAll(noised, info.image);
  showLarge();
  const [{ alphaBar, snr }] = all;
  setNumber("t", t, mark(t));
  setNumber("alpha-bar", alphaBar, alphaBar.toFixed(4));
  setNumber("snr", snr, Number.isFinite(snr) ? snr.toPrecision(3) : "∞");
  const beta = t === null ? null : info.curves.beta[t];
  setNumber("beta", beta, beta === null ? "–" : beta.toPrecision(3));
}

/** The picture that is chosen. */
function showLarge() {
  if (noised.length === 0) return;
  const at = chosen();
  draw(byId("original"), loaded.clean[at], loaded.info.image);
  draw(byId("noised"), noised[at], loaded.info.image);
  byId("noise-name").textContent = nameOf(at);
}

function showPlace() {
  const text = place(timestep(), Math.round((100 * slider.valueAsNumber) / Number(slider.max)));
  byId("noise-text").textContent = text;
  slider.setAttribute("aria-valuetext", text);
  point(timestep());
}

function follow() {
  showPlace();
  part.note();
  moveGame(timestep());
  pictures.ask();
}

/** So many steps are the share of the way that a mark stands for. @param {HTMLButtonElement} mark @param {number} timesteps */
function stepsAt({ value }, timesteps) {
  return Math.floor((Number(value) * timesteps) / 100);
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  const { curves: all, schedule: { timesteps } } = engine.info;
  if (Number(slider.max) !== timesteps) {
    const share = slider.valueAsNumber / Number(slider.max);
    slider.max = String(timesteps);
    slider.value = String(Math.round(share * timesteps));
  }
  for (const one of marks) {
    const steps = stepsAt(one, timesteps);
    one.textContent = mark(steps === 0 ? null : steps - 1);
  }
  point = drawSchedule(all);
  part.meet();
  showPlace(); // after a reload some browsers put the slider back where it was
  moveGame(timestep());
  pictures.renew();
}

slider.addEventListener("input", follow);
listen(() => {
  showLarge();
  part.note();
});
watchRiddle(() => part.note());
marks.forEach((one) => one.addEventListener("click", () => {
  slider.value = String(stepsAt(one, Number(slider.max)));
  follow();
}));
for (const curve of curves) {
  const go = (event) => {
    if (slider.disabled || event.buttons === 0) return;
    const t = pressed(event, Number(slider.max));
    slider.value = String(t === null ? 0 : t + 1);
    follow();
  };
  curve.addEventListener("pointerdown", (event) => {
    curve.setPointerCapture(event.pointerId); // a drag may leave the curve
    go(event);
  });
  curve.addEventListener("pointermove", go);
}
