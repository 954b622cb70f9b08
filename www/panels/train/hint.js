// What is known of the kept run without the training's code. The run itself is in kept.js.

import { words } from "../../words/words.js";

/** @typedef {{ name: string, steps: number, when: number }} Hint the name of what was trained on, and when it was written */

const KEY = "ddpm-web.training";

/** @param {number} when */
export const clock = (when) => new Date(when).toLocaleTimeString([...words.shared.locale], { hour: "2-digit", minute: "2-digit" });

/** What sentences say of a kept run. @param {Hint} hint */
export function inShort({ when, ...run }) {
  const day = new Date(when).toDateString() === new Date().toDateString() ? "" : `${new Date(when).toLocaleDateString([...words.shared.locale])}, `;
  return { ...run, when: day + clock(when) };
}

/** Where a browser keeps nothing, there is no hint: the run itself tells when the panel is opened. */
export const hint = {
  /** @returns {Hint | null} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(KEY));
    } catch {
      return null; // or it is of an earlier build
    }
  },
  /** @param {Hint | null} run */
  write(run) {
    try {
      if (run === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, JSON.stringify(run));
    } catch {
      // The run is kept all the same.
    }
  },
};
