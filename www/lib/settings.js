// What a run is told: its settings, their defaults, and classes by name.

import { between, check, checkAll, either, NUMBER, oneOf, TEXT, whole } from "./checks.js";
import { DdpmError } from "./errors.js";

/** Starting noise on the way to another seed's: `share` is 0 (the run's own seed) to 1 (the other). @typedef {{ seed: number, share: number }} Towards */

/**
 * A picture that a run begins with: one, in planes as in a run's `Step`, noised to the timestep `t`.
 * @typedef {{ bytes: Uint8Array, t: number }} Pictured
 */

/** A class by its number or its name in `info.classes`. @typedef {number | string | null} Class */

/**
 * A run's settings. Equal settings give equal pictures, on every engine and in `ddpm sample`.
 * @typedef {object} Settings
 * @property {number} seed a whole number from 0 to 2^53 - 1; 0 if not given
 * @property {number} count images, 1 to `info.max_images`; 16 if not given
 * @property {string} sampler one of `info.samplers`: "ddpm" (if not given), "ddpm-posterior", "ddim", "dpm-solver-pp"
 * @property {number | null} steps 1 to `info.schedule.timesteps`; null (if not given) for all of them. From a `picture` on, 1 to its
 *   t + 1
 * @property {string} spacing one of `info.spacings`, which timesteps fewer steps take: "even" in t (if not given), even
 *   in the logarithm of the signal-to-noise ratio ("log-snr"), or "halfway" between
 * @property {number} eta 0 (if not given) to 1: the noise of DDIM, and for DDIM alone
 * @property {"pure" | "matched" | null} start pure noise, or noise of the training pictures' mean and
 *   spread; null (if not given) for matched where the file knows them
 * @property {Pictured | null} [picture] every image begins with this picture, noised to its `t`, in place of noise, each with noise of
 *   its own; null (if not given) for none. `engine.noised` shows it as the first image has it
 * @property {Uint8Array | null} [mask] `side * side` bytes: 255 where the picture's pixel stays, 0 where the model fills it in, and a
 *   mixture between; null (if not given) where nothing stays. It wants a `picture`
 * @property {number} [visits] 1 (if not given) to 20, with a mask alone: how often each step but the last is taken, with noise again
 *   in between (RePaint, Lugmayr et al. 2022). A run's `total` counts all of them
 * @property {Towards | null} towards the starting noise lies on the way to another seed's; null (if not given) for the
 *   seed's own
 * @property {Class | readonly Class[]} classes one class for all images, or an array with one for each, in which null means
 *   that the network is told none; null (if not given) in place of the array: the seed draws each image's class, where the
 *   network knows any
 * @property {number} guidance how strongly a step follows the class: 1 (if not given) is the network's own output for
 *   the class, more goes further away from its output without one
 */

/** @type {Required<Settings>} */
export const DEFAULTS = Object.freeze({
  seed: 0, count: 16, sampler: "ddpm", steps: null, spacing: "even", eta: 0, start: null, picture: null, mask: null, visits: 1, towards: null, classes: null, guidance: 1,
});

/** @type {import("./checks.js").Rule} */
const CLASS = either(either(TEXT, whole(0)), oneOf([null]));

const [SEED, SHARE, T] = [whole(0, Number.MAX_SAFE_INTEGER), between(0, 1), whole(0)];

/** @type {{ [name in keyof Required<Settings>]: import("./checks.js").Rule }} */
const RULES = {
  seed: SEED,
  count: whole(1),
  sampler: TEXT,
  steps: either(whole(1), oneOf([null])),
  spacing: TEXT,
  eta: between(0, 1),
  start: oneOf(["pure", "matched", null]),
  picture: {
    passes: (value) => value === null || (typeof value === "object" && value.bytes instanceof Uint8Array && T.passes(value.t)),
    words: "{ bytes, t }, with a picture's bytes as a Uint8Array and a timestep, or null",
  },
  mask: { passes: (value) => value === null || value instanceof Uint8Array, words: "a Uint8Array with a byte for each pixel, or null" },
  visits: whole(1, 20),
  towards: {
    passes: (value) => value === null || (typeof value === "object" && SEED.passes(value.seed) && SHARE.passes(value.share)),
    words: "{ seed, share }, with another seed and a share from 0 to 1, or null",
  },
  classes: {
    passes: (value) => (Array.isArray(value) ? value.every(CLASS.passes) : CLASS.passes(value)),
    words: "a class's number or name, null for any, or an array that has a number, a name or null (told none) for each image",
  },
  guidance: NUMBER,
};

/**
 * All settings, from those that are given.
 * @param {Partial<Settings>} settings
 * @param {Partial<Settings>} [usual] the model's own defaults, as {@link usualOf} tells them
 * @returns {Required<Settings>}
 */
export function complete(settings, usual = {}) {
  checkAll(settings, RULES, "setting");
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return { ...DEFAULTS, ...usual, ...Object.fromEntries(given) };
}

/**
 * The defaults of a model that was distilled to a few steps: it makes pictures in these steps, and no others.
 * @param {import("./program.d.ts").Info} info
 * @returns {Partial<Settings>} nothing for other models
 */
export function usualOf({ metadata }) {
  const few = metadata?.distilled?.steps;
  return few === undefined ? {} : { sampler: "ddim", spacing: "distilled", steps: Math.max(...few) };
}

/**
 * Checks what depends on the model.
 * @param {Settings} settings
 * @param {import("./program.d.ts").Info} info
 */
export function fit({ count, sampler, spacing }, { max_images: most, samplers, spacings }) {
  check("count", count, whole(1, most));
  check("sampler", sampler, oneOf(samplers.map(({ name }) => name)));
  check("spacing", spacing, oneOf(spacings.map(({ name }) => name)));
}

/**
 * Each image's class as a number, null where the network is told none; null in place of the array where the seed draws them.
 * @param {Settings} settings
 * @param {readonly string[]} names of the model's classes
 * @returns {(number | null)[] | null}
 */
export function classNumbers({ classes, count }, names) {
  if (classes === null) return null;
  if (names.length === 0) throw new DdpmError("classes: this model has none");
  /** @param {Class} wanted */
  const number = (wanted) => {
    if (wanted === null) return null;
    const at = typeof wanted === "string" ? names.indexOf(wanted) : wanted;
    if (at in names) return at;
    const list = names.map((name, k) => `${k} (${name})`).join(", ");
    throw new DdpmError(`there is no class ${JSON.stringify(wanted)}: choose ${list}`);
  };
  if (typeof classes === "string" || typeof classes === "number") return new Array(count).fill(number(classes));
  if (classes.length !== count) throw new DdpmError(`classes: ${classes.length} for ${count} images`);
  return classes.map(number);
}
