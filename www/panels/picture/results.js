// The pictures that came back: each is a button that enlarges it, and from there it is saved or becomes the picture.

import { toImageData } from "../../lib/picture.js";
import { words as all } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { bytesOf, draw } from "../shared/draw.js";
import { give } from "../shared/give.js";
import { addButton } from "./button.js";

/** @typedef {import("../shared/draw.js").ImageSpec} ImageSpec */
/** What came back, of which picture. @typedef {{ bytes: Uint8Array, picture: Uint8Array, spec: ImageSpec, names: string[] | null, seed: number, t: number }} Results */

const words = all.picture;

/** A saved picture has at least so many pixels along an edge, in whole multiples of the model's. */
const SAVED_PIXELS = 512;

export const COUNT = 10;

const buttons = Array.from({ length: COUNT }, (_, at) => (
  addButton(byId("picture-results"), words.resultName(at + 1, null), String(at + 1))));
const dialog = byId("picture-zoom");
const line = byId("picture-zoom-line");

/** @type {Results | null} */
let shown = null;
/** Which of them is large. */
let large = 0;
/** @type {(name: string, bytes: Uint8Array, spec: ImageSpec) => void} */
let onUse = () => {};

/** @param {(name: string, bytes: Uint8Array, spec: ImageSpec) => void} told of a result that is to be the picture */
export function watchResults(told) {
  onUse = told;
}

/** One of them. @param {number} at */
function picture(at) {
  const size = bytesOf(shown.spec);
  return shown.bytes.subarray(at * size, (at + 1) * size);
}

/** A result's number and the name of its class. @param {number} at @returns {[number, string | null]} */
const named = (at) => [at + 1, shown.names?.[at] ?? null];
/** @param {number} at */
const nameOf = (at) => words.resultName(...named(at));

/** @param {Results} results */
export function showResults(results) {
  shown = results;
  buttons.forEach(({ button, canvas, words: below }, at) => {
    draw(canvas, picture(at), shown.spec);
    button.setAttribute("aria-label", words.enlarge(...named(at)));
    below.textContent = shown.names?.[at] ?? String(at + 1);
    button.disabled = false;
  });
  if (dialog.open) enlarge(large);
}

/** @param {number} at */
function enlarge(at) {
  large = at;
  byId("picture-zoom-title").textContent = nameOf(at);
  byId("picture-zoom-before").disabled = at === 0;
  byId("picture-zoom-after").disabled = at === COUNT - 1;
  byId("picture-zoom-result").setAttribute("aria-label", nameOf(at));
  line.textContent = "";
  if (!dialog.open) dialog.showModal();
  draw(byId("picture-zoom-given"), shown.picture, shown.spec);
  draw(byId("picture-zoom-result"), picture(at), shown.spec);
}

/** Saves it as a PNG, enlarged in whole multiples: as small as they are, most programs blur them. */
async function saveIt() {
  const { spec, seed, t } = shown;
  const times = Math.ceil(SAVED_PIXELS / spec.side);
  const [small, enlarged] = ["canvas", "canvas"].map((tag) => /** @type {HTMLCanvasElement} */ (document.createElement(tag)));
  small.width = small.height = spec.side;
  small.getContext("2d").putImageData(toImageData(picture(large), spec), 0, 0);
  enlarged.width = enlarged.height = times * spec.side;
  const context = enlarged.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, enlarged.width, enlarged.height);
  const name = `picture-t${t}-seed${seed}-${large + 1}.png`;
  /** @type {Blob} */
  const blob = await new Promise((resolve) => { enlarged.toBlob(resolve, "image/png"); });
  give(new File([blob], name, { type: "image/png" }));
  line.textContent = words.savedLine(name, times, spec.side);
}

buttons.forEach(({ button }, at) => button.addEventListener("click", () => enlarge(at)));
byId("picture-zoom-before").addEventListener("click", () => enlarge(large - 1));
byId("picture-zoom-after").addEventListener("click", () => enlarge(large + 1));
byId("picture-zoom-close").addEventListener("click", () => dialog.close());
byId("picture-zoom-save").addEventListener("click", saveIt);
byId("picture-zoom-use").addEventListener("click", () => {
  dialog.close();
  onUse(nameOf(large), picture(large).slice(), shown.spec);
});
