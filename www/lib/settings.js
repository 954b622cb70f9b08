// What a run is told: its settings, their defaults, and classes by name.

/** A class by its number or its name in `info.classes`; null for none. @typedef {number | string | null} Class */

/**
 * @typedef {object} Settings
 * @property {number} seed a whole number from 0 to 2^53
 * @property {number} count images
 * @property {string} sampler one of `info.samplers`: "ddpm", "ddpm-posterior", "ddim", "dpm-solver-pp"
 * @property {number | null} steps null for all that the model was trained with
 * @property {string} spacing one of `info.spacings`, which timesteps fewer steps take: "even" in t, even in the
 *   logarithm of the signal-to-noise ratio ("log-snr"), or "halfway" between
 * @property {number} eta 0 to 1, for DDIM alone
 * @property {"pure" | "matched" | null} start pure noise, or noise of the training pictures' mean and
 *   spread; null for matched where the file knows them
 * @property {Class | readonly Class[]} classes one class for all images, or an array with one for each
 * @property {number} guidance how strongly a step follows the class: 1 is the network's own output for the
 *   class, more goes further away from its output without one
 */

/** @type {Settings} */
export const DEFAULTS = Object.freeze({
  seed: 0, count: 16, sampler: "ddpm", steps: null, spacing: "even", eta: 0, start: null, classes: null, guidance: 1,
});

/** All settings, from those that are given. @param {Partial<Settings>} settings @returns {Settings} */
export function complete(settings) {
  const unknown = Object.keys(settings).find((key) => !(key in DEFAULTS));
  if (unknown !== undefined) throw new Error(`${unknown} is no setting: there are ${Object.keys(DEFAULTS).join(", ")}`);
  return { ...DEFAULTS, ...settings };
}

/**
 * Each image's class as a number, or null where no image has one.
 * @param {Settings} settings
 * @param {readonly string[]} names of the model's classes
 * @returns {(number | null)[] | null}
 */
export function classNumbers({ classes, count }, names) {
  if (classes === null) return null;
  if (names.length === 0) throw new Error("classes: this model has none");
  /** @param {Class} wanted */
  const number = (wanted) => {
    if (wanted === null) return null;
    const at = typeof wanted === "string" ? names.indexOf(wanted) : wanted;
    if (at in names) return at;
    const list = names.map((name, k) => `${k} (${name})`).join(", ");
    throw new Error(`there is no class ${JSON.stringify(wanted)}: choose ${list}`);
  };
  if (typeof classes === "string" || typeof classes === "number") return new Array(count).fill(number(classes));
  if (classes.length !== count) throw new Error(`classes: ${classes.length} for ${count} images`);
  return classes.map(number);
}
