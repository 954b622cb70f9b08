// For controls that move faster than their answers come: only the newest wish is served.

import { sentenceOf } from "../../lib/errors.js";
import { showError } from "./dom.js";

/**
 * One wish is served at a time. When it is done, what the controls ask for by then comes next, so that a
 * quick drag leaves no queue behind it. Nothing is served before the first `renew`. What could not be served is tried
 * again when a control moves, by a button, and when the browser is online again.
 * @template W
 * @param {object} panel
 * @param {() => W} panel.wish what the controls ask for now, compared by ===
 * @param {(wish: W, isCurrent: () => boolean) => Promise<void>} panel.serve asks and shows; where it takes
 *   long, it may return early once the wish is not current any more
 * @param {HTMLElement} panel.line shows an error, until a wish is served
 * @param {(message: string) => string} panel.words an error's message in a sentence
 * @param {HTMLElement[]} [panel.boxes] are marked as busy meanwhile
 * @param {HTMLElement} [panel.section] wishes wait until this is on the screen; without it they never wait
 * @returns {{ ask: () => Promise<void>, renew: () => void }} `ask`: a control has moved. `renew`: what is
 *   shown is out of date, whatever it is
 */
export function newest({ wish, serve, line, words, boxes = [], section }) {
  let visible = section === undefined;
  let serving = false;
  /** Counts calls of `renew`: an answer from before the last one is out of date. */
  let round = 0;
  /** @type {{ round: number, wish: W } | null} */
  let shown = null;

  const isWanted = (one) => one !== null && one.round === round && one.wish === wish();
  const setBusy = (is) => boxes.forEach((box) => box.setAttribute("aria-busy", String(is)));

  async function serveNow() {
    const now = { round, wish: wish() };
    let left = false;
    const isCurrent = () => {
      left ||= !visible || !isWanted(now);
      return !left;
    };
    setBusy(true);
    try {
      await serve(now.wish, isCurrent);
      if (!left) shown = now;
      showError(line, null);
      return true;
    } catch (error) {
      shown = null;
      if (!isWanted(now)) return true; // the controls have moved on
      showError(line, words(sentenceOf(error)), ask);
      return false;
    }
  }

  async function ask() {
    if (serving || round === 0) return;
    serving = true;
    let going = true;
    while (going && visible && !isWanted(shown)) going = await serveNow();
    setBusy(false);
    serving = false;
  }

  function renew() {
    round += 1;
    ask();
  }

  addEventListener("online", () => {
    if (!line.hidden) ask();
  });
  if (section !== undefined) {
    new IntersectionObserver((entries) => {
      visible = entries.at(-1).isIntersecting;
      ask();
    }).observe(section);
  }
  return { ask, renew };
}
