// Pictures of a run as PNG files: enlarged in whole multiples, and a figure with a caption, to be printed.

import { words } from "../../../words/below.js";
import { picture } from "../../shared/draw.js";

/** @typedef {import("../../shared/draw.js").ImageSpec} ImageSpec */

/** Pixels of the figure's width: 17 cm at 300 dots an inch. */
const WIDTH = 2008;
const [MARGIN, GAP, COLUMNS] = [40, 28, 4];
/** Pixels of the letters: 8 points at 300 dots an inch. */
const LETTERS = 33;
const LINE = Math.round(1.4 * LETTERS);
const FONT = `${LETTERS}px system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans KR", sans-serif`;

/** @param {number} width @param {number} height */
function canvasOf(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  return { canvas, context };
}

/** @param {ImageData} image */
function small(image) {
  const { canvas, context } = canvasOf(image.width, image.height);
  context.putImageData(image, 0, 0);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
function png(canvas) {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error(words.save.tooLarge)) : resolve(blob)), "image/png");
  });
}

/**
 * Images in a grid, each pixel a square of `scale` pixels.
 * @param {Uint8Array} bytes
 * @param {ImageSpec} spec
 * @param {number} scale
 */
function enlarged(bytes, spec, scale) {
  const one = small(picture(bytes, spec));
  const large = canvasOf(scale * one.width, scale * one.height);
  large.context.drawImage(one, 0, 0, large.canvas.width, large.canvas.height);
  return large;
}

/** The same as a file. @param {Uint8Array} bytes @param {ImageSpec} spec @param {number} scale */
export function enlargedPng(bytes, spec, scale) {
  return png(enlarged(bytes, spec, scale).canvas);
}

/** The same as pixels, on white: so grey images have 256 colours at most. @param {Uint8Array} bytes @param {ImageSpec} spec @param {number} scale */
export function enlargedPixels(bytes, spec, scale) {
  const { canvas, context } = enlarged(bytes, spec, scale);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** A text in lines of at most `width` pixels. Words that are longer, as links are, are broken. @param {CanvasRenderingContext2D} context @param {string} text @param {number} width */
function lines(context, text, width) {
  const fits = (words) => context.measureText(words).width <= width;
  const all = [];
  let line = "";
  for (let word of text.split(" ")) {
    if (line !== "" && !fits(`${line} ${word}`)) {
      all.push(line);
      line = "";
    }
    while (!fits(word)) {
      let most = word.length - 1;
      while (!fits(word.slice(0, most))) most -= 1;
      all.push(word.slice(0, most));
      word = word.slice(most);
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...all, line];
}

/**
 * The run at a glance, dark on white.
 * @param {{ title: string, bytes: Uint8Array }[]} frames
 * @param {ImageSpec} spec
 * @param {string[]} caption paragraphs
 */
export function figurePng(frames, spec, caption) {
  const grids = frames.map(({ bytes }) => small(picture(bytes, spec)));
  const cell = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
  // Whole multiples where there is room for one; larger batches are made smaller.
  const scale = Math.floor(cell / grids[0].width) || cell / grids[0].width;
  const [width, height] = [scale * grids[0].width, scale * grids[0].height];
  const rowHeight = LINE + height + GAP;
  const measure = canvasOf(1, 1).context;
  measure.font = FONT;
  const words = caption.flatMap((paragraph) => lines(measure, paragraph, WIDTH - 2 * MARGIN));
  const top = MARGIN + Math.ceil(frames.length / COLUMNS) * rowHeight;
  const { canvas, context } = canvasOf(WIDTH, Math.ceil(top + words.length * LINE + MARGIN));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "#111";
  context.font = FONT;
  context.textBaseline = "top";
  context.imageSmoothingEnabled = scale < 1;
  frames.forEach(({ title }, at) => {
    const x = Math.round(MARGIN + (at % COLUMNS) * (cell + GAP));
    const y = Math.round(MARGIN + Math.floor(at / COLUMNS) * rowHeight);
    context.fillText(title, x, y);
    context.drawImage(grids[at], x, y + LINE, width, height);
  });
  words.forEach((line, at) => context.fillText(line, MARGIN, top + at * LINE));
  return png(canvas);
}
