// The run that is shown: its steps are kept, and one is chosen. This draws the large picture, the
// frames and the transport; run.js adds the steps.

import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { bytesOf, draw, imageAt } from "../shared/draw.js";
import { say } from "../shared/status.js";
import { drawFrames, onFrame, placesOf, setFrames } from "./frames.js";
import { History } from "./history.js";
import { momentOf } from "./moment.js";
import { Pace } from "./pace.js";

/** A step of the run, without the numbers that only an engine wants.
    @typedef {Omit<import("../../lib/pool.js").Step, "x" | "memory">} Step */
/** @typedef {import("./made.js").Made} Made */
/** @typedef {import("./moment.js").View} View */

/** A run with what made it. @typedef {{ made: Made, steps: History }} Whole */

/** How long it takes to play a run again, in milliseconds. */
const REPLAY_MS = 4000;

const live = byId("live");
const slider = byId("position");
const place = byId("place");
const kept = byId("kept");
const views = [...byId("view").querySelectorAll("input")];
const tools = [...byId("tools").querySelectorAll("button")];
const [first, back, forth, last, replay] = ["first", "back", "forth", "last", "replay"].map(byId);

let steps = new History();
/** What made the run, whatever is loaded or chosen meanwhile; null before the first. @type {Made | null} */
let made = null;
let count = 0;
/** The step that is shown, one of those that are kept. If it is the newest, it moves on as steps arrive. */
let position = 0;
let follow = true;
/** The steps that the frames show. @type {number[]} */
let places = [];
const pace = new Pace(drawAll, tell);
let playing = false;
/** @type {(() => void)[]} */
const onDraw = [];
/** @type {(() => void)[]} */
const onTell = [];
/** @type {(image: number) => void} */
let onPick = () => {};

export const view = () => /** @type {View} */ (views.find(({ checked }) => checked).value);

/** @param {View} wanted */
export function showView(wanted) {
  views.forEach((choice) => { choice.checked = choice.value === wanted; });
  redraw();
}

/** A new run: it begins with the noise. @param {Step} step @param {Made} its what makes it */
export function beginRun(step, its) {
  adopt({ made: its, steps: new History() }, step);
  position = 0;
  addStep(step);
}

/** A run that was made before: its end is shown. @param {Whole} run */
export function showRun(run) {
  adopt(run, run.steps.newest);
  position = steps.newest.done;
  redraw();
}

/** @param {Whole} run @param {Step} step one of its steps */
function adopt(run, step) {
  ({ made, steps } = run);
  live.setAttribute("aria-label", words.generate.liveLabel(made.asked));
  count = step.x_t.length / bytesOf(made.image);
  places = setFrames(step.total);
  for (const tool of tools) tool.disabled = false;
  follow = true;
  endPlay(); // whoever shows another run says what it is
}

/** Before the first run, the frames are titled as those of a run of so many steps. @param {number} total */
export function expectRun(total) {
  if (steps.newest === undefined) setFrames(total);
}

/** @param {Step & { x?: Float32Array, memory?: Float32Array }} step */
export function addStep({ x, memory, ...step }) {
  steps.add({ ...step, frames: places.filter((place) => place === step.done) });
  if (follow) position = step.done;
  else position = steps.before(position).done; // the shown one may have been forgotten
  if (step.done === step.total) redraw();
  else pace.pass();
}

/** The run that is shown; null before the first. */
export function shown() {
  if (steps.newest === undefined) return null;
  const { newest: { done: newest, total } } = steps;
  return { made, steps, count, position, newest, total, isPlaying: playing, follows: follow };
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
  const size = bytesOf(made.image);
  const one = (step, key) => step[key].subarray(image * size, (image + 1) * size);
  const framesAt = placesOf(steps);
  return {
    spec: made.image, count, name: made.asked.names?.[image] ?? null, trained: made.model.trained, position, newest: steps.newest.done,
    step: steps.before(position), alphaBars: made.alphaBars, one, strip: (key) => framesAt.map((at) => one(steps.before(at), key)),
    framesAt,
  };
}

/** @param {() => void} call whenever something else is shown, once for each frame of the screen */
export function whenDrawn(call) {
  onDraw.push(call);
}

/** @param {() => void} call when what is shown is told: at once, but of a run's passing steps only some are */
export function whenTold(call) {
  onTell.push(call);
}

/** @param {(image: number) => void} call with the image that was clicked */
export function whenPicked(call) {
  onPick = call;
}

/** Plays the run from here, or from its beginning; or stops playing. */
export function togglePlay() {
  if (playing) stop();
  else if (steps.length > 1) play(position === steps.newest.done ? 0 : position);
}

/** @param {number} from a step */
function play(from) {
  const began = performance.now();
  playing = true;
  say(words.generate.replaying);
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
  if (playing) say(words.generate.replayed);
  endPlay();
}

function endPlay() {
  playing = false;
  setPlayLabel();
}

function setPlayLabel() {
  replay.textContent = playing ? words.shared.stop : words.generate.replay;
}

/** Draws and tells what is shown now. */
function redraw() {
  pace.now();
}

/** The run has ended before its last step: what is shown is drawn and told at once, as no step follows. */
export function settle() {
  pace.settle();
}

function drawAll() {
  if (steps.newest === undefined) return;
  const step = steps.before(position);
  draw(live, step[view()], made.image);
  drawFrames(steps, position, view(), made.image);
  for (const call of onDraw) call();
}

function tell() {
  if (steps.newest === undefined) return;
  const step = steps.before(position);
  const newest = steps.newest.done;
  slider.max = String(step.total);
  slider.value = String(position);
  slider.setAttribute("aria-valuetext", words.generate.stepOf(position, step.total));
  slider.disabled = false;
  for (const key of [first, back]) key.disabled = position === 0;
  for (const key of [forth, last]) key.disabled = position === newest;
  replay.disabled = newest < 1;
  place.textContent = words.generate.placeInWords(step, momentOf(step, view(), made.alphaBars));
  kept.textContent = steps.every === 1 ? "" : words.generate.keptSteps(steps.every);
  for (const call of onTell) call();
}

slider.addEventListener("input", () => {
  stop();
  moveTo(slider.valueAsNumber);
});
first.addEventListener("click", () => { stop(); moveTo(0); });
back.addEventListener("click", () => moveBy(-1));
forth.addEventListener("click", () => moveBy(1));
last.addEventListener("click", toEnd);
replay.addEventListener("click", () => {
  if (playing) stop();
  else play(0);
});
views.forEach((choice) => choice.addEventListener("change", redraw));
onFrame((step) => {
  stop();
  moveTo(step);
});
live.addEventListener("click", (event) => {
  const image = steps.newest === undefined ? null : imageAt(event, count, made.image);
  if (image !== null) onPick(image);
});
