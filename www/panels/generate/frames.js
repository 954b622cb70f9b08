// The run at a glance: at most sixteen frames, spread evenly over its steps, of which the first is the noise.

import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { draw, wipe } from "../shared/draw.js";

/** @typedef {import("./history.js").History} History */
/** @typedef {import("./moment.js").View} View */

const frames = [...byId("frames").querySelectorAll("button")];
const canvases = frames.map((frame) => frame.querySelector("canvas"));

/** Which step each frame shows. @type {number[]} */
let places = [];
/** What each frame's canvas shows, so that nothing is drawn twice. @type {(Uint8Array | undefined)[]} */
let drawn = [];

/** The steps that the frames of a run show. @param {number} total the run's steps @returns {number[]} */
function placesIn(total) {
  const count = Math.min(frames.length, total + 1);
  return Array.from({ length: count }, (_, frame) => Math.floor((frame * total) / (count - 1)));
}

/** Titles of a run of so many steps; nothing is drawn yet. @param {number} total @returns {number[]} the steps that the frames show */
export function setFrames(total) {
  places = placesIn(total);
  drawn = [];
  frames.forEach((frame, at) => {
    frame.hidden = at >= places.length;
    frame.disabled = true;
    if (!frame.hidden) frame.firstElementChild.textContent = words.generate.frameTitle(places[at]);
    wipe(canvases[at]);
  });
  return places;
}

/** The steps that the frames show, of those that are there. @param {History} steps */
export function placesOf(steps) {
  return places.filter((place) => place <= steps.newest.done);
}

/**
 * @param {History} steps
 * @param {number} position the step that is shown
 * @param {View} view
 * @param {import("../shared/draw.js").ImageSpec} spec
 */
export function drawFrames(steps, position, view, spec) {
  places.forEach((place, at) => {
    const [button, canvas] = [frames[at], canvases[at]];
    const ahead = place > steps.newest.done;
    if (button.disabled !== ahead) button.disabled = ahead; // what is set anew is styled anew
    button.classList.toggle("ahead", place > position);
    if (place === position) button.setAttribute("aria-current", "step");
    else button.removeAttribute("aria-current");
    const bytes = button.disabled ? undefined : steps.before(place)[view];
    if (bytes === drawn[at]) return;
    drawn[at] = bytes;
    if (bytes !== undefined) draw(canvas, bytes, spec);
  });
}

/** @param {(step: number) => void} go is called with the step of a frame that was pressed */
export function onFrame(go) {
  frames.forEach((button, at) => button.addEventListener("click", () => go(places[at])));
}
