// The test images have a worker of their own, so that the slider never waits for a run.

import { EngineFailure } from "./errors.js";

/** @typedef {import("./remote.js").Remote} Remote */

/**
 * The test images with noise.
 * @typedef {object} Noised
 * @property {number} percent 0 to 100, of the way to pure noise
 * @property {number | null} t the timestep, from 0; null for the clean images
 * @property {number} alphaBar share of the picture (as variance) that is left, 0 to 1
 * @property {number} snr the signal-to-noise ratio: alphaBar / (1 - alphaBar)
 * @property {Uint8Array} bytes the images, as in a run's {@link import("./pool.js").Step}
 */

/**
 * A picture with noise.
 * @typedef {Omit<Noised, "percent">} NoisedPicture
 */

export class Study {
  #open;
  /** It is started for the first question. @type {Promise<Remote> | null} */
  #worker = null;

  /**
   * @param {import("./crew.js").Crew} crew
   * @param {() => Promise<{ program: string, module: WebAssembly.Module, weights: Uint8Array, images: Uint8Array }>} files
   */
  constructor(crew, files) {
    this.#open = async () => {
      const { program, ...setup } = await files();
      const worker = crew.hire(program);
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
