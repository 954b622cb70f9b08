// The line that says what goes on, the progress bar below it, and the line for complaints.

import { byId, showError, tell } from "./dom.js";

const status = byId("status");
const error = byId("error");
const progress = byId("progress");

/** @param {string} sentence */
export function say(sentence) {
  tell(status, sentence);
}

/** @param {string | null} message @param {() => void} [again] what a button behind it does: it tries again @param {string} [label] of the button */
export function complain(message, again, label) {
  showError(error, message, again, label);
}

/** On a phone the menus are far below the line for complaints. @param {string} sentence */
export function refuse(sentence) {
  complain(sentence);
  error.scrollIntoView({ block: "nearest" });
}

/** @param {number} value @param {number} [max] */
export function showProgress(value, max = 1) {
  progress.max = max;
  progress.value = value;
}
