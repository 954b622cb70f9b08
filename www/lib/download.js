// Downloads: files are fetched side by side, with one progress count for all of them, and some are kept.

import { DdpmError } from "./errors.js";

/** Progress is reported this often, in milliseconds. */
const EVERY = 50;

export class Downloads {
  #loaded = 0;
  #total = 0;
  /** The number of files whose size is not known yet. */
  #waiting = 0;
  #sized = true;
  #last = 0;
  #report;

  /** @param {(loaded: number, total: number | null) => void} [report] */
  constructor(report = () => {}) {
    this.#report = report;
  }

  /** The file's bytes. @param {URL} url */
  async bytes(url) {
    return new Uint8Array(await (await this.fetch(url)).arrayBuffer());
  }

  /**
   * Fetches a file and counts its bytes as they pass.
   * @param {URL} url
   * @returns {Promise<Response>}
   */
  async fetch(url) {
    const name = url.pathname.split("/").pop();
    this.#waiting += 1;
    const response = await fetch(url).catch(() => {
      throw new DdpmError(`${name} could not be fetched: check the connection and try again`);
    });
    if (!response.ok) {
      throw new DdpmError(`${name} is missing on the server (status ${response.status})`);
    }
    this.#waiting -= 1;
    this.#expect(response.headers);
    const counted = response.body.pipeThrough(this.#counter());
    return new Response(counted, { headers: { "content-type": contentType(response) } });
  }

  /** Where a file is compressed, its length header counts compressed bytes, so the total is not known. */
  #expect(headers) {
    const length = Number(headers.get("content-length"));
    if (length > 0 && !headers.has("content-encoding")) this.#total += length;
    else this.#sized = false;
  }

  #counter() {
    return new TransformStream({
      transform: (chunk, controller) => {
        this.#loaded += chunk.byteLength;
        this.#tell();
        controller.enqueue(chunk);
      },
    });
  }

  #tell() {
    const now = performance.now();
    if (now - this.#last < EVERY && this.#loaded !== this.#total) return;
    this.#last = now;
    const known = this.#sized && this.#waiting === 0;
    this.#report(this.#loaded, known ? this.#total : null);
  }
}

/**
 * Keeps what was fetched, by name. What failed is fetched again when it is asked for again.
 * @template T
 */
export class Kept {
  /** @type {Map<string, Promise<T>>} */
  #all = new Map();

  /** @param {string} name @param {() => Promise<T>} fetch where it is not there yet */
  async get(name, fetch) {
    const one = this.#all.get(name) ?? fetch();
    this.#all.set(name, one);
    try {
      return await one;
    } catch (error) {
      this.#all.delete(name);
      throw error;
    }
  }
}

/** A browser compiles a program as it streams only under this type, and some static servers do not know it. */
function contentType(response) {
  const isWasm = new URL(response.url).pathname.endsWith(".wasm");
  return isWasm ? "application/wasm" : "application/octet-stream";
}
