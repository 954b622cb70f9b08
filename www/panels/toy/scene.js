// Draws the plane: the data's points, the particles, the paths they have taken, and the score as arrows.

/** Half the edge of the square that is seen: some of the noise lies outside. */
const REACH = 2.4;
/** An arrow of the usual length of the noise is so long, as a share of the distance between two. */
const ARROW = 0.45;
/** Paths fade with age, so that one that wanders can be followed: over this share of all steps, to so much. */
const [FRESH, FADED] = [0.2, 0.3];

/**
 * What is drawn.
 * @typedef {object} Scene
 * @property {Float32Array} points of the data, x and y of each
 * @property {Float32Array[]} xs where the particles are before the first step and after each
 * @property {number} at the step that is shown; between two, the particles are on the way
 * @property {number} marked so many particles have paths
 * @property {boolean} paths whether these are drawn
 * @property {{ at: Float32Array, arrows: Float32Array } | null} field
 */

/** @param {Float32Array} all @param {number} k @returns {[number, number]} */
const pair = (all, k) => [all[2 * k], all[2 * k + 1]];

/** Where particle `k` is at a step, or between two. @param {Float32Array[]} xs @param {number} at @param {number} k @returns {[number, number]} */
function whereabouts(xs, at, k) {
  const done = Math.floor(at);
  const [x, y] = pair(xs[done], k);
  if (done === at) return [x, y];
  const [next_x, next_y] = pair(xs[done + 1], k);
  return [x + (at - done) * (next_x - x), y + (at - done) * (next_y - y)];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Scene} scene
 * @param {{ data: string, particles: string, paths: string, arrows: string }} colours
 */
export function paint(canvas, { points, xs, at, marked, paths, field }, colours) {
  const edge = Math.round(canvas.clientWidth * devicePixelRatio);
  if (edge === 0) return;
  if (canvas.width !== edge) Object.assign(canvas, { width: edge, height: edge });
  const context = canvas.getContext("2d");
  const unit = edge / (2 * REACH);
  const pixel = edge / canvas.clientWidth;
  // y goes up, as in figures.
  context.setTransform(unit, 0, 0, -unit, edge / 2, edge / 2);
  context.clearRect(-REACH, -REACH, 2 * REACH, 2 * REACH);
  const dots = (all, radius, colour) => {
    context.fillStyle = colour;
    for (const [x, y] of all) {
      context.beginPath();
      context.arc(x, y, (radius * pixel) / unit, 0, 2 * Math.PI);
      context.fill();
    }
  };

    if (field !== null) arrows(context, field, colours.arrows, pixel / unit);
  dots(Array.from({ length: points.length / 2 }, (_, k) => pair(points, k)), 1.5, colours.data);
  if (paths) {
    context.strokeStyle = colours.paths;
    context.lineWidth = (1.25 * pixel) / unit;
    const fresh = FRESH * xs.length;
    for (let done = 0; done < at; done += 1) {
      context.globalAlpha = Math.max(FADED, 1 - (at - done) / fresh);
      context.beginPath();
      for (let k = 0; k < marked; k += 1) {
        context.moveTo(...pair(xs[done], k));
        context.lineTo(...whereabouts(xs, Math.min(done + 1, at), k));
      }
      context.stroke();
    }
    context.globalAlpha = 1;
  }
  const all = Array.from({ length: xs[0].length / 2 }, (_, k) => whereabouts(xs, at, k));
  dots(all.slice(marked), 2, colours.particles);
  dots(all.slice(0, marked), 3.5, colours.paths);
}

/** @param {CanvasRenderingContext2D} context @param {{ at: Float32Array, arrows: Float32Array }} field @param {string} colour @param {number} pixel */
function arrows(context, { at, arrows: all }, colour, pixel) {
  const gap = at[2] - at[0];
  context.strokeStyle = colour;
  context.lineWidth = pixel;
  context.beginPath();
  for (let k = 0; 2 * k < at.length; k += 1) {
    const [x, y] = pair(at, k);
    const [along, up] = pair(all, k);
    const length = Math.hypot(along, up);
    const shown = Math.min(length, 2) * ARROW * gap;
    if (shown < 2 * pixel) continue;
    const [dx, dy] = [(along / length) * shown, (up / length) * shown];
    const [tip_x, tip_y] = [x + dx / 2, y + dy / 2];
    const head = Math.min(0.35 * shown, 4 * pixel) / shown;
    context.moveTo(x - dx / 2, y - dy / 2);
    context.lineTo(tip_x, tip_y);
    for (const side of [0.7, -0.7]) {
      context.moveTo(tip_x, tip_y);
      context.lineTo(tip_x - head * (dx + side * dy), tip_y - head * (dy - side * dx));
    }
  }
  context.stroke();
}
