// What `createTrainer` is told.

import { mustBeFile } from "../bytes.js";
import { between, BOOLEAN, check, checkAll, either, FUNCTION, NUMBER, oneOf, TEXT, whole } from "../checks.js";
import { DdpmError } from "../errors.js";

/** @typedef {import("../checks.js").Rule} Rule */
/** @typedef {import("./program.d.ts").Recipe & {}} Recipe how to train */
/** @typedef {Partial<import("./program.d.ts").SamplingOptions> & {}} SamplingOptions which samples are drawn */

/** @param {Function} kind @returns {Rule} */
const instance = (kind) => ({ passes: (value) => value instanceof kind, words: `a ${kind.name}` });
/** @param {Rule} rule @param {number} [length] @returns {Rule} */
const listOf = (rule, length) => ({
  passes: (value) => Array.isArray(value) && (length === undefined || value.length === length) && value.every(rule.passes),
  words: length === undefined ? `a list, each of it ${rule.words}` : `a list of ${length}, each of it ${rule.words}`,
});
/** @type {Rule} */
const ANY = { passes: () => true, words: "" };

const OPTIONS = {
  data: ANY, config: ANY, recipe: ANY, weights: ANY, checkpoint: instance(Uint8Array), engine: oneOf(["auto", "cpu", "webgpu"]),
  workers: whole(1, 1024), onProgress: FUNCTION, onChange: FUNCTION, onStep: FUNCTION, onEpoch: FUNCTION, onSample: FUNCTION,
  onSave: FUNCTION, sampling: ANY,
};

const DATA = {
  images: instance(Uint8Array), side: whole(12, 64), channels: oneOf([1, 3]), labels: either(instance(Uint8Array), oneOf([null])),
  classes: listOf(TEXT), name: TEXT,
};

const CONFIG = { widths: listOf(whole(1, 1024), 3), classes: BOOLEAN };

/** Their ranges are checked in Rust. @type {{ [name in keyof Recipe]: Rule }} */
const RECIPE = {
  batch_size: whole(1, 65_536), learning_rate: NUMBER, epochs: whole(1, 1e9), steps: whole(1, 1e9), schedule: oneOf(["linear", "cosine"]),
  timesteps: whole(1, 1000), predict: oneOf(["eps", "v"]), ema: NUMBER, seed: whole(0), mirror: BOOLEAN, shift: whole(0, 16),
  warmup: whole(0, 1e9), clip: between(0, 1e9), decay: oneOf(["none", "cosine", "tail"]),
  weighting: oneOf(["uniform", "min-snr", "x0"]),
};

const SAMPLING = { count: whole(1, 64), steps: whole(1, 1000), seed: whole(0) };

/** What live samples are, where nothing is said. */
export const SAMPLES = Object.freeze({ count: 8, steps: 20, seed: 0 });

/** @param {Record<string, any>} options */
export function checkOptions(options) {
  checkAll(options, OPTIONS, "option");
  const { data, config = {}, recipe = {}, weights, checkpoint, sampling } = options;
  if (data === undefined) throw new DdpmError("createTrainer needs data: see readPictures");
  checkAll(data, DATA, "part of the data");
  for (const name of Object.keys(DATA)) check(`data.${name}`, data[name], DATA[name]);
  checkAll(config, CONFIG, "setting of config");
  checkAll(recipe, RECIPE, "setting of the recipe");
  if (recipe.epochs !== undefined && recipe.steps !== undefined) throw new DdpmError("the recipe's epochs and steps say the same: give one of them");
  if (weights !== undefined) mustBeFile(weights);
  if (weights !== undefined && checkpoint !== undefined) throw new DdpmError("a training goes on from weights or from a checkpoint: give one of them");
  if (sampling !== undefined && sampling !== null) checkSampling(sampling);
}

/** All of them, from those that are given. @param {Partial<import("./program.d.ts").SamplingOptions>} given */
export function checkSampling(given) {
  checkAll(given, SAMPLING, "setting of samples");
  return { ...SAMPLES, ...withoutUndefined(given) };
}

/** What is undefined counts as not given. @template {object} T @param {T} given @returns {Partial<T>} */
export function withoutUndefined(given) {
  return /** @type {Partial<T>} */ (Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}
