// Buttons that are pictures.

/**
 * Adds one, which cannot be pressed yet, in the place of an empty one that index.html has for it.
 * @param {HTMLElement} parent
 * @param {string} name
 * @param {string} [line] a few words at the picture
 * @returns {{ button: HTMLButtonElement, canvas: HTMLCanvasElement, words: HTMLElement }}
 */
export function addButton(parent, name, line = "") {
  const button = document.createElement("button");
  const canvas = document.createElement("canvas");
  const [box, words] = ["span", "span"].map((tag) => document.createElement(tag));
  button.type = "button";
  button.disabled = true;
  button.setAttribute("aria-label", name);
  box.className = "box";
  canvas.width = canvas.height = 1;
  words.className = "words";
  words.textContent = line;
  box.append(canvas);
  button.append(box, words);
  const empty = parent.querySelector(":scope > [aria-hidden]");
  if (empty === null) parent.append(button);
  else empty.replaceWith(button);
  return { button, canvas, words };
}
