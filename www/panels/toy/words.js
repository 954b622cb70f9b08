// What is said of the plane.

import { milliseconds } from "../../lib/text.js";

/** What data sets are called; others go by the program's own names. @type {Readonly<{ [set: string]: string }>} */
export const SETS = Object.freeze({ moons: "two moons", ring: "a ring", spiral: "a spiral", blobs: "three blobs" });

/** @param {number} done @param {number} total @param {number | null} t */
export function place(done, total, t) {
  if (done === 0) return `step 0 of ${total}: noise, t\u00a0=\u00a0${t}`;
  return t === null ? `step ${done} of ${total}: finished` : `step ${done} of ${total}: t\u00a0=\u00a0${t}`;
}

/** What is to be seen, for who cannot see it. @param {{ set: string, count: number, marked: number, where: string, arrows: boolean, paths: boolean }} seen */
export function description({ set, count, marked, where, arrows, paths }) {
  return [
    `The plane with the points of the data, ${SETS[set] ?? set}, and ${count} particles at ${where}.`,
    paths ? `The paths that ${marked} of them have taken are drawn.` : "",
    arrows ? "Arrows point to where the noised data are denser." : "",
  ].filter(Boolean).join(" ");
}

/** What this sampler's paths look like, and why. @param {string} sampler @param {number} eta */
export function path(sampler, eta) {
  if (sampler === "dpm-solver-pp") return "DPM-Solver++(2M): nothing is random after the start, and each step bends with the path. So few steps follow the curve that DDIM needs many for.";
  if (sampler === "ddim" && eta === 0) return "η = 0: nothing is random after the start. A path is a smooth curve, and its start decides where it ends.";
  if (sampler === "ddim" && eta < 1) return "η = 0.5: part of the noise that a step puts back is fresh. Paths tremble, and where one ends is no longer decided by its start alone.";
  return "With as much fresh noise as DDPM, each step moves at random as well. Paths wander, and from one start they could end anywhere. They still end in the data.";
}

/** @param {number} count @param {number} steps @param {number} ms */
export const computed = (count, steps, ms) => (steps === 1
  ? `${count} particles in 1 step, computed in ${milliseconds(ms)}.`
  : `${count} particles in ${steps} steps, computed in ${milliseconds(ms)}.`);

/** @param {string} message */
export const failed = (message) => `The paths could not be computed: ${message}.`;

export const [PLAY, STOP] = ["Play", "Stop"];
