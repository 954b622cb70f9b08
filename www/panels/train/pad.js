// The drawing pad: strokes by mouse, pen, finger or keyboard, on a dark ground as the clothes have.

import { byId } from "../shared/dom.js";

/** A stroke: a brush and where it went. @typedef {{ size: number, tone: number, points: [number, number][] }} Stroke */

/** Pixels that an arrow key moves the pen by. */
const KEY_STEP = 8;
/** @type {{ [key: string]: [number, number] }} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {HTMLCanvasElement} */
const pad = byId("train-pad");
const [undo, clear, add] = ["train-undo", "train-clear", "train-add"].map(byId);
const context = pad.getContext("2d");

/** @type {Stroke[]} */
let strokes = [];
/** The stroke that is being drawn. @type {Stroke | null} */
let current = null;
/** Where the keyboard's pen is. It is shown while the keyboard moves it. */
const pen = { x: pad.width / 2, y: pad.height / 2, shown: false };

/** @param {string} name */
const chosen = (name) => Number(/** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value);

/** @param {number} x @param {number} y */
function newStroke(x, y) {
  /** @type {Stroke} */
  const stroke = { size: chosen("train-brush"), tone: chosen("train-tone"), points: [[x, y]] };
  strokes.push(stroke);
  return stroke;
}

/** @param {Stroke} stroke */
function drawStroke({ size, tone, points }) {
  context.strokeStyle = `rgb(${tone} ${tone} ${tone})`;
  context.lineWidth = size;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(...points[0]);
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}

function drawPen() {
  context.strokeStyle = current === null ? "#888" : "#7cc4ea";
  context.lineWidth = 2;
  context.beginPath();
  context.arc(pen.x, pen.y, chosen("train-brush") / 2 + 2, 0, 7);
  context.stroke();
}

/** @param {boolean} withPen */
function paint(withPen) {
  context.fillStyle = "black";
  context.fillRect(0, 0, pad.width, pad.height);
  strokes.forEach(drawStroke);
  if (withPen && pen.shown) drawPen();
}

function show() {
  paint(true);
  const empty = strokes.length === 0;
  // A button that is disabled loses the focus.
  if (empty && [undo, clear, add].includes(document.activeElement)) pad.focus({ preventScroll: true });
  [undo, clear, add].forEach((button) => { button.disabled = empty; });
}

/** An event's place in the pad's own pixels. @param {PointerEvent} event @returns {[number, number]} */
function placeOf(event) {
  const { left, top, width, height } = pad.getBoundingClientRect();
  return [((event.clientX - left) / width) * pad.width, ((event.clientY - top) / height) * pad.height];
}

/** @param {PointerEvent} event */
function begin(event) {
  if (event.button !== 0 || !event.isPrimary) return;
  pad.setPointerCapture(event.pointerId);
  pen.shown = false;
  current = newStroke(...placeOf(event));
  show();
}

/** @param {PointerEvent} event */
function follow(event) {
  if (current === null || !pad.hasPointerCapture(event.pointerId)) return;
  // A browser may gather several moves into one event.
  const all = event.getCoalescedEvents?.() ?? [];
  for (const one of all.length > 0 ? all : [event]) current.points.push(placeOf(one));
  show();
}

function end() {
  current = null;
  show();
}

/** @param {KeyboardEvent} event */
function onKey(event) {
  const { key, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey) return;
  if (key === " ") {
    current = current === null ? newStroke(pen.x, pen.y) : null;
  } else if (Object.hasOwn(ARROWS, key)) {
    const [x, y] = ARROWS[key];
    pen.x = Math.min(pad.width, Math.max(0, pen.x + x * KEY_STEP));
    pen.y = Math.min(pad.height, Math.max(0, pen.y + y * KEY_STEP));
    current?.points.push([pen.x, pen.y]);
  } else {
    return;
  }
  event.preventDefault();
  pen.shown = true;
  show();
}

/** Takes the drawing as a PNG file and leaves an empty pad. @param {string} name @returns {Promise<File>} */
export async function takeDrawing(name) {
  current = null;
  paint(false);
  /** @type {Blob} */
  const blob = await new Promise((resolve) => { pad.toBlob(resolve, "image/png"); });
  wipePad();
  return new File([blob], name, { type: blob.type });
}

function wipePad() {
  strokes = [];
  current = null;
  show();
}

pad.addEventListener("pointerdown", begin);
pad.addEventListener("pointermove", follow);
pad.addEventListener("pointerup", end);
pad.addEventListener("pointercancel", end);
pad.addEventListener("keydown", onKey);
pad.addEventListener("blur", () => {
  pen.shown = false;
  end();
});
undo.addEventListener("click", () => {
  strokes.pop();
  show();
});
clear.addEventListener("click", wipePad);
show();
