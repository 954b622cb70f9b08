// Calls from the page to a worker, and their answers. An ordinary error is the answer to one call. After a failure
// the worker is of no more use, and all calls that wait for it fail.

import { lastPanic } from "./panic.js";
import { mixedVersions } from "./programs.js";

/** The engine has stopped for good: its memory or its graphics device is lost. */
export class EngineFailure extends Error {}

/**
 * The page sends calls. The worker sends a call's result, its error, or that it has failed.
 * @typedef {{ id: number, method: string, args: any }} Call
 * @typedef {{ id: number, result: any } | { id: number, error: string } | { failure: string }} Answer
 */

/** A worker as the page sees it: its methods are called by name. */
export class Remote {
  #worker;
  #last = 0;
  /** @type {string | null} */
  #failure = null;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();

  /** @param {URL} script */
  constructor(script) {
    this.#worker = new Worker(script, { type: "module" });
    this.#worker.addEventListener("message", ({ data }) => this.#receive(data));
    // If the script does not load or parse, the event tells no reason.
    this.#worker.addEventListener("error", (event) => {
      const isOld = /SyntaxError/.test(event.message); // it does not know modules in workers
      this.#fail(isOld ? "this browser is too old for the engine: use a newer one" : event.message || "the engine's worker could not be loaded: check the connection and reload the page, or use a newer browser");
    });
  }

  /**
   * Calls a method of the worker.
   * @param {string} method
   * @param {object} [args]
   * @returns {Promise<any>} rejected with an {@link EngineFailure} if the worker has failed
   */
  call(method, args = {}) {
    if (this.#failure !== null) return Promise.reject(new EngineFailure(this.#failure));
    this.#last += 1;
    const id = this.#last;
    this.#worker.postMessage({ id, method, args });
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Ends the worker; calls under way fail. */
  end() {
    this.#fail("the engine was closed");
  }

  /** @param {Answer} answer */
  #receive(answer) {
    if ("failure" in answer) {
      this.#fail(answer.failure);
      return;
    }
    const { resolve, reject } = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ("error" in answer) reject(new Error(answer.error));
    else resolve(answer.result);
  }

  #fail(message) {
    this.#worker.terminate();
    this.#failure ??= message;
    for (const { reject } of this.#waiting.values()) reject(new EngineFailure(this.#failure));
    this.#waiting.clear();
  }
}

/** The buffers of a result's arrays, which are transferred to the page, not copied. */
function buffers(result) {
  const { steps = [], ...own } = result ?? {};
  return [own, ...steps].flatMap((part) => Object.values(part)).filter(ArrayBuffer.isView).map(({ buffer }) => buffer);
}

/**
 * Makes this worker answer calls with these methods, one after the other.
 * @param {{ [method: string]: (args: any) => any }} methods
 */
export function serve(methods) {
  let before = Promise.resolve();

  async function answer({ id, method, args }) {
    try {
      if (!(method in methods)) throw mixedVersions(`there is no method ${method}`);
      const result = await methods[method](args);
      self.postMessage({ id, result }, { transfer: buffers(result) });
    } catch (error) {
      // A trap leaves the program's memory as it was in mid-step, so nothing in it can be trusted.
      const trapped = lastPanic() !== null || error instanceof WebAssembly.RuntimeError;
      if (trapped || error instanceof EngineFailure) tellFailure(error);
      else self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  self.addEventListener("message", ({ data }) => {
    before = before.then(() => answer(data));
  });
  // A panic inside a Rust future reaches no catch, and its promise never settles. It is told to the page here, in
  // words, so the bare "unreachable" is kept from it.
  self.addEventListener("error", (event) => {
    event.preventDefault();
    tellFailure(event.error ?? event.message);
  });
  self.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    tellFailure(event.reason);
  });
}

/** @param {unknown} error what ended this worker */
export function tellFailure(error) {
  const told = error instanceof Error ? error.message : String(error);
  self.postMessage({ failure: lastPanic() ?? told });
}
