// What is said of noise, and in the game.

import { count } from "../../lib/text.js";

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

/** How many pictures a classifier was right in; t is null for pictures without noise. @typedef {{ t: number | null, images: number, accuracy: number }} Measured */

/** @param {Measured} measured */
const share = ({ accuracy }) => `${Math.round(100 * accuracy)}\u00a0%`;

/** At one t. @param {Measured} at */
export const classifier = (at) => (at.t === null
  ? `Without noise the project’s classifier is right in ${share(at)} of ${count(at.images)} test pictures. Chance alone is right in 10\u00a0%.`
  : `At t\u00a0=\u00a0${at.t} the project’s classifier is right in ${share(at)} of ${count(at.images)} test pictures. Chance alone is right in 10\u00a0%.`);

/** At the two t between which the slider stands. @param {Measured} below @param {Measured} above */
export const classifierBetween = (below, above) => (below.t === null
  ? `Without noise the project’s classifier is right in ${share(below)} of the test pictures, and at t\u00a0=\u00a0${above.t} in ${share(above)}. Chance alone is right in 10\u00a0%.`
  : `At t\u00a0=\u00a0${below.t} the project’s classifier is right in ${share(below)} of the test pictures, and at t\u00a0=\u00a0${above.t} in ${share(above)}. Chance alone is right in 10\u00a0%.`);

export const NOT_MEASURED = "The project’s classifier was measured with the schedule of this page’s own model, and this model has another.";
