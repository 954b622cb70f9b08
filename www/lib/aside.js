// One more worker of the CPU. It makes whole runs of other models beside the one that is loaded, one after the other.

import { complete, usualOf } from "./settings.js";
import { Walk } from "./walk.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./pool.js").Step} Step */

export class Aside {
  #open;
  /** It is opened for the first run. @type {Promise<Pool> | null} */
  #pool = null;
  /** Settles when the runs so far are over. @type {Promise<any>} */
  #before = Promise.resolve();

  /** @param {(weights: Uint8Array) => Promise<Pool>} open */
  constructor(open) {
    this.#open = open;
  }

  /**
   * @param {Uint8Array} weights
   * @param {Partial<import("./settings.js").Settings>} settings
   * @returns {Promise<{ info: import("./pool.js").Info, last: Step }>}
   */
  run(weights, settings) {
    const mine = this.#before.then(() => this.#run(weights, settings));
    this.#before = mine.catch(() => {});
    return mine;
  }

  async #run(weights, settings) {
    this.#pool ??= this.#open(weights);
    try {
      const pool = await this.#pool;
      await pool.load(weights);
      const last = await new Walk(complete(settings, usualOf(pool.info))).toEnd(() => pool);
      return { info: pool.info, last };
    } catch (error) {
      this.#end(); // the next run starts another
      throw error;
    }
  }

  #end() {
    this.#pool?.then((pool) => pool.close(), () => {});
    this.#pool = null;
  }
}
