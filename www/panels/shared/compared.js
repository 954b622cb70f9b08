// Pictures that show what differs between models.

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../../lib/settings.js").Settings} Settings */
/** What a model drew, with its own size and colours. @typedef {{ bytes: Uint8Array, image: import("./draw.js").ImageSpec }} Pictures */

/**
 * No step is random, so that two models' pictures differ by their networks alone; and there are few steps.
 * @type {Partial<Settings>}
 */
const SETTINGS = { seed: 42, count: 16, sampler: "ddim", steps: 50 };

/**
 * @param {Engine} engine
 * @param {Uint8Array} weights
 * @param {Partial<Settings>} [others]
 * @returns {Promise<Pictures>}
 */
export async function compared(engine, weights, others) {
  const { info, last } = await engine.compare(weights, { ...SETTINGS, ...others });
  return { bytes: last.x_t, image: info.image };
}
