// The elements of index.html, and sentences in their place.

/**
 * Shows a sentence in its place, or takes it away.
 * @param {HTMLElement} line
 * @param {string | null} message
 * @param {() => void} [again] what a button behind it does: it tries again
 * @param {string} [label] of the button
 */
export function showError(line, message, again, label = "Try again") {
  line.textContent = message ?? "";
  line.hidden = message === null;
  if (message === null || again === undefined) return;
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  button.addEventListener("click", again);
  line.append(" ", button);
}

export const byId = (id) => /** @type {any} */ (document.getElementById(id));
