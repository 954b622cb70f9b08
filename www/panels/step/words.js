// What is said of a step.

import { milliseconds } from "../../lib/text.js";

/** @typedef {import("../../lib/pool.js").Trace} Trace */

/** What each formula is for. */
export const LABELS = Object.freeze({
  noise: "The noise that follows from v",
  picture: "The picture that it implies",
  share: "Of this step alone",
  direction: "Where to: a line through this picture and the last step’s, m",
  step: "The step",
  sum: "The same, summed up as the program computes it",
});

/** @param {Trace} step */
export const place = ({ done, total, t, t_prev: next }) => (next === null
  ? `step ${done} of ${total}: from t = ${t} to the finished picture`
  : `step ${done} of ${total}: from t = ${t} to t′ = ${next}`);

/** @param {number} steps @param {number} ms */
export const computed = (steps, ms) => (steps === 1
  ? `A run of one picture in 1 step, computed in ${milliseconds(ms)}.`
  : `A run of one picture in ${steps} steps, computed in ${milliseconds(ms)}.`);

export const COMPUTING = "Computing the run …";

/** @param {string} message */
export const failed = (message) => `The run could not be computed: ${message}.`;

/** What a term's pixels were before they were cut to what can be shown. @param {{ min: number, max: number }} range */
export const range = ({ min, max }) => `${signed(min)} to ${signed(max)}`;

/** @param {number} value */
function signed(value) {
  return value.toFixed(1).replace("-0.0", "0.0").replace("-", "−");
}

/** @param {string} prediction @param {Trace} step */
function asked(prediction, { t }) {
  return prediction === "v"
    ? `The network sees x_t and is told that t = ${t}. It answers with v, a mixture of noise and picture, from which the noise ε_θ in x_t follows.`
    : `The network sees x_t and is told that t = ${t}. It answers with the noise ε_θ that it sees in x_t.`;
}

/** @param {Trace} step */
function implied({ alphaBar }) {
  const share = `${(100 * alphaBar).toFixed(alphaBar < 0.1 ? 1 : 0)} %`;
  return `Of the picture, ${share} (as variance) is in x_t. Without the predicted noise, x̂_0 would be left: the mean of all pictures that x_t may have come from, so it is blurred while much is undecided.`;
}

/** @param {string} sampler @param {Trace} step */
function stepped(sampler, { t_prev: next, sigma, coefficients }) {
  const noise = sigma.toFixed(3);
  if (sampler === "dpm-solver-pp") {
    if (next === null) return ["The last step goes to x̂_0 itself: that is the finished picture."];
    const goal = coefficients.memory === 0
      ? "DPM-Solver++(2M) goes towards x̂_0. There is no step before this one to learn from."
      : "DPM-Solver++(2M) remembers the x̂_0 of the step before. The line through both says where x̂_0 is going, and the step aims there: h and h₋ are what this step and the one before gain in log-SNR.";
    return [goal, "The noise that is left shrinks to what belongs to t′. Nothing is random."];
  }
  if (sampler === "ddim") {
    if (next === null) return ["The last step goes to x̂_0 itself: that is the finished picture."];
    return coefficients.z === 0
      ? ["DDIM takes x̂_0 and puts noise back, as much as belongs to t′: the predicted noise itself. Nothing is random, so that the start decides the picture."]
      : [
        "DDIM takes x̂_0 and puts noise back, as much as belongs to t′. With η above 0, part of it is the predicted noise, and the rest is fresh.",
        `The fresh noise z has the standard deviation σ = ${noise}. It lets a run correct what earlier steps got wrong.`,
      ];
  }
  if (next === null) return ["The mean μ takes the rest of the predicted noise away. The last step adds none: μ is the finished picture."];
  return [
    "DDPM takes away only a part of the predicted noise. That gives the mean μ.",
    `Then it adds fresh noise z with the standard deviation σ = ${noise}, because x_t′ must hold as much noise as the network expects at t′.`,
  ];
}

/**
 * The step in sentences, in the order of its terms.
 * @param {string} sampler
 * @param {string} prediction
 * @param {Trace} step
 */
export function sentences(sampler, prediction, step) {
  return [asked(prediction, step), implied(step), ...stepped(sampler, step)];
}
