// One run, step after step, on whichever engine there is.

import { checkAll, FUNCTION, SIGNAL } from "./checks.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {Required<import("./settings.js").Settings>} Settings */

/** What a run may be told beside its settings. */
const OPTIONS = { onStep: FUNCTION, signal: SIGNAL };

export class Walk {
  #settings;
  #onStep;
  #signal;
  /** The newest step; null before the noise is there. @type {Step | null} */
  #last = null;
  /** The steps after it: the engine need not wait until it is shown. @type {Promise<Step[]>} */
  #ahead;

  /**
   * @param {Settings} settings
   * @param {{ onStep?: (step: Step & { titles?: number[] }) => any, signal?: AbortSignal }} [options]
   */
  constructor(settings, options = {}) {
    checkAll(options, OPTIONS, "option");
    const { onStep = () => {}, signal } = options;
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
    do {
      this.#signal?.throwIfAborted();
      const now = current();
      if (now === pool) {
        await this.#advance(pool);
      } else {
        pool = now;
        await this.#begin(pool);
      }
    } while (this.#last.done < this.#last.total);
    await pool.end();
    return this.#last;
  }

  /** Begins, or goes on where another engine was. @param {Pool} pool */
  async #begin(pool) {
    const begun = await pool.begin(this.#settings, this.#last);
    this.#prepare(pool, 1);
    if (this.#last !== null) return;
    this.#last = begun;
    await this.#onStep(begun);
  }

  /** Shows the steps that are made by now, while the next ones are. @param {Pool} pool */
  async #advance(pool) {
    const steps = await this.#ahead;
    this.#last = steps.at(-1);
    if (this.#last.done < this.#last.total) this.#prepare(pool, pool.moreAfter(steps));
    for (const step of steps) {
      this.#signal?.throwIfAborted();
      await this.#onStep(step);
    }
  }

  /** Asks for so many steps. @param {Pool} pool @param {number} n */
  #prepare(pool, n) {
    this.#ahead = pool.advance(n);
    this.#ahead.catch(() => {}); // a failure is told when it is their turn; when the run has ended nobody wants them
  }
}
