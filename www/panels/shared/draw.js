// Draws pictures on canvases: a batch's images side by side, with a hairline between them.

/** The size and colours of a model's pictures. @typedef {import("../../lib/pool.js").Info["image"]} ImageSpec */

/** Pixels between images. */
const GAP = 1;
/** The most images in a row, as in the tutorial. */
const MOST_COLUMNS = 12;

/** Columns of the grid that shows `count` images: as square as can be. @param {number} count */
function columnsFor(count) {
  return Math.min(MOST_COLUMNS, Math.ceil(count ** 0.5));
}

/** Bytes of one image. @param {ImageSpec} spec */
export function bytesOf({ side, channels }) {
  return channels * side * side;
}

/** The size of a canvas for `count` images of `side` pixels. */
function gridSize(count, side, columns = columnsFor(count)) {
  const length = (n) => n * (side + GAP) - GAP;
  return { columns, width: length(Math.min(columns, count)), height: length(Math.ceil(count / columns)) };
}

/** A canvas has four bytes a pixel: red, green, blue and this. They are written as one number, whose lowest byte comes
    first on all machines that run a browser. */
const OPAQUE = 0xff000000;

/** Each canvas keeps its pixels, because a run that is scrubbed draws sixty times a second. @type {WeakMap<HTMLCanvasElement, ImageData>} */
const kept = new WeakMap();

const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) target.querySelectorAll("canvas").forEach(fit);
});

/** The page was zoomed, or moved to another screen: boxes that keep their size have other device pixels. */
function followRatio() {
  matchMedia(`(resolution: ${devicePixelRatio}dppx)`).addEventListener("change", () => {
    for (const canvas of document.querySelectorAll("canvas")) if (kept.has(canvas)) fit(canvas);
    followRatio();
  }, { once: true });
}
followRatio();

/** @returns {ImageData} */
function pixelsOf(canvas, width, height) {
  const before = kept.get(canvas);
  if (before?.width === width && before.height === height) return before;
  canvas.width = width;
  canvas.height = height;
  const fresh = new ImageData(width, height);
  kept.set(canvas, fresh);
  boxes.observe(canvas.parentElement);
  fit(canvas);
  return fresh;
}

/**
 * Draws images in a grid.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes planes of `side * side` bytes: one for each grey image, three for each coloured one
 * @param {ImageSpec} spec
 * @param {number} [columns]
 */
export function draw(canvas, bytes, spec, columns) {
  const size = gridSize(bytes.length / bytesOf(spec), spec.side, columns);
  const image = pixelsOf(canvas, size.width, size.height);
  paint(image, bytes, spec, size.columns);
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** The same grid as a picture of its own, clear between the images. @param {Uint8Array} bytes @param {ImageSpec} spec @param {number} [columns] */
export function picture(bytes, spec, columns) {
  const size = gridSize(bytes.length / bytesOf(spec), spec.side, columns);
  const image = new ImageData(size.width, size.height);
  paint(image, bytes, spec, size.columns);
  return image;
}

/** @param {ImageData} image @param {Uint8Array} bytes @param {ImageSpec} spec @param {number} columns */
function paint(image, bytes, spec, columns) {
  const { side, channels } = spec;
  const plane = side * side;
  // A grey image's one plane is its red, green and blue.
  const [green, blue] = channels === 3 ? [plane, 2 * plane] : [0, 0];
  const count = bytes.length / bytesOf(spec);
  const out = new Uint32Array(image.data.buffer);
  for (let row = 0; row < count * side; row += 1) {
    const place = Math.floor(row / side);
    const x = (place % columns) * (side + GAP);
    const y = Math.floor(place / columns) * (side + GAP) + (row % side);
    const to = y * image.width + x;
    const from = place * channels * plane + (row % side) * side;
    for (let i = 0; i < side; i += 1) {
      const red = from + i;
      out[to + i] = OPAQUE | (bytes[red + blue] << 16) | (bytes[red + green] << 8) | bytes[red];
    }
  }
}

/**
 * Which image of a grid was clicked; null for none.
 * @param {MouseEvent} event on the canvas
 * @param {number} count
 * @param {ImageSpec} spec
 * @param {number} [columns]
 */
export function imageAt({ target, offsetX, offsetY }, count, { side }, columns = columnsFor(count)) {
  const canvas = /** @type {HTMLCanvasElement} */ (target);
  const cell = (offset, shown, pixels) => Math.floor(((offset / shown) * (pixels + GAP)) / (side + GAP));
  const column = cell(offsetX, canvas.clientWidth, canvas.width);
  const image = cell(offsetY, canvas.clientHeight, canvas.height) * columns + column;
  return column < columns && image >= 0 && image < count ? image : null;
}

/** @param {HTMLCanvasElement} canvas */
export function wipe(canvas) {
  kept.delete(canvas);
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

/** A canvas that this many times is as large fits, and not twice, is not drawn in whole multiples: that would waste too much. */
const RELAXED = 1.25;

/**
 * Makes a canvas as large as the box around it allows in whole multiples of device pixels. Where even one is
 * too many, the style sheet shrinks it smoothly; where one would leave much of the box empty, it fills the box smoothly.
 * @param {HTMLCanvasElement} canvas
 */
function fit(canvas) {
  const { clientWidth, clientHeight } = canvas.parentElement;
  const box = { width: clientWidth * devicePixelRatio, height: clientHeight * devicePixelRatio };
  const most = Math.min(box.width / canvas.width, box.height / canvas.height);
  const smooth = most < 1 || (most > RELAXED && most < 2);
  canvas.classList.toggle("shrunk", smooth);
  canvas.style.width = most < 1 ? "" : `${((smooth ? most : Math.floor(most)) * canvas.width) / devicePixelRatio}px`;
}
