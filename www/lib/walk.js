// One run, step after step, on whichever engine there is.

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {Required<import("./settings.js").Settings>} Settings */

export class Walk {
  #settings;
  #onStep;
  #signal;
  /** The newest step; null before the noise is there. @type {Step | null} */
  #last = null;

  /**
   * @param {Settings} settings
   * @param {(step: Step & { titles?: number[] }) => any} [onStep]
   * @param {AbortSignal} [signal]
   */
  constructor(settings, onStep = () => {}, signal) {
    this.#settings = settings;
    this.#onStep = onStep;
    this.#signal = signal;
  }

  /** Steps taken so far. */
  get done() {
    return this.#last?.done ?? 0;
  }

  /**
   * Goes to the end. After a failure it may be called again, with another engine.
   * @param {() => Pool} current asked before each step: where it differs, the run moves there
   * @returns {Promise<Step>} the last step
   */
  async toEnd(current) {
    /** @type {Pool | null} */
    let pool = null;
    let together = 1;
    do {
      this.#signal?.throwIfAborted();
      const now = current();
      if (now === pool) {
        together = await this.#advance(pool, together);
      } else {
        pool = now;
        together = 1;
        await this.#begin(pool);
      }
    } while (this.#last.done < this.#last.total);
    await pool.end();
    return this.#last;
  }

  /** @param {Pool} pool */
  async #begin(pool) {
    const begun = await pool.begin(this.#settings, this.#last);
    if (this.#last !== null) return;
    this.#last = begun;
    await this.#onStep(begun);
  }

  /** Takes some steps together; returns how many to take next. @param {Pool} pool @param {number} together */
  async #advance(pool, together) {
    const steps = await pool.advance(together);
    this.#last = steps.at(-1);
    for (const step of steps) {
      this.#signal?.throwIfAborted();
      await this.#onStep(step);
    }
    return pool.moreAfter(steps);
  }
}
