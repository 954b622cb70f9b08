// Calls from the page to a worker, and their answers. An ordinary error is the answer to one call. After a failure
// the worker is of no more use, and all calls that wait for it fail.

import { DdpmError, EngineFailure, sentenceOf } from "./errors.js";
import { startAnywhere, whyNotLoaded } from "./foreign.js";

/** What calls are told after an engine's end. */
export const CLOSED = "the engine was closed";

/**
 * The page sends calls. The worker sends a call's result, its error, or that it has failed.
 * @typedef {{ id: number, method: string, args: any }} Call
 * @typedef {{ id: number, result: any } | { id: number, error: string } | { failure: string }} Answer
 */

/** @param {() => Worker} start */
function started(start) {
  try {
    return startAnywhere(start);
  } catch (error) {
    throw new EngineFailure(`no worker could be started (${sentenceOf(error)})`, { cause: error });
  }
}

/** A worker as the page sees it: its methods are called by name. */
export class Remote {
  #worker;
  #onEnd;
  #last = 0;
  /** @type {string | null} */
  #failure = null;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /**
   * @param {() => Worker} start
   * @param {(why: string) => void} [onEnd] told when the worker has ended, or has failed
   */
  constructor(start, onEnd = () => {}) {
    this.#onEnd = onEnd;
    this.#worker = started(start);
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    // If the script does not load or parse, the event tells no reason.
    this.#worker.addEventListener("error", (event) => {
      const isOld = /SyntaxError/.test(event.message); // it does not know modules in workers
      this.#fail(isOld ? "this browser is too old for the engine: use a newer one" : event.message || whyNotLoaded());
    });
  }

  /**
   * Calls a method of the worker.
   * @param {string} method
   * @param {object} [args]
   * @param {Transferable[]} [transfer] what the worker has from now on, instead of the page
   * @returns {Promise<any>} rejected with an {@link EngineFailure} if the worker has failed
   */
  call(method, args = {}, transfer = []) {
    if (this.#failure !== null) return Promise.reject(new EngineFailure(this.#failure));
    this.#last += 1;
    const id = this.#last;
    this.#worker.postMessage({ id, method, args }, transfer);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Ends the worker; calls under way fail. */
  end() {
    this.#fail(CLOSED);
  }

  /** @param {Answer} answer */
  #receive(answer) {
    if (this.#failure !== null) return;
    if ("failure" in answer) {
      this.#fail(answer.failure);
      return;
    }
    const { resolve, reject } = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) reject(new DdpmError(answer.error));
    else resolve(answer.result);
  }

  #fail(message) {
    this.#worker.terminate();
    this.#failure ??= message;
    for (const { reject } of this.#waiting.values()) reject(new EngineFailure(this.#failure));
    this.#waiting.clear();
    this.#onEnd(this.#failure);
  }
}
