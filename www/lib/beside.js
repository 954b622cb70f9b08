// A second model beside the engine's, on workers of its own. It makes whole runs at once: for pictures that follow a slider, of which the
// finished ones alone are wanted, and for one picture's steps laid open. And it makes a run step by step, as the engine.

import { DdpmError } from "./errors.js";
import { complete, usualOf } from "./settings.js";
import { Walk } from "./walk.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./settings.js").Settings} Settings */

/** Made by `Engine.openBeside`. Every method's promise is rejected with a `DdpmError` where something cannot be done. */
export class Beside {
  #pool;
  #isHeld = false;

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

  /**
   * A whole run of one image, with all that goes into each step: the numbers, and the pictures that they multiply.
   * @param {Partial<Settings>} [settings] `count` is 1
   * @returns {Promise<import("./pool.js").Trace[]>} a step after the other
   */
  async trace(settings = {}) {
    return this.#pool.trace(complete({ ...settings, count: settings.count ?? 1 }, usualOf(this.info)));
  }

  /**
   * A run step by step, as `Engine.generate` makes it. There is one at a time.
   * @param {Partial<Settings>} [settings]
   * @param {Parameters<import("./engine.js").Engine["generate"]>[1]} [options]
   * @returns {Promise<import("./pool.js").Step>}
   */
  async generate(settings = {}, options = {}) {
    if (this.#isHeld) throw new DdpmError("a run is under way: end it first");
    const walk = new Walk(complete(settings, usualOf(this.info)), options);
    this.#isHeld = true;
    try {
      return await walk.toEnd(() => this.#pool);
    } finally {
      this.#isHeld = false;
    }
  }

  /** Ends its workers, for good. */
  close() {
    this.#pool.close();
  }
}
