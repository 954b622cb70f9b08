// The test pictures of all classes, small, as keys: the one that is pressed is shown large.

import { words } from "../../words/words.js";
import { CLOTHES } from "../shared/clothes.js";
import { byId } from "../shared/dom.js";
import { draw } from "../shared/draw.js";

/** What the test pictures show, class by class. */
export const CLASSES = CLOTHES.map(words.shared.className);
/** Pictures of each class. */
const EACH = 4;
export const COUNT = EACH * CLASSES.length;

/** The class of a test picture. @param {number} at */
export const classOf = (at) => Math.floor(at / EACH);

/** @param {number} at */
export const nameOf = (at) => words.noise.picture(CLASSES[classOf(at)], (at % EACH) + 1);

const box = byId("noise-classes");

/** A key with a picture on it. @param {number} at */
function key(at) {
  const [label, face] = ["label", "span"].map((name) => document.createElement(name));
  const input = Object.assign(document.createElement("input"), {
    type: "radio", name: "noise-picture", value: String(at), checked: at === 0, disabled: true,
  });
  input.setAttribute("aria-label", nameOf(at));
  face.className = "box";
  face.append(Object.assign(document.createElement("canvas"), { width: 1, height: 1 }));
  label.append(input, face);
  return label;
}

box.replaceChildren(...CLASSES.map((name, which) => {
  const [group, caption, keys] = ["div", "span", "span"].map((tag) => document.createElement(tag));
  caption.textContent = name;
  keys.append(...Array.from({ length: EACH }, (_, k) => key(which * EACH + k)));
  group.append(caption, keys);
  return group;
}));
const inputs = [...box.querySelectorAll("input")];
const canvases = [...box.querySelectorAll("canvas")];

/** The picture that is chosen. */
export const chosen = () => inputs.findIndex(({ checked }) => checked);

/** @param {number} at */
export function choose(at) {
  inputs[at].checked = true;
}

export function enable() {
  inputs.forEach((input) => { input.disabled = false; });
}

/** @param {Uint8Array[]} pictures one of each @param {import("../shared/draw.js").ImageSpec} image */
export function drawAll(pictures, image) {
  pictures.forEach((bytes, at) => draw(canvases[at], bytes, image));
}

/** @param {() => void} onChange */
export function listen(onChange) {
  box.addEventListener("change", onChange);
}
