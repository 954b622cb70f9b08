// How long steps take. A sleeping machine, or a page that the browser has frozen, leaves a gap, which is no work: it is
// left out.

import { median } from "../text.js";

/** So many steps tell what is usual. */
const [FEWEST, MOST] = [3, 15];
/** What takes so many times as long as usual, and so many milliseconds more, has a gap in it. */
const [TIMES, MORE_MS] = [10, 1000];

export class Stopwatch {
  #counted = 0;
  /** When the step under way began; null between steps. @type {number | null} */
  #began = null;
  /** The last steps. @type {{ ms: number, images: number }[]} */
  #steps = [];
  #now;

  /** @param {() => number} [now] the time in milliseconds, from any beginning */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  /** A step begins. */
  begin() {
    this.#began = this.#now();
  }

  /**
   * It is over.
   * @param {number} images of its batch
   * @param {boolean} [whole] false where a part of its work was done before it began: it tells nothing of the others
   * @returns {number} its milliseconds
   */
  end(images, whole = true) {
    const ms = this.#sinceBegin();
    this.#began = null;
    this.#counted += ms;
    if (whole) this.#steps = [...this.#steps, { ms, images }].slice(-MOST);
    return ms;
  }

  /** All steps so far, in seconds. */
  seconds() {
    return (this.#counted + this.#sinceBegin()) / 1000;
  }

  /** Milliseconds that a step usually takes; 0 before the first. */
  get usual() {
    return this.#steps.length === 0 ? 0 : median(this.#steps.map(({ ms }) => ms));
  }

  /** Images in a second; 0 before the first step. */
  get imagesPerSecond() {
    return this.#steps.length === 0 ? 0 : 1000 * median(this.#steps.map(({ ms, images }) => images / Math.max(ms, 0.1)));
  }

  #sinceBegin() {
    if (this.#began === null) return 0;
    const ms = this.#now() - this.#began;
    const { usual } = this;
    return this.#steps.length >= FEWEST && ms > TIMES * usual + MORE_MS ? usual : ms;
  }
}
