// One image of the run, large, with its own filmstrip.

import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { draw, imageAt } from "../shared/draw.js";
import { momentOf } from "./moment.js";
import { closeUp, moveTo, shown, whenDrawn, whenPicked } from "./player.js";

const dialog = byId("zoom");
const slider = byId("zoom-position");
/** @type {["x_t", "x_0", "eps"]} */
const STRIPS = ["x_t", "x_0", "eps"];
const LARGE = { x_t: "zoom-image", x_0: "zoom-x_0", eps: "zoom-eps" };
const marks = byId("zoom-marks");

let image = 0;
/** The run and its step as they were before. @type {ReturnType<typeof shown>} */
let before = null;
/** @type {() => void} */
let onChange = () => {};

/** Joins images into a batch. @param {Uint8Array[]} images */
function joined(images) {
  const whole = new Uint8Array(images.length * images[0].length);
  images.forEach((one, at) => whole.set(one, at * one.length));
  return whole;
}

/** The search comes with the first image; without it there is only no search. @param {import("./nearest.js").Image | null} wanted */
async function tellNearest(wanted) {
  try {
    (await import("./nearest.js")).showNearest(wanted);
  } catch {
    byId("nearest").hidden = true;
  }
}

function show() {
  if (!dialog.open) return;
  const { spec, count, name, trained, position, newest, step, alphaBars, one, strip, framesAt } = closeUp(image);
  byId("zoom-title").textContent = words.generate.zoomTitle(image + 1, count, name);
  byId("zoom-image").setAttribute("aria-label", words.generate.zoomLabel(name));
  byId("zoom-before").disabled = image === 0;
  byId("zoom-after").disabled = image === count - 1;
  byId("zoom-text").textContent = words.generate.stepInWords(step, momentOf(step, "x_t", alphaBars));
  if (marks.childElementCount !== framesAt.length || slider.max !== String(newest)) marks.replaceChildren(...framesAt.map((at) => new Option("", String(at))));
  slider.max = String(newest);
  slider.value = String(position);
  for (const key of STRIPS) {
    draw(byId(LARGE[key]), one(step, key), spec);
    byId(`level-${key}`).textContent = words.generate.levelInWords(momentOf(step, key, alphaBars));
    const images = strip(key);
    if (images.length > 0) draw(byId(`strip-${key}`), joined(images), spec, images.length);
  }
  tellNearest(trained === null ? null : { of: step, image, trained, bytes: one(step, "x_0"), spec });
}

/** @param {number} picked */
export function open(picked) {
  image = picked;
  if (!dialog.open) {
    before = shown();
    dialog.showModal();
  }
  show();
  onChange();
}

/** A click on the strip leads to that moment. */
function pick(event) {
  const { spec, framesAt } = closeUp(image);
  const frame = imageAt(event, framesAt.length, spec, framesAt.length);
  if (frame !== null) moveTo(framesAt[frame]);
}

/** Which image was the last to be large, from 0. */
export const lastEnlarged = () => image;

/** Which image is large, from 0; null for none. */
export const enlarged = () => (dialog.open ? image : null);

/** @param {() => void} call when another image is large, or none */
export function whenEnlarged(call) {
  onChange = call;
}

/** The batch is seen as it was, unless it is another run's meanwhile. */
function close() {
  const now = shown();
  if (now.steps === before.steps && !now.isPlaying) moveTo(before.follows ? now.newest : before.position);
  onChange();
}

dialog.addEventListener("close", close);
whenDrawn(show);
whenPicked(open);
STRIPS.forEach((key) => byId(`strip-${key}`).addEventListener("click", pick));
slider.addEventListener("input", () => moveTo(slider.valueAsNumber));
byId("zoom-before").addEventListener("click", () => open(image - 1));
byId("zoom-after").addEventListener("click", () => open(image + 1));
byId("zoom-close").addEventListener("click", () => dialog.close());
byId("enlarge").addEventListener("click", () => open(Math.min(image, shown().count - 1)));
