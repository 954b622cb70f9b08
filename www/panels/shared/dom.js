// The elements of index.html, and sentences in their place.

/**
 * Shows a sentence in its place, or takes it away.
 * @param {HTMLElement} line
 * @param {string | null} message
 * @param {() => void} [again] what a button behind it does: it tries again
 */
export function showError(line, message, again) {
  line.textContent = message ?? "";
  line.hidden = message === null;
  if (message === null || again === undefined) return;
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Try again" });
  button.addEventListener("click", again);
  line.append(" ", button);
}

export const byId = (id) => /** @type {any} */ (document.getElementById(id));
