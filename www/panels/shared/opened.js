// A model that makes whole runs beside the one at the top, on workers of its own.

import { EngineFailure } from "../../lib/errors.js";

/** @typedef {import("../../lib/beside.js").Beside} Beside */
/** @typedef {import("../../lib/settings.js").Settings} Settings */

/** It is opened when it is wanted. Where it did not open, or its workers have ended, the next try opens it again. */
export class Opened {
  #open;
  /** @type {Promise<Beside> | null} */
  #beside = null;

  /** @param {() => Promise<Beside>} open */
  constructor(open) {
    this.#open = open;
  }

  get isOpen() {
    return this.#beside !== null;
  }

  /** @returns {Promise<Beside>} */
  get() {
    const opened = this.#beside ??= this.#open().catch((error) => {
      if (this.#beside === opened) this.#beside = null;
      throw error;
    });
    return opened;
  }

  /** @param {Partial<Settings>} settings */
  async pictures(settings) {
    const mine = this.get();
    const beside = await mine;
    return beside.pictures(settings).catch((error) => {
      if (error instanceof EngineFailure && this.#beside === mine) this.close(); // its workers have ended
      throw error;
    });
  }

  close() {
    this.#beside?.then((beside) => beside.close(), () => {});
    this.#beside = null;
  }
}
