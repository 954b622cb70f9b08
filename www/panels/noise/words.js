// What is said of noise, and in the game.

/** The classes of the test pictures, in their order. */
export const CLASSES = Object.freeze([
  "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]);

/** @param {number} which a class @param {number} number of its pictures, from 1 */
export const picture = (which, number) => `${CLASSES[which]}, picture ${number}`;

/** @param {number | null} t @param {number} percent */
export const place = (t, percent) => (t === null ? "no noise yet, 0 %" : `t\u00a0=\u00a0${t}, ${percent}\u00a0%`);

/** A mark below the slider. @param {number | null} t */
export const mark = (t) => (t === null ? "none" : String(t));

/** @param {string} message */
export const failed = (message) => `The test images cannot be shown: ${message}.`;
/** @param {string} message */
export const gameFailed = (message) => `The picture to guess cannot be shown: ${message}.`;

/** @param {number} guess @param {number} is */
export const answer = (guess, is) => (guess === is
  ? `Right: ${CLASSES[is]}.`
  : `No: you said ${CLASSES[guess]}, it is ${CLASSES[is]}.`);

/** @param {number} right @param {number} all */
export const tally = (right, all) => `${right} of ${all} right so far.`;

/** Shares of correct answers. @typedef {{ t: number, images: number, accuracy: number }} Measured */

/** @param {Measured} measured the nearest to t @param {number | null} t */
export function classifier({ t: at, images, accuracy }, t) {
  const share = `${Math.round(100 * accuracy)}\u00a0%`;
  const all = images.toLocaleString("en");
  return at === t
    ? `At t\u00a0=\u00a0${t} the project’s classifier is right in ${share} of ${all} test pictures. Chance alone is right in 10\u00a0%.`
    : `At t\u00a0=\u00a0${at}, the nearest that was measured, the project’s classifier is right in ${share} of ${all} test pictures. Chance alone is right in 10\u00a0%.`;
}

export const NOT_MEASURED = "The project’s classifier was measured with the schedule of this page’s own model, and this model has another.";
