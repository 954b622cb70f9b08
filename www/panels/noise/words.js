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

/** What an address may say. @param {number} pictures @param {number} least @param {number} most seeds */
export const riddleInWords = (pictures, least, most) => `a picture’s number from 1 to ${pictures}, a dot, and a seed from ${least} to ${count(most)}`;
/** What an address may say of t. @param {string} numbers in words */
export const noneOr = (numbers) => `none, or ${numbers}`;

/**
 * At a share of the picture that lies between two, of another schedule.
 * @param {number} alphaBar
 * @param {Measured & { alphaBar: number }} below with less noise
 * @param {Measured & { alphaBar: number } | null} above with more; null where none was measured
 */
export function classifierLike(alphaBar, below, above) {
  const at = (one) => (one.t === null ? `${share(one)} without noise` : `${share(one)} at ᾱ\u00a0=\u00a0${one.alphaBar.toFixed(2)}`);
  const rates = above === null ? at(below) : `${at(below)} and ${at(above)}`;
  return `This model has another schedule than the one with which the project’s classifier was measured, so go by the share of the picture that is left: here ᾱ\u00a0=\u00a0${alphaBar.toFixed(2)}. Of the test pictures the classifier is right in ${rates}. Chance alone is right in 10\u00a0%.`;
}

export const NOT_MEASURED = "The project’s classifier was measured on grey pictures of 28 × 28 pixels, and this model’s are others.";
