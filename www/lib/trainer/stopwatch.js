// How long steps take. A sleeping machine, or a page that the browser has frozen, leaves a gap, which is no work: it is
// left out.

import { median } from "../text.js";

/** So many calls tell what is usual. */
const [FEWEST, MOST] = [3, 15];
/** What takes so many times as long as usual, and so many milliseconds more, has a gap in it. */
const [TIMES, MORE_MS] = [10, 1000];

export class Stopwatch {
  #counted = 0;
  /** When the step under way began; null between steps. @type {number | null} */
  #began = null;
  /** The last calls: what each one's steps took on average. @type {{ ms: number, images: number }[]} */
  #calls = [];
  /** The steps of the call under way. */
  #call = { steps: 0, ms: 0, images: 0 };
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
    const { steps, ms: before, images: more } = this.#call;
    if (whole) this.#call = { steps: steps + 1, ms: before + ms, images: more + images };
    return ms;
  }

  /** The call is over. A GPU's steps are only begun, until one of them waits for all: so they count together. */
  endCall() {
    const { steps, ms, images } = this.#call;
    if (steps > 0) this.#calls = [...this.#calls, { ms: ms / steps, images: images / steps }].slice(-MOST);
    this.#call = { steps: 0, ms: 0, images: 0 };
  }

  /** All steps so far, in seconds. */
  seconds() {
    return (this.#counted + this.#sinceBegin()) / 1000;
  }

  /** Milliseconds that a step usually takes; 0 before the first. */
  get usual() {
    return this.#calls.length === 0 ? 0 : median(this.#calls.map(({ ms }) => ms));
  }

  /** Images in a second; 0 before the first step. */
  get imagesPerSecond() {
    return this.#calls.length === 0 ? 0 : 1000 * median(this.#calls.map(({ ms, images }) => images / Math.max(ms, 0.1)));
  }

  #sinceBegin() {
    if (this.#began === null) return 0;
    const ms = this.#now() - this.#began;
    const { usual } = this;
    return this.#calls.length >= FEWEST && ms > TIMES * usual + MORE_MS ? usual : ms;
  }
}
