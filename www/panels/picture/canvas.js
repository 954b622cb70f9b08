// The panel's pad: a picture to draw on, and on top of it the part that the model is to fill in.

import { toImageData } from "../../lib/picture.js";
import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { drawStroke, inUnits, Pad, UNITS } from "../shared/pad.js";

/** The size and colours of a model's pictures. @typedef {import("../../lib/pool.js").Info["image"]} ImageSpec */
/** Strokes of the picture have a colour or are the eraser's; those of the mask are named in MARKING.
    @typedef {{ size: number, layer: "picture" | "mask", tone: string }} Brush */
/** @typedef {import("../shared/pad.js").Stroke<Brush>} Stroke */

/** The pad has at least so many pixels along an edge, in whole multiples of the model's. */
const LEAST_PIXELS = 448;
const OVERLAY = "rgb(20 150 220 / 62%)";
const HATCH = "rgb(255 255 255 / 55%)";
/** In a mask: the picture's pixel is kept, or the model fills it in. */
const [KEPT, FILLED] = [255, 0];

/** @type {HTMLCanvasElement} */
const canvas = byId("picture-pad");
const [undo, clear, half, invert] = ["undo", "clear", "half", "invert"].map((id) => byId(`picture-${id}`));
const colour = byId("picture-colour");
/** What lies under the strokes, the strokes, both together, and the marks of the mask. */
const [under, over, scene, marks] = Array.from({ length: 4 }, () => document.createElement("canvas"));
marks.width = marks.height = UNITS;

/** @type {ImageSpec} */
let spec = { side: 28, channels: 1 };
/** What the mask says of each pixel. */
let mask = new Uint8Array(28 * 28).fill(KEPT);
/** Grounds and strokes that were replaced, the latest last, and how many of the strokes stayed. @type {{ ground: Uint8Array, strokes: readonly Stroke[], kept: number }[]} */
let past = [];
/** @type {Uint8Array | null} */
let ground = null;
/** The picture that the pad was given last. @type {Uint8Array | null} */
let given = null;
/** Counts changes of what the pad shows, its mask left aside. */
let round = 0;
/** Told when the picture or the mask has changed. @type {() => void} */
let onChange = () => {};

/** @param {string} name @returns {string} */
const chosen = (name) => /** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value;
const layer = () => /** @type {Brush["layer"]} */ (chosen("picture-layer"));

/** @returns {Brush} */
function brush() {
  const own = layer();
  const tone = own === "mask" ? chosen("picture-mark") : chosen("picture-tone");
  return { size: Number(chosen("picture-brush")), layer: own, tone: tone === "colour" ? colour.value : tone };
}

/** @param {CanvasRenderingContext2D} context @param {Stroke} stroke */
function erase(context, stroke) {
  context.globalCompositeOperation = "destination-out";
  drawStroke(context, stroke, "black");
  context.globalCompositeOperation = "source-over";
}

/** @param {Stroke} stroke */
const isOfPicture = ({ brush: { layer: theirs } }) => theirs === "picture";

/** What strokes of the mask do. @type {{ [tone: string]: (context: CanvasRenderingContext2D, stroke: Stroke) => void }} */
const MARKING = {
  mark: (context, stroke) => drawStroke(context, stroke, "black"),
  unmark: erase,
  half: (context) => context.fillRect(0, UNITS / 2, UNITS, UNITS / 2),
  none: (context) => context.clearRect(0, 0, UNITS, UNITS),
  invert: (context) => {
    context.globalCompositeOperation = "xor";
    context.fillRect(0, 0, UNITS, UNITS);
    context.globalCompositeOperation = "source-over";
  },
};

/**
 * Paints the picture and what was drawn on it.
 * @param {HTMLCanvasElement} whole of any size
 * @param {HTMLCanvasElement} strokes as large; it is left with the strokes alone
 */
function paintPicture(whole, strokes) {
  const context = inUnits(strokes);
  context.clearRect(0, 0, UNITS, UNITS);
  for (const stroke of pad.strokes.filter(isOfPicture)) {
    if (stroke.brush.tone === "eraser") erase(context, stroke);
    else drawStroke(context, stroke, stroke.brush.tone);
  }
  const both = whole.getContext("2d");
  both.imageSmoothingEnabled = false;
  both.drawImage(under, 0, 0, whole.width, whole.height);
  both.drawImage(strokes, 0, 0);
}

/** @param {readonly Stroke[]} strokes */
function paintMask(strokes) {
  const context = inUnits(marks, { willReadFrequently: true });
  context.clearRect(0, 0, UNITS, UNITS);
  for (const stroke of strokes.filter((one) => !isOfPicture(one))) {
    MARKING[stroke.brush.tone](context, stroke);
  }
  const { data } = context.getImageData(0, 0, UNITS, UNITS);
  const middle = (cell) => Math.floor(((cell + 0.5) * UNITS) / spec.side);
  mask = Uint8Array.from({ length: spec.side ** 2 }, (_, at) => {
    const place = middle(Math.floor(at / spec.side)) * UNITS + middle(at % spec.side);
    return data[4 * place + 3] < 128 ? KEPT : FILLED;
  });
}

/** The marked pixels, pixel by pixel, as the model is told of them. @param {CanvasRenderingContext2D} context */
function paintOverlay(context) {
  const size = UNITS / spec.side;
  context.fillStyle = OVERLAY;
  context.strokeStyle = HATCH;
  context.lineWidth = 1;
  context.beginPath();
  mask.forEach((state, at) => {
    if (state === KEPT) return;
    const [x, y] = [(at % spec.side) * size, Math.floor(at / spec.side) * size];
    context.fillRect(x, y, size, size);
    context.moveTo(x, y + size);
    context.lineTo(x + size, y);
  });
  context.stroke();
}

/** @type {Pad<Brush>} */
const pad = new Pad(canvas, {
  brush,
  paint: (context, strokes) => {
    paintPicture(scene, over);
    paintMask(strokes);
    context.drawImage(scene, 0, 0, UNITS, UNITS);
    paintOverlay(context);
  },
  onChange: () => {
    if (layer() === "picture") round += 1;
    tell();
  },
});

function tell() {
  showTools();
  onChange();
}

function showTools() {
  const onMask = layer() === "mask";
  byId("picture-tones").hidden = onMask;
  byId("picture-marks").hidden = !onMask;
  half.hidden = invert.hidden = !onMask;
  clear.textContent = onMask ? words.picture.unmarkAll : words.picture.emptyPad;
  const nothing = pad.strokes.length === 0 && past.length === 0;
  // A button that is disabled loses the focus.
  if (nothing && document.activeElement === undo) canvas.focus({ preventScroll: true });
  undo.disabled = nothing;
}

/** @param {() => void} told */
export function watchPad(told) {
  onChange = told;
}

/** Counts changes of the picture. */
export const pictureRound = () => round;
/** Whether anything was drawn on the ground. */
export const isDrawnOn = () => pad.strokes.some(isOfPicture);
/** How many of how many pixels are marked. */
export const marked = () => ({ pixels: mask.filter((state) => state === FILLED).length, all: mask.length });
/** What the model keeps and what it fills in; null where nothing is marked. @returns {Uint8Array | null} */
export const maskOf = () => (mask.includes(FILLED) ? mask : null);
export const groundOf = () => ground;
/** Whether the pad shows the picture that it was given last, and nothing else. */
export const isAsGiven = () => ground === given && !isDrawnOn() && maskOf() === null;

/** The picture as it was drawn, the mask left aside, in as many pixels as the model has: what was not drawn on stays as it is. */
export function drawnPixels() {
  const [small, strokes] = [spec.side, spec.side].map((side) => Object.assign(document.createElement("canvas"), { width: side, height: side }));
  paintPicture(small, strokes);
  const { width, height } = small;
  return { width, height, rgba: small.getContext("2d").getImageData(0, 0, width, height).data };
}

/** @param {Uint8Array} bytes */
function lay(bytes) {
  ground = bytes;
  under.width = under.height = spec.side;
  under.getContext("2d").putImageData(toImageData(bytes, spec), 0, 0);
  round += 1;
}

/**
 * The pad shows this picture of another model; what was drawn and marked stays, in its place.
 * @param {Uint8Array} bytes one picture
 * @param {ImageSpec} its
 */
export function fitPad(bytes, its) {
  spec = its;
  const pixels = its.side * Math.ceil(LEAST_PIXELS / its.side);
  for (const one of [canvas, over, scene]) one.width = one.height = pixels;
  past = [];
  given = bytes;
  lay(bytes);
  byId("picture-own-colour").hidden = byId("picture-palette").hidden = its.channels === 1;
  if (its.channels === 1 && chosen("picture-tone") === "colour") byId("picture-tones").querySelector("input").checked = true;
  [clear, half, invert].forEach((button) => { button.disabled = false; });
  pad.strokes = pad.strokes;
}

/** The pad shows another picture. What was drawn goes, and can be had back. @param {Uint8Array} bytes @param {boolean} withMask whether the marks stay */
export function replacePicture(bytes, withMask) {
  given = bytes;
  replace(bytes, withMask);
}

/** @param {Uint8Array} bytes @param {boolean} withMask */
function replace(bytes, withMask) {
  const kept = pad.strokes.filter((stroke) => withMask && !isOfPicture(stroke));
  past.push({ ground, strokes: pad.strokes, kept: kept.length });
  lay(bytes);
  pad.strokes = kept;
}

function takeBack() {
  round += 1;
  const before = past.at(-1);
  if (before === undefined || pad.strokes.length > before.kept) {
    pad.strokes = pad.strokes.slice(0, -1);
    return;
  }
  past.pop();
  lay(before.ground);
  pad.strokes = before.strokes;
}

/** Adds what is no stroke to the mask. @param {string} tone */
function addMark(tone) {
  pad.strokes = [...pad.strokes, { brush: { size: 0, layer: "mask", tone }, points: [[0, 0]] }];
}

undo.addEventListener("click", takeBack);
half.addEventListener("click", () => addMark("half"));
invert.addEventListener("click", () => addMark("invert"));
clear.addEventListener("click", () => {
  if (layer() === "picture") replace(new Uint8Array(spec.channels * spec.side ** 2), true);
  else addMark("none");
});
colour.addEventListener("input", () => { byId("picture-own-colour").querySelector("input").checked = true; });
byId("picture-layer").addEventListener("change", showTools);
