// The workers that share a batch: the one that leads sends the others their shares over ports of their own, past the page.

import { DdpmError, sentenceOf } from "../errors.js";
import { tellFailure } from "../serve.js";

/**
 * @typedef {object} Task
 * @property {Float32Array} weights
 * @property {Float32Array} x_0
 * @property {Float32Array} eps
 * @property {Int32Array} places
 * @property {Float32Array} importance
 * @property {number} whole images of the whole batch
 *
 * @typedef {{ loss: number, gradient: Float32Array, memory: number } | { error: string }} Reply
 */

/** A helper, as the leading worker's program has it. */
export class Helper {
  #port;
  /** @type {{ resolve: (part: Reply) => void, reject: (error: Error) => void } | null} */
  #waiting = null;

  /** Bytes that its program holds. */
  memory = 0;

  /** @param {MessagePort} port */
  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#receive(data);
  }

  /** As `HelperPort` in the program's declarations says. */
  begin(weights, x_0, eps, places, importance, whole) {
    const arrays = { weights, x_0, eps, places, importance };
    this.#port.postMessage({ ...arrays, whole }, Object.values(arrays).map(({ buffer }) => buffer));
    return new Promise((resolve, reject) => { this.#waiting = { resolve, reject }; });
  }

  /** @param {Reply} reply */
  #receive(reply) {
    const { resolve, reject } = this.#waiting;
    this.#waiting = null;
    if ("error" in reply) {
      reject(new DdpmError(`a worker that helps has stopped (${reply.error})`));
      return;
    }
    this.memory = reply.memory;
    resolve(reply);
  }
}

/**
 * Answers the leading worker from now on.
 * @param {MessagePort} port
 * @param {import("./program.d.ts").Share} share
 * @param {() => number} memory bytes that the program holds
 */
export function answer(port, share, memory) {
  port.onmessage = ({ data }) => {
    const { weights, x_0, eps, places, importance, whole } = /** @type {Task} */ (data);
    try {
      const loss = share.compute(weights, x_0, eps, places, importance, whole);
      const gradient = share.gradient();
      port.postMessage({ loss, gradient, memory: memory() }, [gradient.buffer]);
    } catch (error) {
      port.postMessage({ error: sentenceOf(error) });
      tellFailure(error);
    }
  };
}
