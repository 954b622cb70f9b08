// What callers give is checked before anything is done with it: an option that is not known or not of its kind is refused.

import { DdpmError } from "./errors.js";

/**
 * What a value may be: a test, and the words for what passes it.
 * @typedef {{ passes: (value: any) => boolean, words: string }} Rule
 */

/** @param {number} least @param {number} [most] @returns {Rule} */
export function whole(least, most = Number.MAX_SAFE_INTEGER) {
  const words = most === Number.MAX_SAFE_INTEGER && least > 0 ? `a whole number from ${least}` : `a whole number from ${least} to ${most}`;
  return { passes: (value) => Number.isSafeInteger(value) && value >= least && value <= most, words };
}

/** @param {number} least @param {number} most @returns {Rule} */
export function between(least, most) {
  return { passes: (value) => typeof value === "number" && value >= least && value <= most, words: `a number from ${least} to ${most}` };
}

/** @type {Rule} */
export const NUMBER = { passes: Number.isFinite, words: "a number" };
/** @type {Rule} */
export const TEXT = { passes: (value) => typeof value === "string", words: "a text" };
/** @type {Rule} */
export const BYTES = { passes: (value) => value instanceof Uint8Array, words: "a Uint8Array" };
/** @type {Rule} */
export const FUNCTION = { passes: (value) => typeof value === "function", words: "a function" };
/** @type {Rule} */
export const BOOLEAN = { passes: (value) => typeof value === "boolean", words: "true or false" };
/** @type {Rule} */
export const SIGNAL = { passes: (value) => value instanceof AbortSignal, words: "an AbortSignal" };

/** @param {readonly any[]} values @returns {Rule} */
export function oneOf(values) {
  return { passes: (value) => values.includes(value), words: values.map(show).join(", ") };
}

/** @param {Rule} rule @param {Rule} other @returns {Rule} */
export function either(rule, other) {
  return { passes: (value) => rule.passes(value) || other.passes(value), words: `${rule.words}, or ${other.words}` };
}

/** A value, as an error tells it. @param {unknown} value */
function show(value) {
  if (typeof value === "string") return JSON.stringify(value);
  return value !== null && ["object", "function"].includes(typeof value) ? `of type ${typeof value}` : String(value);
}

/** @param {string} name @param {unknown} value @param {Rule} rule */
export function check(name, value, { passes, words }) {
  if (!passes(value)) throw new DdpmError(`${name} is ${show(value)}: give ${words}`);
}

/**
 * Checks each value that is given. What is undefined counts as not given.
 * @param {object} given
 * @param {{ [name: string]: Rule }} rules by name: there are no other names
 * @param {string} what a name stands for, as "setting" or "option"
 */
export function checkAll(given, rules, what) {
  if (typeof given !== "object" || given === null) throw new DdpmError(`${what}s are given as an object`);
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(rules, name)) throw new DdpmError(`${name} is no ${what}: there are ${Object.keys(rules).join(", ")}`);
    if (value !== undefined) check(name, value, rules[name]);
  }
}
