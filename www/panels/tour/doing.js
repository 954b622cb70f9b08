// Drives the page's own controls, as a visitor would.

/** @typedef {import("./steps.js").Action} Action */

/** A control that cannot be used is waited for so long, and a run to end, in milliseconds. */
const [PATIENCE_MS, RUN_MS] = [15_000, 300_000];
const LOOK_MS = 100;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** @returns {Promise<void>} */
const pause = () => new Promise((resolve) => { setTimeout(resolve, LOOK_MS); });

/** The first such element that is on the page and not folded away; null where there is none. @param {string} selector @returns {HTMLElement | null} */
export function rendered(selector) {
  const all = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(selector)]);
  return all.find((element) => element.getClientRects().length > 0) ?? null;
}

/** Unfolds what an element is in. @param {string} selector */
export function unfold(selector) {
  const element = document.querySelector(selector);
  let fold = element?.parentElement?.closest("details") ?? null;
  if (element?.localName === "summary") fold = fold?.parentElement.closest("details") ?? null;
  for (; fold !== null && fold !== undefined; fold = fold.parentElement.closest("details")) fold.open = true;
}

/** @template T @param {() => T | null} look @param {number} patience @param {AbortSignal} signal @returns {Promise<T>} */
async function waitFor(look, patience, signal) {
  const until = performance.now() + patience;
  for (;;) {
    signal.throwIfAborted();
    const found = look();
    if (found !== null) return found;
    if (performance.now() > until) throw new Error("a control does not come");
    await pause();
  }
}

/** @param {string} selector @param {AbortSignal} signal @returns {Promise<any>} */
function usable(selector, signal) {
  unfold(selector);
  const look = () => {
    const element = rendered(selector);
    return element === null || element.matches(":disabled") ? null : element;
  };
  return waitFor(look, PATIENCE_MS, signal);
}

/** @param {HTMLInputElement} input @param {string} value */
function put(input, value) {
  input.value = value;
  for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
}

/** @param {HTMLInputElement} slider @param {number} share of its way @param {number} ms @param {AbortSignal} signal */
async function slide(slider, share, ms, signal) {
  const [low, high, from] = [Number(slider.min), Number(slider.max), slider.valueAsNumber];
  const goal = low + share * (high - low);
  const began = performance.now();
  for (let gone = calm.matches || ms === 0 ? 1 : 0; gone < 1; gone = Math.min(1, (performance.now() - began) / ms)) {
    put(slider, String(from + gone * (goal - from)));
    await new Promise((resolve) => { requestAnimationFrame(resolve); });
    signal.throwIfAborted();
  }
  put(slider, String(goal));
}

/**
 * Does one thing after another.
 * @param {readonly Action[]} actions
 * @param {AbortSignal} signal
 */
export async function perform(actions, signal) {
  for (const { press, slide: slider, fill, to, ms = 0, until, unless } of actions) {
    signal.throwIfAborted();
    if (unless !== undefined && document.querySelector(unless) !== null) continue;
    if (press !== undefined) {
      (await usable(press, signal)).click();
      await pause(); // what it begins has begun
    }
    if (slider !== undefined) await slide(await usable(slider, signal), Number(to), ms, signal);
    if (fill !== undefined) put(await usable(fill, signal), String(to));
    if (until !== undefined) await waitFor(() => document.querySelector(until), RUN_MS, signal);
  }
}
