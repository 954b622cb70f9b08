// A word about the kept run, which can be read without the training's code. The run itself is in kept.js.

const KEY = "ddpm-web.training";

/** Where a browser keeps nothing, there is no hint: the run itself tells when the panel is opened. */
export const hint = {
  /** @returns {string | null} */
  read() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  },
  /** @param {string | null} words */
  write(words) {
    try {
      if (words === null) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, words);
    } catch {
      // The run is kept all the same.
    }
  },
};
