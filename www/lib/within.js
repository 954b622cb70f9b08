// Promises that may never settle.

import { DdpmError } from "./errors.js";

/**
 * The promise, or an error where it has not settled in time. What it does later is of no interest then.
 * @template T
 * @param {Promise<T>} promise
 * @param {number} ms
 * @param {string} words the error's sentence
 * @returns {Promise<T>}
 */
export async function within(promise, ms, words) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new DdpmError(words)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
