// Pictures onto canvases. The sheet gives a canvas its size on the page; here it gets its pixels.

/**
 * @param {HTMLCanvasElement} canvas
 * @param {import("./protocol.js").Picture} picture
 */
export function draw(canvas, { width, height, rgba }) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
}

/** @param {HTMLCanvasElement} canvas */
export function wipe(canvas) {
  canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}
