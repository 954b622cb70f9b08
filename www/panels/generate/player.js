// The run that is shown: its steps are kept, and one is chosen. This draws the large picture, the 16
// frames and the transport; run.js adds the steps.

import { byId } from "../shared/dom.js";
import { bytesOf, draw, imageAt, wipe } from "../shared/draw.js";
import { History } from "./history.js";

/** A step of the run, without the numbers that only an engine wants.
    @typedef {Omit<import("../../lib/pool.js").Step, "x" | "memory">} Step */
/** @typedef {import("../shared/draw.js").ImageSpec} ImageSpec */
/** @typedef {"x_t" | "x_0" | "eps"} View */

/** How long it takes to play a run again, in milliseconds. */
const REPLAY_MS = 4000;

const live = byId("live");
const slider = byId("position");
const place = byId("place");
const kept = byId("kept");
const which = byId("which");
const frames = [...byId("frames").querySelectorAll("button")];
const canvases = frames.map((frame) => frame.querySelector("canvas"));
const views = [...byId("view").querySelectorAll("input")];
const [first, back, forth, last, replay] = ["first", "back", "forth", "last", "replay"].map(byId);

let steps = new History();
/** The size and colours of its pictures: they stay, whatever model is loaded meanwhile. @type {ImageSpec} */
let spec = { side: 1, channels: 1 };
let count = 0;
/** The classes that were asked for: all together, and each image's; null where none was. @typedef {{ words: string | null, names: string[] | null }} Asked */
/** @type {Asked} */
let asked = { words: null, names: null };
/** The step that is shown, one of those that are kept. If it is the newest, it moves on as steps arrive. */
let position = 0;
let follow = true;
/** Which step each of the 16 frames shows. @type {number[]} */
let framesAt = [];
/** What each frame's canvas shows, so that nothing is drawn twice. @type {(Uint8Array | undefined)[]} */
let drawn = [];
let drawing = false;
let playing = false;
/** @type {() => void} */
let onDraw = () => {};
/** @type {(image: number) => void} */
let onPick = () => {};

const view = () => /** @type {View} */ (views.find(({ checked }) => checked).value);

/** A new run: it begins with the noise. @param {Step & { titles: number[] }} step @param {ImageSpec} image @param {Asked} classes */
export function beginRun(step, image, classes) {
  spec = image;
  asked = classes;
  live.setAttribute("aria-label", ["The batch of images at the chosen step", asked.words].filter(Boolean).join(": "));
  count = step.x_t.length / bytesOf(spec);
  setTitles(step.titles);
  canvases.forEach(wipe);
  which.max = String(count);
  which.value = String(Math.min(which.valueAsNumber || 1, count));
  byId("enlarge").disabled = false;
  steps = new History();
  framesAt = [];
  drawn = [];
  position = 0;
  follow = true;
  stop();
  addStep(step);
}

/** Before the first run, the frames are titled as those of a whole one. @param {number[]} titles */
export function expectRun(titles) {
  if (steps.newest === undefined) setTitles(titles);
}

/** The step numbers above the 16 frames. @param {number[]} titles */
function setTitles(titles) {
  frames.forEach((frame, at) => {
    frame.firstElementChild.textContent = `Step : ${titles[at]}`;
  });
}

/** @param {Step & { x?: Float32Array, memory?: Float32Array }} step */
export function addStep({ x, memory, ...step }) {
  steps.add(step);
  step.frames.forEach((frame) => { framesAt[frame] = step.done; });
  if (follow) position = step.done;
  else position = steps.before(position).done; // the shown one may have been forgotten
  redraw();
}

/** Shows a step, or the next one beyond it that is kept. If it is the newest, later ones are shown as they arrive. @param {number} to */
export function moveTo(to) {
  if (steps.newest === undefined) return;
  position = (to > position ? steps.after(to) : steps.before(to)).done;
  follow = position === steps.newest.done;
  redraw();
}

/** @param {number} by */
export function moveBy(by) {
  stop();
  moveTo(position + by);
}

export function toEnd() {
  stop();
  moveTo(steps.newest?.done ?? 0);
}

/** What zoom.js shows of one image. @param {number} image */
export function closeUp(image) {
  const size = bytesOf(spec);
  const one = (step, key) => step[key].subarray(image * size, (image + 1) * size);
  return {
    spec, count, name: asked.names?.[image] ?? null, position, newest: steps.newest.done,
    now: one(steps.before(position), view()),
    strip: (key) => framesAt.map((at) => one(steps.before(at), key)),
    framesAt,
  };
}

/** @param {{ onDraw: () => void, onPick: (image: number) => void }} hooks */
export function listen(hooks) {
  ({ onDraw, onPick } = hooks);
}

/** Plays the run from here, or from its beginning; or stops playing. */
export function togglePlay() {
  if (playing) {
    stop();
    return;
  }
  if (steps.length < 2) return;
  const from = position === steps.newest.done ? 0 : position;
  const began = performance.now();
  playing = true;
  const tick = (now) => {
    if (!playing) return;
    const to = from + Math.max(0, now - began) / (REPLAY_MS / steps.newest.done);
    moveTo(Math.floor(to));
    if (position === steps.newest.done) stop();
    else requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  setPlayLabel();
}

function stop() {
  playing = false;
  setPlayLabel();
}

function setPlayLabel() {
  replay.textContent = playing ? "Stop" : "Play";
}

/** Draws once for each frame of the screen, however many steps arrive. */
function redraw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawAll();
  });
}

function drawAll() {
  if (steps.newest === undefined) return;
  const step = steps.before(position);
  draw(live, step[view()], spec);
  canvases.forEach(drawFrame);
  const newest = steps.newest.done;
  slider.max = String(step.total);
  slider.value = String(position);
  slider.setAttribute("aria-valuetext", `step ${position} of ${step.total}`);
  slider.disabled = false;
  for (const key of [first, back]) key.disabled = position === 0;
  for (const key of [forth, last]) key.disabled = position === newest;
  replay.disabled = newest < 1;
  place.textContent = describe(step);
  kept.textContent = steps.every === 1 ? "" : `one step in ${steps.every} is kept`;
  onDraw();
}

function drawFrame(canvas, frame) {
  const at = framesAt[frame];
  const button = frames[frame];
  button.disabled = at === undefined;
  button.classList.toggle("ahead", at > position);
  if (at === position) button.setAttribute("aria-current", "step");
  else button.removeAttribute("aria-current");
  const bytes = at === undefined ? undefined : steps.before(at)[view()];
  if (bytes === drawn[frame]) return;
  drawn[frame] = bytes;
  if (bytes !== undefined) draw(canvas, bytes, spec);
}

/** @param {Step} step */
function describe({ done, total, t, alphaBar }) {
  const digits = String(total).length;
  const number = (value) => String(value).padStart(digits, "\u2007");
  const time = t === null ? "" : `, t = ${number(t)}`;
  return `step ${number(done)} of ${total}${time}, ᾱ = ${alphaBar.toFixed(3)}`;
}

slider.addEventListener("input", () => {
  stop();
  moveTo(slider.valueAsNumber);
});
first.addEventListener("click", () => { stop(); moveTo(0); });
back.addEventListener("click", () => moveBy(-1));
forth.addEventListener("click", () => moveBy(1));
last.addEventListener("click", toEnd);
replay.addEventListener("click", togglePlay);
views.forEach((choice) => choice.addEventListener("change", redraw));
frames.forEach((button, frame) => button.addEventListener("click", () => {
  stop();
  moveTo(framesAt[frame]);
}));
live.addEventListener("click", (event) => {
  const image = steps.newest === undefined ? null : imageAt(event, count, spec);
  if (image !== null) onPick(image);
});
