// Calls from the page to a worker and their answers. An ordinary error is the answer to its call;
// a failure ends the worker's usefulness, and whatever it still owes fails with it.

import { lastPanic } from "./panic.js";

/** The engine has stopped for good: its memory, or its graphics device, is gone. */
export class EngineFailure extends Error {}

/**
 * Page to worker: one call. Worker to page: its result, its error, or the end of everything.
 * @typedef {{ id: number, method: string, args: any }} Call
 * @typedef {{ id: number, result: any } | { id: number, error: string } | { failure: string }} Answer
 */

/** The page's end: a worker whose methods are called by name. */
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
    // A script that does not load or parse: the event of it tells no more than that.
    this.#worker.addEventListener("error", (event) => {
      this.#fail(event.message || "the engine's program could not be loaded; check the connection and reload the page");
    });
  }

  /**
   * Calls a method of the worker.
   * @param {string} method
   * @param {object} [args]
   * @returns {Promise<any>} rejected with an {@link EngineFailure} if the worker is done for
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

/** The buffers of a result's arrays change threads; nothing is copied. */
function buffers(result) {
  const { steps = [], ...own } = result ?? {};
  return [own, ...steps].flatMap((part) => Object.values(part)).filter(ArrayBuffer.isView).map(({ buffer }) => buffer);
}

/**
 * The worker's end: answers calls by these methods, one after the other.
 * @param {{ [method: string]: (args: any) => any }} methods
 */
export function serve(methods) {
  let before = Promise.resolve();

  async function answer({ id, method, args }) {
    try {
      const result = await methods[method](args);
      self.postMessage({ id, result }, { transfer: buffers(result) });
    } catch (error) {
      // A trap leaves the module's memory as it was in mid-step: nothing in it can be trusted.
      const trapped = lastPanic() !== null || error instanceof WebAssembly.RuntimeError;
      if (trapped || error instanceof EngineFailure) tellFailure(error);
      else self.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  self.addEventListener("message", ({ data }) => {
    before = before.then(() => answer(data));
  });
  // A panic inside a Rust future reaches no catch: its promise never settles. Told here in words,
  // it need not reach the page a second time as a bare "unreachable".
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
