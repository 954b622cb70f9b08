// The noise level of a picture that is shown. A step's x_t is the batch after it; its x_0 and eps are predictions from the
// batch before it.

/** @typedef {import("./player.js").Step} Step */
/** @typedef {"x_t" | "x_0" | "eps"} View */

/**
 * @typedef {object} Moment
 * @property {"batch" | "finished" | "predicted" | "unpredicted"} kind
 * @property {number | null} t the timestep of the picture, or of the batch that it was predicted from; null for a finished
 *   picture, and before anything is predicted
 * @property {number} alphaBar share of the picture that is left at that timestep
 */

/**
 * @param {Step} step
 * @param {View} view
 * @param {readonly number[]} alphaBars of the model's schedule, by timestep
 * @returns {Moment}
 */
export function momentOf({ done, total, t, alphaBar }, view, alphaBars) {
  if (view !== "x_t") return t === null ? { kind: "unpredicted", t, alphaBar } : { kind: "predicted", t, alphaBar: alphaBars[t] };
  if (done === total) return { kind: "finished", t: null, alphaBar };
  // The crate takes it from this list, so it is there, and only once.
  return { kind: "batch", t: alphaBars.indexOf(alphaBar), alphaBar };
}
