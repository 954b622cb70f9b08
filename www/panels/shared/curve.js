// Loss curves, as SVG: of a run that has ended, with a cursor, and of one that goes on.

import { words } from "../../words/words.js";

/** The drawing's size and its margins, in its own units. */
const [WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT] = [320, 160, 40, 24, 8, 10];

/** Adds an element of a drawing. @param {Element} parent @param {string} name @param {object} attributes @param {string} [text] */
export function add(parent, name, attributes, text) {
  const element = document.createElementNS(parent.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

/** The multiples of `step` from `low` to `high`, for an axis. */
function ticks(low, high, step) {
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => (first + i) * step);
}

/**
 * Draws the curve.
 * @param {Element} svg
 * @param {number[]} losses of the epochs 1, 2, ...
 * @param {number[]} stops epochs that are marked
 * @returns {(epoch: number) => void} moves the cursor
 */
export function curve(svg, losses, stops) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const low = Math.floor(Math.min(...losses) * 20) / 20;
  const high = Math.ceil(Math.max(...losses) * 20) / 20;
  const x = (epoch) => LEFT + (epoch / losses.length) * (WIDTH - LEFT - RIGHT);
  const y = (loss) => ABOVE + ((high - loss) / (high - low)) * (HEIGHT - ABOVE - BELOW);
  for (const loss of ticks(low, high, 0.05)) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) });
    add(svg, "text", { x: LEFT - 6, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(2));
  }
  for (const epoch of ticks(0, losses.length, losses.length > 12 ? 10 : 2)) {
    add(svg, "text", { x: x(epoch), y: HEIGHT - 6, "text-anchor": "middle" }, String(epoch));
  }
  const cursor = add(svg, "line", { class: "cursor", y1: ABOVE, y2: HEIGHT - BELOW });
  add(svg, "polyline", { points: losses.map((loss, i) => `${x(i + 1)},${y(loss)}`).join(" ") });
  for (const epoch of stops.filter((stop) => stop >= 1 && stop <= losses.length)) {
    add(svg, "circle", { cx: x(epoch), cy: y(losses[epoch - 1]), r: 3 });
  }
  return (epoch) => {
    cursor.setAttribute("x1", String(x(epoch)));
    cursor.setAttribute("x2", String(x(epoch)));
  };
}

/** Distances of an axis' marks. */
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
/** Marks of an axis, at most. */
const MOST_MARKS = 5;
/** The first steps' losses are many times the others': the axis leaves this share of the points out, from above. */
const LEFT_OUT = 0.05;

/**
 * Draws the curve of a run so far. The few high losses at the beginning leave the drawing at its upper edge.
 * @param {Element} svg
 * @param {{ step: number, loss: number }[]} points at least one
 */
export function runningCurve(svg, points) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const sorted = points.map(({ loss }) => loss).sort((a, b) => b - a);
  const most = sorted[Math.floor(sorted.length * LEFT_OUT)];
  const range = Math.max(most - sorted.at(-1), most / 20);
  const mark = STEPS.find((step) => range / step <= MOST_MARKS - 1) ?? range;
  const low = Math.floor(sorted.at(-1) / mark) * mark;
  const high = Math.max(Math.ceil(most / mark) * mark, low + mark);
  const steps = points.at(-1).step;
  const x = (step) => LEFT + (step / steps) * (WIDTH - LEFT - RIGHT);
  const y = (loss) => ABOVE + ((high - Math.min(loss, high)) / (high - low)) * (HEIGHT - ABOVE - BELOW);
  for (const loss of ticks(low, high, mark)) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) });
    add(svg, "text", { x: LEFT - 6, y: y(loss) + 4, "text-anchor": "end" }, loss.toFixed(2));
  }
  for (const [step, anchor] of [[0, "start"], [steps, "end"]]) {
    add(svg, "text", { x: x(step), y: HEIGHT - 6, "text-anchor": anchor }, step === 0 ? words.shared.firstStep("0") : step.toLocaleString("en"));
  }
  add(svg, "polyline", { points: points.map(({ step, loss }) => `${x(step)},${y(loss)}`).join(" ") });
}
