// The elements of index.html, and sentences in their place.

import { words } from "../../words/words.js";

/** What Korean sentences put around what is not Korean: signs that nobody sees, and that keep a text's order. */
const FOREIGN = /\u2068([^\u2069]*)\u2069/;

/**
 * Shows a sentence. An error's message, which is in English, is read as such.
 * @param {Element} line
 * @param {string} sentence
 */
export function tell(line, sentence) {
  line.replaceChildren(...sentence.split(FOREIGN).map((part, at) => (
    at % 2 === 0 ? part : Object.assign(document.createElement("span"), { lang: "en", textContent: part }))).filter((part) => part !== ""));
}

/**
 * Shows a sentence in its place, or takes it away.
 * @param {HTMLElement} line
 * @param {string | null} message
 * @param {() => void} [again] what a button behind it does: it tries again
 * @param {string} [label] of the button
 */
export function showError(line, message, again, label = words.shared.again) {
  tell(line, message ?? "");
  line.hidden = message === null;
  if (message === null || again === undefined) return;
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  button.addEventListener("click", again);
  line.append(" ", button);
}

export const byId = (id) => /** @type {any} */ (document.getElementById(id));
