// Pictures onto canvases: a batch's greys side by side, a hairline between them.

/** Pixels between images. */
export const GAP = 1;
/** The most images in a row, as in the tutorial. */
const MOST_COLUMNS = 12;

/** Columns of the grid that shows `count` images: as square as can be. @param {number} count */
export function columnsFor(count) {
  return Math.min(MOST_COLUMNS, Math.ceil(count ** 0.5));
}

/** The size of a canvas for `count` images of `side` pixels. */
export function gridSize(count, side, columns = columnsFor(count)) {
  const length = (n) => n * (side + GAP) - GAP;
  return { columns, width: length(Math.min(columns, count)), height: length(Math.ceil(count / columns)) };
}

/** Opaque greys, one number a pixel, in the byte order of canvases. */
const SHADES = new Uint32Array(new Uint8Array(4 << 8).map((_, at) => (at % 4 === 3 ? -1 : at >> 2)).buffer);

/** Each canvas keeps its pixels: a scrubbed run draws sixty times a second. @type {WeakMap<HTMLCanvasElement, ImageData>} */
const kept = new WeakMap();

const boxes = new ResizeObserver((entries) => {
  for (const { target } of entries) target.querySelectorAll("canvas").forEach(fit);
});

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
 * @param {Uint8Array} greys `side * side` bytes for each image
 * @param {number} side
 * @param {number} [columns]
 */
export function draw(canvas, greys, side, columns) {
  const count = greys.length / (side * side);
  const size = gridSize(count, side, columns);
  const image = pixelsOf(canvas, size.width, size.height);
  const out = new Uint32Array(image.data.buffer);
  for (let row = 0; row < count * side; row += 1) {
    const place = Math.floor(row / side);
    const x = (place % size.columns) * (side + GAP);
    const y = Math.floor(place / size.columns) * (side + GAP) + (row % side);
    for (let i = 0; i < side; i += 1) out[y * size.width + x + i] = SHADES[greys[row * side + i]];
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/**
 * Which image of a grid was clicked; null for none.
 * @param {MouseEvent} event on the canvas
 */
export function imageAt({ target, offsetX, offsetY }, count, side, columns = columnsFor(count)) {
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

/**
 * As large as the box around it allows in whole multiples of device pixels; where one is too many,
 * the sheet shrinks it smoothly.
 * @param {HTMLCanvasElement} canvas
 */
function fit(canvas) {
  const { clientWidth, clientHeight } = canvas.parentElement;
  const box = { width: clientWidth * devicePixelRatio, height: clientHeight * devicePixelRatio };
  const multiple = Math.floor(Math.min(box.width / canvas.width, box.height / canvas.height));
  canvas.classList.toggle("shrunk", multiple < 1);
  canvas.style.width = multiple < 1 ? "" : `${(multiple * canvas.width) / devicePixelRatio}px`;
}
