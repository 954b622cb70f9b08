// The workers of one engine. When the engine is closed they end, and there will be no more.

import { DdpmError } from "./errors.js";
import { startWorker } from "./programs.js";
import { CLOSED, Remote } from "./remote.js";

export class Crew {
  /** @type {Set<Remote>} */
  #all = new Set();
  /** Workers that were started ahead of their hiring, by their program. @type {Map<string, Remote[]>} */
  #waiting = new Map();
  #closed = false;

  get isClosed() {
    return this.#closed;
  }

  mustBeOpen() {
    if (this.#closed) throw new DdpmError(CLOSED);
  }

  /**
   * A new worker.
   * @param {string} program its name
   * @param {(why: string) => void} [onEnd] told when it has ended, or has failed
   * @returns {Remote}
   */
  hire(program, onEnd) {
    this.mustBeOpen();
    return (onEnd === undefined && this.#waiting.get(program)?.pop()) || this.#start(program, onEnd);
  }

  /** Starts workers that will be hired soon: their scripts come while other things do. @param {string} program its name @param {number} n */
  prepare(program, n) {
    this.#waiting.set(program, Array.from({ length: n }, () => this.#start(program)));
  }

  /** @param {string} program @param {(why: string) => void} [onEnd] @returns {Remote} */
  #start(program, onEnd = () => {}) {
    const remote = new Remote(() => startWorker(program), (why) => {
      this.#all.delete(remote);
      onEnd(why);
    });
    this.#all.add(remote);
    return remote;
  }

  /** For good. */
  close() {
    this.#closed = true;
    for (const remote of this.#all) remote.end();
  }
}
