// Keys belong to what has the focus. The page takes those that nothing there has a use for.

/** What uses every key that moves something. */
const OWNERS = "input, select, textarea, [contenteditable], audio, video";
/** What uses the space bar besides. */
const PRESSED = `${OWNERS}, button, summary, a[href]`;

/** Keys that move what is wider than its box, and nothing else. */
const SIDEWAYS = ["ArrowLeft", "ArrowRight"];

/** Whether the element is a box with more in it than it shows, for which the key may be meant. @param {Element} element @param {string} key */
function scrolls(element, key) {
  const { overflowX, overflowY } = getComputedStyle(element);
  const wide = /auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth + 1;
  const tall = /auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight + 1;
  return wide || (tall && !SIDEWAYS.includes(key));
}

/** Whether the page may use this key: no control has the focus that wants it, and nothing in a box that it scrolls. @param {KeyboardEvent} event */
export function isFree(event) {
  const { key, target, ctrlKey, altKey, metaKey, shiftKey, isComposing, defaultPrevented } = event;
  // With these it is the browser's: Alt and the left arrow go back, Shift selects.
  if (ctrlKey || altKey || metaKey || shiftKey || isComposing || defaultPrevented) return false;
  if (!(target instanceof Element) || target.closest(key === " " ? PRESSED : OWNERS)) return false;
  for (let box = target; box !== null && box !== document.body && box !== document.documentElement; box = box.parentElement) {
    if (scrolls(box, key)) return false;
  }
  return true;
}
