// The sentences of this section.

import { milliseconds } from "../../lib/text.js";

/** @typedef {import("./made.js").Made} Made */

/** How the menus call samplers and spacings. Others go by the program's own names. */
const LABELS = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, posterior σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "even in t", "log-snr": "even in log-SNR", halfway: "halfway between",
};

/** @param {string} name of a sampler or a spacing */
export const labelOf = (name) => LABELS[name] ?? name;

/** Goes on from "Guided from t". @param {boolean} isAny whether no class is asked for @param {number} guidance @param {string} t */
export const guidedFrom = (isAny, guidance, t) => (isAny || guidance === 1 ? ": no\u00a0step" : `\u00a0= ${t}`);

/** @param {number} n */
export const stepsInWords = (n) => (n === 1 ? "1 step" : `${n} steps`);

/** @param {number} n */
export const picturesInWords = (n) => (n === 1 ? "1 picture" : `${n} pictures`);

/**
 * What is seen: the step, and the noise level of that very picture.
 * @param {{ done: number, total: number }} step
 * @param {import("./moment.js").Moment} moment
 */
export function placeInWords({ done, total }, { t, alphaBar, kind }) {
  const digits = String(total).length;
  const number = (value) => String(value).padStart(digits, "\u2007");
  const step = `step ${number(done)} of ${total}`;
  if (kind === "unpredicted") return `${step}, nothing predicted yet`;
  const level = `ᾱ = ${alphaBar.toFixed(3)}`;
  if (kind === "finished") return `${step}, finished, ${level}`;
  return `${step}, ${kind === "predicted" ? "from " : ""}t = ${number(t)}, ${level}`;
}

/** Beside a picture of the step that is shown. @param {import("./moment.js").Moment} moment */
export function levelInWords({ t, alphaBar, kind }) {
  const level = `ᾱ = ${alphaBar.toFixed(3)}`;
  return { finished: `finished, ${level}`, unpredicted: "nothing yet", predicted: `from t = ${t}, ${level}`, batch: `t = ${t}, ${level}` }[kind];
}

/** A frame's title. @param {number} step */
export const frameTitle = (step) => `Step ${step}`;

/** What made a run's pictures, item by item. @param {Made} made @param {number} total its steps */
function facts({ settings, asked, matched, distilled, model }, total) {
  const { seed, sampler, spacing, eta, guidance, guidance_from: from, start } = settings;
  return [
    `seed ${seed}`,
    asked.words,
    guidance === 1 || distilled ? null : `guidance ${guidance.toFixed(1)} from t = ${from} on`,
    distilled ? null : labelOf(sampler),
    stepsInWords(total),
    spacing === "even" || distilled ? null : labelOf(spacing),
    eta === 0 ? null : `η = ${eta}`,
    start === "pure" && matched ? "pure noise" : null,
    model.name,
  ].filter((fact) => fact !== null).join(", ");
}

/** Below the large picture. @param {Made} made @param {number} total @param {boolean} holds whether the settings are still these */
export function captionOf(made, total, holds) {
  const what = facts(made, total);
  return holds ? `${what[0].toUpperCase()}${what.slice(1)}.` : `These pictures were made with other settings: ${what}.`;
}

/** A link asks for a model that did not come with the page. @param {{ model?: string, file?: string }} asked */
export function askForFile({ model, file }) {
  const name = file === undefined ? "a weights file" : `the weights file ${file}`;
  const hash = model === "own" ? "" : `, whose SHA-256 begins with ${model.slice(7)}`;
  return `This link needs a model that a link cannot carry: ${name}${hash}. Choose the file, and its pictures are made.`;
}

/** @param {string} found @param {string} wanted fingerprints */
export function otherFile(found, wanted) {
  return `This is not the file that the link asks for: its SHA-256 begins with ${found.slice(7)}, the link's with ${wanted.slice(7)}.`;
}

/** @param {number} position @param {number} total @param {Made} made @param {number | null} image that is large */
export function copied(position, total, { settings: { count, seed } }, image) {
  const what = image === null ? picturesInWords(count) : `picture ${image + 1} of ${count}`;
  const when = position === total ? "" : ` at step ${position}`;
  return `Copied: a link to ${what} of seed ${seed}${when}.`;
}

/** Where nothing may be copied. */
export const selected = () => "This browser copies nothing here: the link is selected, copy it from the field.";

/** What is saved as it is seen. @param {number} step @param {import("./moment.js").View} view */
export function seenInWords(step, view) {
  const what = { x_t: "x_t, the batch", x_0: "x_0 as predicted", eps: "ε as predicted" }[view];
  return `PNG files of what is shown: step ${step}, ${what}. Each pixel becomes a square.`;
}

/** Under the figure. @param {import("./moment.js").View} view @param {Made} made @param {number} total its steps */
export function figureCaption(view, made, total) {
  const what = { x_t: "The batch, x_t, from noise to pictures.", x_0: "The predicted x_0 on the way.", eps: "The predicted noise ε on the way." }[view];
  return `${what} ${captionOf(made, total, true)}`;
}

/** A button. @param {string} size */
export const saveRun = (size) => `Save the run (${size})`;

/** @param {string} name a file's @param {string} size */
export const saved = (name, size) => `Saved ${name} (${size}).`;

/** @param {string} name a file's @param {string} why */
export const notSaved = (name, why) => `${name} could not be saved: ${why}.`;

/** @param {boolean} done whether the browser lets the page copy */
export const copiedLines = (done) => (done ? "Copied: three lines of Python." : "This browser copies nothing here: the lines are selected, copy them from there.");

/** While frames are encoded. @param {number} done @param {number} frames */
export const encoding = (done, frames) => `Making the animation: frame ${done} of ${frames} …`;

/** A button. @param {string} megabytes that are fetched for it */
export const findLabel = (megabytes) => `Find them (${megabytes} MB)`;

/** @param {number} count @param {{ pictures: number, all: number }} sample @param {number} distance of the nearest */
export function nearestInWords(count, { pictures, all }, distance) {
  const thousands = (number) => String(number).replace(/(\d)(?=\d{3}$)/, "$1,");
  return `The ${count} nearest to the predicted x_0 among ${pictures === all ? "all" : `${thousands(pictures)} of the`} ${thousands(all)} training pictures. The nearest differs by `
    + `${distance.toFixed(2)} (the root of the mean squared difference, where black is -1 and white is 1); a copy would differ by nearly 0.`;
}

/** @param {string} why */
export const notFound = (why) => `The nearest training pictures could not be found: ${why}.`;

/** A kept run. @param {number} seed */
export const showLabel = (seed) => `Shows the run of seed ${seed} again, with its settings`;
/** @param {number} seed */
export const eraseLabel = (seed) => `Erase the run of seed ${seed}`;
/** @param {number | null} seed null beside its picture @param {number} total steps */
export const compareLabel = (seed, total) => (seed === null ? "Compare" : `Compare the run of seed ${seed} in ${stepsInWords(total)}`);
/** @param {number} seed */
export const shownAgain = (seed) => `The run of seed ${seed}, as it was made.`;
/** @param {number} runs */
export const keptHere = (runs) => (runs === 0 ? "Runs that are finished are kept here, in this browser." : "Kept in this browser. A click shows a run again.");
/** @param {string} why */
export const keptNowhere = (why) => `These runs are gone when the page is closed, because the browser keeps nothing for it: ${why}.`;

/** @param {number} ms of a step @param {number} total steps */
export const paceInWords = (ms, total) => `${stepsInWords(total)}, ${milliseconds(ms)} each: ${(ms * total / 1000).toFixed(1)} s`;
