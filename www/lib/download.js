// Downloads: files are fetched side by side, with one progress count for all of them, and some are kept. This is the
// one place that fetches files, so that whatever can go wrong on the way is told in words that name the file.

import { DdpmError } from "./errors.js";

/** Progress is reported this often, in milliseconds. */
const EVERY = 50;
/** Where no byte has come for so long, in milliseconds, the connection counts as lost. */
const STALL_MS = 15_000;
/** Before a second try, in milliseconds. */
const PAUSE_MS = 500;

/** A file that did not arrive. Its sentence is the rest of one. */
export class DownloadError extends DdpmError {
  /** @param {string} message @param {boolean} [passing] whether a second try at once may help */
  constructor(message, passing = false) {
    super(message);
    this.passing = passing;
  }
}

export class Downloads {
  #loaded = 0;
  #total = 0;
  /** The number of files whose size is not known yet. */
  #waiting = 0;
  #sized = true;
  #last = 0;
  #report;
  #stallMs;

  /**
   * @param {(loaded: number, total: number | null) => void} [report]
   * @param {number} [stallMs] where no byte has come for so long, in milliseconds, the connection counts as lost
   */
  constructor(report = () => {}, stallMs = STALL_MS) {
    this.#report = report;
    this.#stallMs = stallMs;
  }

  /**
   * The file's bytes. A connection that breaks is tried a second time, past the caches.
   * @param {URL} url
   * @returns {Promise<Uint8Array>} rejected with a {@link DownloadError}
   */
  async bytes(url) {
    const file = url.pathname.split("/").pop();
    try {
      return await this.#once(url, file, {});
    } catch (error) {
      if (!(error instanceof DownloadError) || !error.passing) throw error;
      await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS); });
      return this.#once(url, file, { cache: "reload" });
    }
  }

  /** @param {URL} url @param {string} file @param {RequestInit} how */
  async #once(url, file, how) {
    const stall = new AbortController();
    let timer = setTimeout(() => stall.abort(), this.#stallMs);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => stall.abort(), this.#stallMs);
    };
    const count = { loaded: 0, total: 0, isWaiting: true };
    this.#waiting += 1;
    try {
      const response = await fetch(url, { ...how, signal: stall.signal });
      mustBeThere(response, file);
      this.#expect(response.headers, count);
      const bytes = await this.#read(response.body, count, alive);
      mustBeWhole(bytes, count.total, file);
      mustBeNoPage(bytes, file);
      return bytes;
    } catch (error) {
      this.#loaded -= count.loaded;
      this.#total -= count.total;
      if (count.isWaiting) this.#waiting -= 1;
      if (error instanceof DownloadError) throw error;
      throw new DownloadError(stall.signal.aborted ? stalled(file, this.#stallMs) : broken(file, count.loaded), true);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Where a file is compressed, its length header counts compressed bytes, so the total is not known. */
  #expect(headers, count) {
    count.isWaiting = false;
    this.#waiting -= 1;
    const length = Number(headers.get("content-length"));
    if (length > 0 && !headers.has("content-encoding")) {
      count.total = length;
      this.#total += length;
    } else {
      this.#sized = false;
    }
  }

  /** @param {ReadableStream<Uint8Array>} body @param {{ loaded: number }} count @param {() => void} alive */
  async #read(body, count, alive) {
    const chunks = [];
    const reader = body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      alive();
      chunks.push(next.value);
      count.loaded += next.value.length;
      this.#loaded += next.value.length;
      this.#tell();
    }
    const bytes = new Uint8Array(count.loaded);
    let at = 0;
    for (const chunk of chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #tell() {
    const now = performance.now();
    if (now - this.#last < EVERY && this.#loaded !== this.#total) return;
    this.#last = now;
    const known = this.#sized && this.#waiting === 0;
    this.#report(this.#loaded, known ? this.#total : null);
  }
}

/** @param {Response} response @param {string} file */
function mustBeThere({ ok, status }, file) {
  if (ok) return;
  if (status === 404 || status === 410) throw new DownloadError(`${file} is missing on the server (status ${status})`);
  throw new DownloadError(`the server did not send ${file} (status ${status})`, status >= 500 || status === 429);
}

/** @param {Uint8Array} bytes @param {number} expected 0 where it is not known @param {string} file */
function mustBeWhole({ length }, expected, file) {
  if (length === 0) throw new DownloadError(`${file} came empty`, true);
  if (length < expected) throw new DownloadError(broken(file, length), true);
}

/** Some networks answer everything with a page of their own, where one has to log in; some servers send a page for
    whatever is missing. @param {Uint8Array} bytes @param {string} file */
function mustBeNoPage(bytes, file) {
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart().toLowerCase();
  if (!/^<(!doctype|html|head|body|\?xml)/.test(start)) return;
  throw new DownloadError(`the server sent a page instead of ${file}: log in where this network asks for it, or the file is missing there`);
}

function stalled(file, ms) {
  return `${file} stopped coming for ${ms / 1000} seconds: check the connection and try again`;
}

function broken(file, loaded) {
  return loaded > 0
    ? `${file} was cut short after ${loaded} bytes: check the connection and try again`
    : `${file} could not be fetched: check the connection and try again`;
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
      if (this.#all.get(name) === one) this.#all.delete(name);
      throw error;
    }
  }
}
