// The test images have a worker of their own, so that the slider never waits for a run.

import { EngineFailure, Remote } from "./rpc.js";

/**
 * Test images with noise, in bytes as in a run's steps.
 * @typedef {{ percent: number, t: number | null, alphaBar: number, snr: number, bytes: Uint8Array }} Noised
 */

export class Study {
  #open;
  /** It is started for the first question. @type {Promise<Remote> | null} */
  #worker = null;

  /** @param {() => Promise<object>} files what the worker needs: a program, weights and images */
  constructor(files) {
    this.#open = async () => {
      const setup = await files();
      const worker = new Remote(new URL("worker.js", import.meta.url));
      try {
        await worker.call("study", setup);
      } catch (error) {
        worker.end();
        throw error;
      }
      return worker;
    };
  }

  /** @param {string} method @param {object} args */
  async call(method, args) {
    const opened = this.#worker ??= this.#open();
    const worker = await opened.catch((error) => {
      if (this.#worker === opened) this.#worker = null; // the next question tries again
      throw error;
    });
    try {
      return await worker.call(method, args);
    } catch (error) {
      if (error instanceof EngineFailure) await this.close();
      throw error;
    }
  }

  /** Ends the worker; the next question starts another, with the files as they are then. */
  async close() {
    const worker = this.#worker;
    this.#worker = null;
    await worker?.then((remote) => remote.end(), () => {});
  }
}
