// How long steps take. A sleeping machine, or a page that the browser has frozen, leaves a gap, which is no work: it is
// left out. On a GPU most steps take no time at all, and some wait for those before them: only many together tell.

/** So many steps tell what is usual, at least and at most: more than a GPU takes between two answers. */
const [FEWEST, MOST] = [40, 64];
/** What takes so many times as long as the longest of them, and so many milliseconds more, has a gap in it. */
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

  /** Milliseconds of a step, as of late; 0 before the first. */
  get usual() {
    return this.#sum("ms") / Math.max(1, this.#steps.length);
  }

  /** Images in a second, as of late; 0 before the first step. */
  get imagesPerSecond() {
    return (1000 * this.#sum("images")) / Math.max(1, this.#sum("ms"));
  }

  /** @param {"ms" | "images"} what */
  #sum(what) {
    return this.#steps.reduce((sum, step) => sum + step[what], 0);
  }

  #sinceBegin() {
    if (this.#began === null) return 0;
    const ms = this.#now() - this.#began;
    const longest = Math.max(0, ...this.#steps.map((step) => step.ms));
    return this.#steps.length >= FEWEST && ms > TIMES * longest + MORE_MS ? longest : ms;
  }
}
