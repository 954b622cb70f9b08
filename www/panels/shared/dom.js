// The elements of index.html, and sentences in their place.

/** Shows a sentence in its place, or takes it away. @param {HTMLElement} line @param {string | null} message */
export function showError(line, message) {
  line.textContent = message ?? "";
  line.hidden = message === null;
}

export const byId = (id) => /** @type {any} */ (document.getElementById(id));
