// The schedule as curves over t, each with the same cursor.

import { add } from "../shared/curve.js";
import { byId } from "../shared/dom.js";

/** A drawing's size and its margins, in its own units. */
const [WIDTH, HEIGHT, LEFT, BELOW, ABOVE, RIGHT] = [320, 104, 44, 20, 8, 12];
/** Distances of an axis' marks. */
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/** Marks of an axis, at most. */
const MOST_MARKS = 3;

/** An axis that goes up: where its marks stand and what they say. @typedef {{ low: number, high: number, marks: [number, string][] }} Axis */

/** From 0 up. @param {number[]} values @returns {Axis} */
function linear(values) {
  const most = Math.max(...values);
  const step = STEPS.find((one) => most / one <= MOST_MARKS) ?? most;
  const count = Math.ceil(most / step - 1e-9);
  const digits = String(step).split(".")[1]?.length ?? 0;
  return {
    low: 0, high: count * step,
    marks: Array.from({ length: count + 1 }, (_, k) => [k * step, (k * step).toFixed(k === 0 ? 0 : digits)]),
  };
}

/** Of powers of ten. @param {number[]} values @returns {Axis} */
function logarithmic(values) {
  const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values))];
  const step = Math.ceil((high - low) / (MOST_MARKS + 1));
  const powers = Array.from({ length: high - low + 1 }, (_, k) => low + k).filter((power) => power % step === 0);
  return { low, high, marks: powers.map((power) => [power, `10${superscript(power)}`]) };
}

/** @param {number} power */
function superscript(power) {
  return String(power).replace(/./g, (digit) => (digit === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]));
}

/** The curves, by their name in `info.curves`. @type {readonly ["alpha_bar", "snr", "beta"]} */
const CURVES = ["alpha_bar", "snr", "beta"];
const AXES = { alpha_bar: linear, snr: logarithmic, beta: linear };
/** What is drawn of each. @type {{ [name: string]: "alpha_bar" | "log10_snr" | "beta" }} */
const DRAWN = { alpha_bar: "alpha_bar", snr: "log10_snr", beta: "beta" };

/** @param {number} t @param {number} count */
const across = (t, count) => LEFT + ((t + 1) / count) * (WIDTH - LEFT - RIGHT);

/**
 * Draws one curve.
 * @param {Element} svg
 * @param {number[]} values from t = 0 on
 * @param {Axis} axis
 * @returns {Element} the cursor
 */
function drawCurve(svg, values, { low, high, marks }) {
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  const y = (value) => ABOVE + ((high - value) / (high - low)) * (HEIGHT - ABOVE - BELOW);
  for (const [value, text] of marks) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) });
    add(svg, "text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, text);
  }
  for (const [t, anchor] of /** @type {[number, string][]} */ ([[0, "middle"], [values.length - 1, "end"]])) {
    add(svg, "text", { x: across(t, values.length), y: HEIGHT - 4, "text-anchor": anchor }, t === 0 ? "t = 0" : String(t));
  }
  const cursor = add(svg, "line", { class: "cursor", y1: ABOVE, y2: HEIGHT - BELOW });
  add(svg, "polyline", { points: values.map((value, t) => `${across(t, values.length)},${y(value)}`).join(" ") });
  return cursor;
}

/**
 * Draws the schedule.
 * @param {import("../../lib/pool.js").Info["curves"]} curves
 * @returns {(t: number | null) => void} moves the cursors; null: to before the first step
 */
export function drawSchedule(curves) {
  const cursors = CURVES.map((name) => {
    const values = curves[DRAWN[name]];
    return drawCurve(byId(`curve-${name}`), values, AXES[name](values));
  });
  const count = curves.beta.length;
  return (t) => cursors.forEach((cursor) => {
    const x = String(across(t ?? -1, count));
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
  });
}

/** Which of `count` timesteps was pressed; null for before the first. @param {MouseEvent} event on a curve @param {number} count */
export function pressed({ currentTarget, clientX }, count) {
  const { left, width } = /** @type {Element} */ (currentTarget).getBoundingClientRect();
  const at = ((clientX - left) / width) * WIDTH;
  const t = Math.round(((at - LEFT) / (WIDTH - LEFT - RIGHT)) * count) - 1;
  return t < 0 ? null : Math.min(t, count - 1);
}
