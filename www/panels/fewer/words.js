// The sentences of this section.

import { milliseconds } from "../../lib/text.js";

/** How the report calls samplers and spacings, and how a sentence does. Others go by the report's own names. */
const MEASURED = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, posterior σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "timesteps even in t", "log-snr": "timesteps even in log-SNR", halfway: "timesteps halfway between even in t and even in log-SNR",
  distilled: "the timesteps that it was distilled to",
};

/** @param {string} facts */
const sentence = (facts) => `${facts[0].toUpperCase()}${facts.slice(1)}.`;

/** @param {number} steps */
export const heading = (steps) => (steps === 1 ? "1 step" : `${steps} steps`);
/** @param {number[]} all */
const headings = (all) => (all.length === 1 ? heading(all[0]) : `${all.slice(0, -1).join(", ")} and ${heading(all.at(-1))}`);

/** @param {number} steps @param {string} model */
export const pictureLabel = (steps, model) => (steps === 1 ? `4 pictures of ${model} in 1 step` : `4 pictures of ${model} in ${steps} steps`);

/** Below a column. */
export const [WAITING, COMPUTING, NOT_MADE] = ["waiting", "computing …", "not made"];

/** @param {number} ms */
export const took = (ms) => milliseconds(ms);

/** @param {number} runs */
export const timed = (runs) => (runs === 1 ? "The time of one run" : `The median of ${runs} runs`);

export const OPENING = "Starting the model …";
/** @param {string} name @param {number} megabytes */
export const loading = (name, megabytes) => `Loading ${name} (${megabytes.toFixed(1)} MB) …`;
/** @param {number} steps */
export const computing = (steps) => (steps === 1 ? "Computing 1 step …" : `Computing ${steps} steps …`);

/** @param {number} count pictures @param {number} cores @param {number} runs */
export function times(count, cores, runs) {
  const where = cores === 1 ? "1 core" : `${cores} cores`;
  return runs === 1
    ? `Below each column: the time of its run, ${count} pictures on ${where} here.`
    : `Below each column: the time of its run, ${count} pictures on ${where} here. Median of ${runs} runs.`;
}

/**
 * What made the columns.
 * @param {{ model: string, sampler: string, eta: number | null, spacing: string, guidance: number | null, from: number | null }} how
 */
export function caption({ model, sampler, eta, spacing, guidance, from }) {
  const guided = from === null ? `guidance ${guidance?.toFixed(1)}` : `guidance ${guidance?.toFixed(1)} from t = ${from} on`;
  const facts = [model, sampler, eta === null ? null : `η = ${eta}`, spacing, guidance === null ? null : guided];
  return sentence(facts.filter((fact) => fact !== null).join(", "));
}

/** @param {string} model of a model that takes its own steps alone */
export const fewCaption = (model) => sentence(`${model}, in the steps that it was distilled to`);

export const NO_SEED = "A seed is a whole number from 0 to 9,007,199,254,740,991.";
/** @param {string} message */
export const failed = (message) => `These pictures could not be made: ${message}.`;
/** @param {string} message */
export const fewFailed = (message) => `The few-steps model's pictures could not be made: ${message}.`;
/** @param {string} message */
export const measuredFailed = (message) => `The measurements cannot be shown: ${message}.`;

/** @typedef {import("./measured.js").Report} Report */

/** @param {string} label of a model @param {{ guidance?: number } | null} unusual guidance, other than the page's */
export const rowLabel = (label, unusual) => (unusual === null ? label : `${label}, guidance ${unusual.guidance}`);

/** How the pictures of some rows of the table were made. @param {string} name of the model @param {Report["sampler"][]} samplers that differ in their steps */
export function measuredWith(name, samplers) {
  const [{ kind, spacing, eta, guidance, guidance_from: from }] = samplers;
  const model = `${name} in ${headings(samplers.map(({ steps }) => steps))}`;
  const [sampler, steps] = [kind, spacing].map((name) => MEASURED[name] ?? name);
  const noise = eta > 0 ? `, η = ${eta}` : "";
  if (guidance === 1 || guidance === undefined) return sentence(`${model}: ${sampler}${noise}, ${steps}, no guidance`);
  return from == null
    ? sentence(`${model}: ${sampler}${noise}, ${steps}, guidance ${guidance} in every step`)
    : sentence(`${model}: ${sampler}${noise}, ${steps}, guidance ${guidance} from t = ${from} on`);
}

/** @param {Report} report */
export const measuredHow = ({ images, seeds }) => `Each number: ${seeds.length} times ${images.toLocaleString("en")} pictures, every class equally often, against ${images.toLocaleString("en")} test images. ± is the 95 % interval over these.`;

/** @param {string} model that is loaded */
export const notMeasured = (model) => `These numbers are of other weights than ${model}, which is loaded now and has not been measured.`;

/** A number of the table. @param {{ mean: number, half_width: number }} measured */
export const distance = ({ mean, half_width: half }) => `${mean.toFixed(2)} ± ${half.toFixed(2)}`;
