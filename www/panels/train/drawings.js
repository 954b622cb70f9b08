// The set of drawings: added from the pad, shown as small pictures, each of which can be taken out again.

import { words as all } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { takeDrawing } from "./pad.js";

const words = all.train;

/** Pixels along the edge of a small picture, before the screen's own ratio. */
const SMALL = 56;

const list = byId("train-drawn");
const line = byId("train-drawn-line");

/** @type {File[]} */
const drawings = [];
/** They are numbered as they were made. */
let made = 0;
/** Told when the set has changed. @type {() => void} */
let onChange = () => {};

/** @param {() => void} told */
export function watchDrawings(told) {
  onChange = told;
}

/** @returns {File[]} */
export function allDrawings() {
  return [...drawings];
}

function tell() {
  line.textContent = drawings.length === 0 ? words.noDrawings : words.drawings(drawings.length);
  onChange();
}

/** @param {File} file @param {HTMLLIElement} item */
function remove(file, item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  drawings.splice(drawings.indexOf(file), 1);
  item.remove();
  // The button that was pressed is gone: the focus goes to its neighbour.
  (next?.querySelector("button") ?? byId("train-pad")).focus({ preventScroll: true });
  tell();
}

/** @param {File} file @param {number} number */
async function itemFor(file, number) {
  const item = document.createElement("li");
  const small = document.createElement("canvas");
  small.width = small.height = SMALL * 2;
  const bitmap = await createImageBitmap(file);
  small.getContext("2d").drawImage(bitmap, 0, 0, small.width, small.height);
  bitmap.close();
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words.remove;
  button.setAttribute("aria-label", words.removeDrawing(number));
  button.addEventListener("click", () => remove(file, item));
  item.append(small, button);
  return item;
}

async function add() {
  made += 1;
  const number = made;
  const file = await takeDrawing(`drawing-${String(number).padStart(3, "0")}.png`);
  drawings.push(file);
  list.append(await itemFor(file, number));
  tell();
}

byId("train-add").addEventListener("click", add);
