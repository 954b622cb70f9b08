// Keys belong to what has the focus. The page takes those that nothing there has a use for.

/** What uses every key that moves something. */
const OWNERS = "input, select, textarea, [contenteditable], audio, video";
/** What uses the space bar besides. */
const PRESSED = `${OWNERS}, button, summary, a[href]`;

/** The direction in which a key scrolls. @type {{ [key: string]: "x" | "y" }} */
const SCROLLS = { ArrowLeft: "x", ArrowRight: "x", ArrowUp: "y", ArrowDown: "y", Home: "y", End: "y", PageUp: "y", PageDown: "y", " ": "y" };

/** Whether the element is a box with more in it than it shows. @param {Element} element @param {"x" | "y"} axis */
function scrolls(element, axis) {
  const { overflowX, overflowY } = getComputedStyle(element);
  const [overflow, inside, shown] = axis === "x"
    ? [overflowX, element.scrollWidth, element.clientWidth]
    : [overflowY, element.scrollHeight, element.clientHeight];
  return /auto|scroll/.test(overflow) && inside > shown + 1;
}

/** Whether the page may use this key: no control has the focus that wants it, and no box that it scrolls. @param {KeyboardEvent} event */
export function isFree(event) {
  const { key, target, ctrlKey, altKey, metaKey, shiftKey, isComposing, defaultPrevented } = event;
  // With these it is the browser's: Alt and the left arrow go back, Shift selects.
  if (ctrlKey || altKey || metaKey || shiftKey || isComposing || defaultPrevented) return false;
  if (!(target instanceof Element) || target.closest(key === " " ? PRESSED : OWNERS)) return false;
  for (let box = target; box !== null && box !== document.body && box !== document.documentElement; box = box.parentElement) {
    if (scrolls(box, SCROLLS[key])) return false;
  }
  return true;
}
