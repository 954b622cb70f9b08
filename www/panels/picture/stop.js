// What takes long is said to, and can be stopped in place: what was there stays then, until something else is asked for, or the
// same once more.

import { words as all } from "../../words/below.js";
import { byId } from "../shared/dom.js";

const words = all.picture;

/** What takes longer than so many milliseconds is said to take long. */
const PATIENCE_MS = 400;

const [button, line, results] = ["stop", "line", "results"].map((id) => byId(`picture-${id}`));

/** The wish that was stopped. @type {string | null} */
let halted = null;
/** Counts the stops. */
let stops = 0;
/** What the button does: it stops what is made, or has it made after all. */
let stopping = true;

/** @param {boolean} stops */
function offer(stops) {
  stopping = stops;
  button.textContent = stops ? all.shared.stop : words.make;
  button.title = stops ? words.stopTitle : "";
  button.hidden = false;
}

/** It is said at once: what is made may need a moment to end. */
function tellStopped() {
  line.textContent = words.stopped;
  results.setAttribute("aria-busy", "false");
  offer(false);
}

/**
 * @param {() => string} wish what is asked for now
 * @param {() => void} end ends what is made
 * @param {() => void} again has it made after all
 */
export function watchStop(wish, end, again) {
  button.addEventListener("click", () => {
    if (stopping) {
      halted = wish();
      stops += 1;
      end();
      tellStopped();
    } else {
      halted = null;
      offer(true);
      again();
    }
  });
}

/**
 * @template T
 * @param {string} wish
 * @param {(isStopped: () => boolean) => Promise<T | null>} make
 * @returns {Promise<T | null>} null where it was stopped
 */
export async function stoppable(wish, make) {
  const before = stops;
  const waiting = setTimeout(() => {
    if (stops !== before) return;
    line.textContent = words.making;
    results.setAttribute("aria-busy", "true");
    offer(true);
  }, PATIENCE_MS);
  try {
    return wish === halted ? null : await make(() => stops !== before);
  } catch (error) {
    if (stops === before) throw error;
    return null;
  } finally {
    clearTimeout(waiting);
    results.setAttribute("aria-busy", "false");
    if (wish === halted) tellStopped();
    else button.hidden = stops === before; // where it stays, what is asked for now comes next
  }
}
