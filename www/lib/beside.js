// A second model beside the engine's, on workers of its own. It makes whole runs at once, of which the finished pictures
// alone are wanted: for pictures that follow a slider.

import { complete, usualOf } from "./settings.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./settings.js").Settings} Settings */

/** Made by `Engine.openBeside`. Every method's promise is rejected with a `DdpmError` where something cannot be done. */
export class Beside {
  #pool;

  /** @internal @param {Pool} pool */
  constructor(pool) {
    this.#pool = pool;
  }

  /** What the model says of itself. @returns {import("./pool.js").Info} */
  get info() {
    return this.#pool.info;
  }

  /** The number of workers that a batch of `count` is split among. @param {number} count */
  workersFor(count) {
    return this.#pool.workersFor(count);
  }

  /**
   * The finished pictures of a whole run, in bytes, as in a run's {@link import("./pool.js").Step}. Calls are answered
   * one after the other.
   * @param {Partial<Settings>} [settings]
   * @returns {Promise<Uint8Array>}
   */
  async pictures(settings = {}) {
    return this.#pool.finish(complete(settings, usualOf(this.info)));
  }

  /** Ends its workers, for good. */
  close() {
    this.#pool.close();
  }
}
