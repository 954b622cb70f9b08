// One engine: its workers, the batch split among them, their answers put together again.

import { EngineFailure, Remote } from "./rpc.js";

/** The engines there are; those of Burn are the reference, in a program of their own. */
export const ENGINES = Object.freeze(["cpu", "webgpu", "burn-cpu", "burn-webgpu"]);

/**
 * A run after `done` of `total` steps. Greys are bytes, 784 for each image: what was -1 is 0, what
 * was 1 is all ones.
 * @typedef {object} Step
 * @property {number} done
 * @property {number} total
 * @property {number | null} t the timestep of the last step; null before the first
 * @property {number} alphaBar share of the picture in the batch as it is
 * @property {number[]} frames which of the tutorial's 16 frames show this moment
 * @property {number} ms what the step took; of several that were taken together, each one's part
 * @property {Uint8Array} x_t the batch, in greys
 * @property {Uint8Array} x_0 the finished images as predicted in the last step, in greys
 * @property {Uint8Array} eps the noise as predicted in the last step, in greys
 * @property {Float32Array | null} x the batch's numbers; null where more steps were taken together with this one
 */

/**
 * @typedef {object} Settings
 * @property {number} seed a whole number from 0 to 2^53
 * @property {number} count images
 * @property {"ddpm" | "ddpm-posterior" | "ddim"} sampler
 * @property {number | null} steps null for all that the model was trained with
 * @property {number} eta 0 to 1, for DDIM alone
 * @property {"pure" | "matched" | null} start pure noise, or noise of the training pictures' mean and
 *   spread; null for matched where the file knows them
 */

/**
 * What a model says of itself.
 * @typedef {object} Info
 * @property {string} engine one of {@link ENGINES}
 * @property {string} adapter the hardware under it
 * @property {number} side pixels along one edge of an image
 * @property {{ kind: string, timesteps: number, beta_start: number, beta_end: number, prediction: "eps" | "v" }} schedule
 * @property {number} parameters
 * @property {number} multiply_adds for one image
 * @property {number | null} scratch_bytes for one image; null for Burn's engines
 * @property {number | null} weight_bytes as the engine has packed them, likewise
 * @property {number | null} compile_ms what the WebGPU engine's shader took
 * @property {number} max_file_bytes the longest weights file that is opened
 * @property {string[]} notes sentences for whoever chose the file
 * @property {any} metadata how it was trained; null where the file does not say. Its `recipe` is in words,
 *   and empty in older files
 * @property {number[]} titles the step numbers of the tutorial's 16 frames
 */

/** Steps that are taken together fill one of the screen's frames, in milliseconds: each frame shows
    something new, and a fast GPU seldom waits for the page. */
const FRAME_MS = 16;
const MOST_TOGETHER = 32;

/**
 * How many steps to take together next.
 * @param {number} before so many were
 * @param {number} ms each of them took
 */
export function moreTogether(before, ms) {
  return Math.max(1, Math.min(2 * before, MOST_TOGETHER, Math.floor(FRAME_MS / ms)));
}

/** The arrays of several workers, one after the other. */
function join(arrays) {
  if (arrays.length === 1) return arrays[0];
  const whole = new arrays[0].constructor(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    whole.set(array, at);
    at += array.length;
  }
  return whole;
}

/** The steps that all workers took with their parts of the batch. @returns {Step[]} */
function merge(parts, before) {
  const [{ total, steps }] = parts;
  const ms = (performance.now() - before) / steps.length;
  const x = join(parts.map((part) => part.x));
  return steps.map((step, at) => {
    const [x_t, x_0, eps] = ["x_t", "x_0", "eps"].map((key) => join(parts.map((part) => part.steps[at][key])));
    return { ...step, total, x_t, x_0, eps, x: at === steps.length - 1 ? x : null, ms };
  });
}

export class Pool {
  /** @type {Remote[]} */
  #workers = [];
  /** Those that the run is split among. @type {Remote[]} */
  #busy = [];
  #setup;
  #most;

  /** @type {Info} */
  info;

  /**
   * Starts an engine: on the CPU as many workers as there are cores, on WebGPU one.
   * @param {{ engine: string, program: string, module: WebAssembly.Module, weights: Uint8Array, workers?: number }} setup
   * @param {number} [expected] images of the first run: no more workers than that to begin with
   */
  static async open({ workers = navigator.hardwareConcurrency, ...setup }, expected = 1) {
    const pool = new Pool(setup, setup.engine.endsWith("cpu") ? workers : 1);
    try {
      await pool.#grow(expected);
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  constructor(setup, most) {
    this.#setup = setup;
    this.#most = most;
  }

  get engine() {
    return this.#setup.engine;
  }

  /** Workers that a batch of `count` is split among. */
  workersFor(count) {
    return Math.max(1, Math.min(this.#most, count) || 0);
  }

  /** Has a worker for each of `count` images, up to the most there may be. */
  async #grow(count) {
    const missing = this.workersFor(count) - this.#workers.length;
    const fresh = Array.from({ length: Math.max(0, missing) }, () => new Remote(new URL("worker.js", import.meta.url)));
    const loads = await Promise.allSettled(fresh.map((worker) => worker.call("load", this.#setup)));
    const loaded = fresh.filter((_, at) => loads[at].status === "fulfilled");
    this.#workers.push(...loaded);
    if (loaded.length < fresh.length) {
      // A machine that has not the memory for all of them does with those it has.
      fresh.filter((worker) => !loaded.includes(worker)).forEach((worker) => worker.end());
      this.#most = this.#workers.length;
      if (this.#most === 0) throw /** @type {PromiseRejectedResult} */ (loads[0]).reason;
    }
    this.info ??= loads.flatMap((load) => (load.status === "fulfilled" ? [load.value] : []))[0];
  }

  /** Exchanges the model. Refused weights leave every worker as it was. @param {Uint8Array} weights */
  async load(weights) {
    const setup = { ...this.#setup, weights };
    [this.info] = await Promise.all(this.#workers.map((worker) => worker.call("load", setup)));
    this.#setup = setup;
  }

  /**
   * Begins a run, and ends the one before it.
   * @param {Settings} settings
   * @param {Step | null} [from] where to go on, instead of at the beginning
   * @returns {Promise<Step & { titles: number[] }>}
   */
  async begin(settings, from = null) {
    const before = performance.now();
    await this.#grow(settings.count);
    const n = this.workersFor(settings.count);
    this.#busy = this.#workers.slice(0, n);
    // Stretches of the batch that differ by one image at most.
    const edge = (i) => Math.floor((i * settings.count) / n);
    const pixels = from === null ? 0 : from.x.length / settings.count;
    const parts = this.#busy.map((worker, i) => worker.call("begin", {
      options: { ...settings, first: edge(i), count: edge(i + 1) - edge(i), done: from?.done ?? 0 },
      x: from?.x.slice(edge(i) * pixels, edge(i + 1) * pixels),
    }));
    const begun = await Promise.all(parts);
    return { ...merge(begun, before)[0], titles: begun[0].titles };
  }

  /**
   * Takes steps, on a GPU in one submission.
   * @param {number} [n] at most so many
   * @returns {Promise<Step[]>} at least one, unless the run is over
   */
  async advance(n = 1) {
    const before = performance.now();
    return merge(await Promise.all(this.#busy.map((worker) => worker.call("advance", { n }))), before);
  }

  /**
   * Multiply-adds alone, on the workers of the run.
   * @param {number} amount 1 for some milliseconds or less
   * @returns {Promise<{ done: number, ms: number }>} how many there were, and what they took
   */
  async exercise(amount) {
    const before = performance.now();
    const parts = await Promise.all(this.#busy.map((worker) => worker.call("exercise", { amount })));
    return { done: parts.reduce((sum, { done }) => sum + done, 0), ms: performance.now() - before };
  }

  /** Launches on the GPU since the first call. @returns {Promise<number>} */
  async dispatches() {
    const parts = await Promise.all(this.#busy.map((worker) => worker.call("dispatches")));
    return parts.reduce((sum, { count }) => sum + count, 0);
  }

  /** Forgets the run. */
  async end() {
    await Promise.all(this.#busy.map((worker) => worker.call("end")));
  }

  close() {
    this.#workers.forEach((worker) => worker.end());
  }
}

export { EngineFailure };
