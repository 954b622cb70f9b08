// Where the picture comes from: the test pictures, a file that is chosen, dropped or pasted, or one of the results.

import { toImageData } from "../../lib/picture.js";
import { words as all } from "../../words/below.js";
import { CLOTHES } from "../shared/clothes.js";
import { byId, showError } from "../shared/dom.js";
import { bytesOf, draw } from "../shared/draw.js";
import { addButton } from "./button.js";
import { fileGiven } from "./file.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../shared/draw.js").ImageSpec} ImageSpec */

/** @typedef {import("./swap.js").Ground} Ground */

/** A picture as a model gets it; a file's with what became of it on the way, where the background is the one that the model gets.
    @typedef {{ bytes: Uint8Array, fitted?: import("../../lib/trainer/single.js").Fitted, tone?: import("./swap.js").Tone | null }} Read */
/** What the visitor has chosen for a file's picture; null where the page chooses. @typedef {{ background: Ground | null, swapped: boolean | null }} Chosen */
/** A picture that can be read for any model; a file's is read again with other choices.
    @typedef {{ name: string, file?: File, chosen?: Chosen, test?: { kind: number, number: number }, read: (engine: Engine, choices: Choices) => Promise<Read> }} Given */
/** Whether the middle of an oblong picture is taken. @typedef {{ crop: boolean }} Choices */

const words = all.picture;
/** What the test pictures show, class by class. */
const CLASSES = CLOTHES.map(all.shared.className);

/** There are so many test pictures of each class. */
const EACH = 4;
/** The original is shown at most this wide and high, in the screen's pixels. */
const SHOWN = 264;

const WEIGHTS = /\.(safetensors|pt|pth|ckpt|bin)$/i;

const tests = CLASSES.map((name) => addButton(byId("picture-tests"), words.takeTest(name)));
const [input, others] = ["picture-file", "picture-others"].map(byId);
const [ground, crop, swap] = ["picture-ground", "picture-crop", "picture-swap"].map(byId);
const line = byId("picture-error");
const section = byId("picture");

/** Which of each class' test pictures are shown. */
let turn = 0;
/** All test pictures, for the model that they were asked for. @type {{ bytes: Uint8Array, spec: ImageSpec } | null} */
let pictures = null;
/** The picture that is shown. @type {Given} */
let shown;
/** The picture that was chosen and is not shown yet: the pad comes into view with it. @type {Given | null} */
let awaited = null;
/** The file of which the original is shown. @type {File | null} */
let pictured = null;
/** @type {(given: Given) => void} */
let onGiven = () => {};

/** @param {(given: Given) => void} told of a picture: another one, or the same with other choices */
export function watchGiven(told) {
  onGiven = told;
}

/** @returns {Choices} */
export function choices() {
  return { crop: crop.querySelector(":checked").value === "crop" };
}

/** One of the test pictures. @param {number} kind its class @param {number} number of that class @returns {Given} */
export function testPicture(kind, number) {
  const read = async (engine) => {
    const size = bytesOf(engine.info.image);
    const at = (EACH * kind + number) * size;
    return { bytes: (await engine.testPictures()).slice(at, at + size) };
  };
  return { name: CLASSES[kind], test: { kind, number }, read };
}

export const TESTS = EACH * CLOTHES.length;
/** The test picture of this number, from 1. @param {number} number */
export const testWith = (number) => testPicture(Math.floor((number - 1) / EACH), (number - 1) % EACH);
/** A test picture's number; null of other pictures. @param {Given} given */
export const testNumber = ({ test }) => (test === undefined ? null : EACH * test.kind + test.number + 1);

/** A picture that a model made, which another model may get. @param {string} name @param {Uint8Array} bytes @param {ImageSpec} spec @returns {Given} */
export function madePicture(name, bytes, spec) {
  const read = async (engine) => {
    const { side, channels } = engine.info.image;
    if (side === spec.side && channels === spec.channels) return { bytes };
    const fitted = await engine.fitPicture({ width: spec.side, height: spec.side, rgba: toImageData(bytes, spec).data });
    return { bytes: fitted.bytes };
  };
  return { name, read };
}

/** Fetches the test pictures and shows some of them. @param {Engine} engine */
export async function showTests(engine) {
  pictures = { bytes: await engine.testPictures(), spec: engine.info.image };
  drawTests();
  [input, others, ...tests.map(({ button }) => button)].forEach((control) => { control.disabled = false; });
}

/** The test pictures are shown of which this is one. @param {number} number as an address has it */
export function turnTo(number) {
  turn = (number - 1) % EACH;
  if (pictures !== null) drawTests();
}

function drawTests() {
  const size = bytesOf(pictures.spec);
  tests.forEach(({ canvas }, kind) => {
    const at = (EACH * kind + turn) * size;
    draw(canvas, pictures.bytes.subarray(at, at + size), pictures.spec);
  });
  press();
}

/** Marks the test picture that is shown, if it is one. */
function press() {
  tests.forEach(({ button }, kind) => {
    const { test } = shown ?? {};
    button.setAttribute("aria-pressed", String(test?.kind === kind && test.number === turn));
  });
}

/**
 * The original beside what the model gets, and what became of it.
 * @param {Given} given
 * @param {Read} read
 */
export async function showOriginal(given, { fitted, tone = null }) {
  shown = given;
  press();
  byId("picture-brought").hidden = fitted === undefined;
  if (fitted === undefined) return;
  const { original, facts, background } = fitted;
  const notes = byId("picture-notes");
  notes.textContent = words.notesLine(fitted, tone);
  notes.hidden = notes.textContent === "";
  crop.hidden = original.width === original.height;
  swap.hidden = tone === null;
  swap.querySelector(`[value="${tone?.swapped ? "swapped" : "kept"}"]`).checked = true;
  ground.hidden = !facts.includes("transparent") && !facts.includes("barred");
  ground.querySelector(`[value="${background}"]`).checked = true;
  byId("picture-original-line").textContent = words.originalLine(given.name, original);
  await showThumbnail(given, original);
  if (given !== awaited) return;
  awaited = null;
  byId("picture-pad").scrollIntoView({ block: "nearest" });
}

/** @param {Given} given @param {{ width: number, height: number }} original */
async function showThumbnail({ name, file }, { width, height }) {
  if (file === pictured) return; // it was read again with other choices
  pictured = file;
  const canvas = byId("picture-original");
  canvas.hidden = true;
  const scale = Math.min(1, SHOWN / Math.max(width, height));
  const [wide, high] = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  // A browser may know fewer formats than the program does: then the original is told of, and not shown.
  const bitmap = await createImageBitmap(file, { resizeWidth: wide, resizeHeight: high, resizeQuality: "high" }).catch(() => null);
  if (bitmap === null || file !== pictured) return;
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height];
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  bitmap.close();
  canvas.setAttribute("aria-label", name);
  canvas.hidden = false;
}

/** @param {File[]} files @param {string | null} [name] */
function takeFiles(files, name = null) {
  if (files.length === 0) {
    showError(line, words.noFile);
    return;
  }
  awaited = null;
  onGiven(fileGiven(files[0], name ?? files[0].name));
}

tests.forEach(({ button }, kind) => {
  button.title = CLASSES[kind];
  button.addEventListener("click", () => onGiven(testPicture(kind, turn)));
});
others.addEventListener("click", () => {
  turn = (turn + 1) % EACH;
  drawTests();
});
crop.addEventListener("change", () => onGiven(shown));
ground.addEventListener("change", ({ target }) => {
  shown.chosen.background = target.value;
  onGiven(shown);
});
swap.addEventListener("change", ({ target }) => {
  shown.chosen.swapped = target.value === "swapped";
  onGiven(shown);
});
input.addEventListener("change", () => {
  if (input.files.length > 0) onGiven(awaited = fileGiven(input.files[0], input.files[0].name));
  input.value = ""; // so that the same can be chosen again
});
section.addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  section.classList.add("over");
});
section.addEventListener("dragleave", (event) => {
  if (!section.contains(/** @type {Node | null} */ (event.relatedTarget))) section.classList.remove("over");
});
section.addEventListener("drop", (event) => {
  section.classList.remove("over");
  const files = [...event.dataTransfer.files];
  // Weights go where the page takes them everywhere.
  const pictures = files.filter(({ name }) => !WEIGHTS.test(name));
  if (!event.dataTransfer.types.includes("Files") || (files.length > 0 && pictures.length === 0)) return;
  event.preventDefault();
  takeFiles(pictures);
});
// Nothing else on the page has a use for a pasted picture.
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files].filter(({ type }) => type.startsWith("image/"));
  if (input.disabled || files.length === 0) return;
  event.preventDefault();
  section.scrollIntoView({ block: "nearest" });
  takeFiles(files, words.pasted);
});
