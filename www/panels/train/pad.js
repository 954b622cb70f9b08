// The pad for a set of drawings, on a dark ground as the clothes have.

import { byId } from "../shared/dom.js";
import { drawStroke, Pad, UNITS } from "../shared/pad.js";

/** @typedef {{ size: number, tone: number }} Brush */

/** @type {HTMLCanvasElement} */
const canvas = byId("train-pad");
const [undo, clear, add] = ["train-undo", "train-clear", "train-add"].map(byId);

/** @param {string} name */
const chosen = (name) => Number(/** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value);

/** @type {Pad<Brush>} */
const pad = new Pad(canvas, {
  brush: () => ({ size: chosen("train-brush"), tone: chosen("train-tone") }),
  paint: (context, strokes) => {
    context.fillStyle = "black";
    context.fillRect(0, 0, UNITS, UNITS);
    for (const stroke of strokes) drawStroke(context, stroke, `rgb(${stroke.brush.tone} ${stroke.brush.tone} ${stroke.brush.tone})`);
  },
  onChange: showButtons,
});

function showButtons() {
  const empty = pad.strokes.length === 0;
  // A button that is disabled loses the focus.
  if (empty && [undo, clear, add].includes(document.activeElement)) canvas.focus({ preventScroll: true });
  [undo, clear, add].forEach((button) => { button.disabled = empty; });
}

/** Takes the drawing as a PNG file and leaves an empty pad. @param {string} name @returns {Promise<File>} */
export async function takeDrawing(name) {
  pad.show(false);
  /** @type {Blob} */
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  pad.strokes = [];
  return new File([blob], name, { type: blob.type });
}

undo.addEventListener("click", () => { pad.strokes = pad.strokes.slice(0, -1); });
clear.addEventListener("click", () => { pad.strokes = []; });
pad.strokes = [];
