// One engine and its workers: the batch is split among them, and their answers are joined again.

import { engineNamed } from "./engines.js";
import { Pace } from "./pacing.js";
import { classNumbers, fit } from "./settings.js";

/** @typedef {import("./crew.js").Crew} Crew */
/** @typedef {import("./remote.js").Remote} Remote */
/** @typedef {Required<import("./settings.js").Settings>} Settings */

/**
 * A run after `done` of `total` steps. Pictures are bytes in planes: for each image `info.image.channels`
 * planes (1: grey, 3: red, green, blue) of `info.image.side` squared bytes; what was -1 is 0, what was 1 is 255.
 * @typedef {object} Step
 * @property {number} done
 * @property {number} total
 * @property {number | null} t the timestep of the last step; null before the first
 * @property {number} alphaBar share of the picture in the batch as it is
 * @property {number[]} frames which of the tutorial's 16 frames show this moment
 * @property {number} ms how long the step took; several that were taken together share their time evenly
 * @property {Uint8Array} x_t the batch, in bytes
 * @property {Uint8Array} x_0 the finished images as predicted in the last step, in bytes
 * @property {Uint8Array} eps the noise as predicted in the last step, in bytes
 * @property {Float32Array | null} x the batch's numbers; null where later steps were taken together with this one
 * @property {Float32Array | null} memory what the sampler remembers for the next step, likewise
 */

/**
 * A step of a run of one image, laid open. Each picture is of one image, in bytes as in a {@link Step}; `ranges` are their numbers' before
 * they were cut to bytes.
 * @typedef {import("./program.d.ts").StepNumbers & { done: number, total: number } & { [name in import("./program.d.ts").TraceName]: Uint8Array }} Trace
 */

/**
 * What a model says of itself, and `titles`, the step numbers of the tutorial's 16 frames.
 * @typedef {import("./program.d.ts").Info & { titles: number[] }} Info
 */

/** Joins the arrays of several workers, one after the other. */
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

/** Joins the steps that the workers took with their parts of the batch. @returns {Step[]} */
function merge(parts, before) {
  const [{ total, steps }] = parts;
  const ms = (performance.now() - before) / steps.length;
  const [x, memory] = ["x", "memory"].map((key) => join(parts.map((part) => part[key])));
  return steps.map((step, at) => {
    const [x_t, x_0, eps] = ["x_t", "x_0", "eps"].map((key) => join(parts.map((part) => part.steps[at][key])));
    const state = at === steps.length - 1 ? { x, memory } : { x: null, memory: null };
    return { ...step, total, x_t, x_0, eps, ...state, ms };
  });
}

/** The number of workers that a batch is split among. @param {number | undefined} most that there may be; as many as there are cores if not given @param {number} count images */
export const workersFor = (most, count) => Math.max(1, Math.min(most ?? navigator.hardwareConcurrency, count) || 0);

export class Pool {
  /** @type {Remote[]} */
  #workers = [];
  /** The workers that the run is split among. @type {Remote[]} */
  #busy = [];
  #crew;
  #program;
  #setup;
  #most;
  /** What is known of its answers' latency outlives a run. */
  #pace;

  /** @type {Info} */
  info;

  /**
   * Starts an engine: as many workers as there are cores, or one for an engine that does not split.
   * @param {{ crew: Crew, engine: string, program: string, module: WebAssembly.Module, weights: Uint8Array, workers?: number }} setup
   * @param {number} [expected] images of the first run: no more workers than that to begin with
   */
  static async open({ workers, ...setup }, expected = 1) {
    const pool = new Pool(setup, engineNamed(setup.engine).splits ? workers : 1);
    try {
      await pool.#grow(expected);
    } catch (error) {
      pool.close();
      throw error;
    }
    return pool;
  }

  constructor({ crew, program, ...setup }, most) {
    this.#crew = crew;
    this.#program = program;
    this.#setup = setup;
    this.#most = most;
    this.#pace = new Pace(engineNamed(setup.engine).hardware === "webgpu");
  }

  get engine() {
    return this.#setup.engine;
  }

  /** The number of workers that a batch of `count` is split among. */
  workersFor(count) {
    return workersFor(this.#most, count);
  }

  /** Starts workers until there is one for each of `count` images, or the most there may be. */
  async #grow(count) {
    const missing = this.workersFor(count) - this.#workers.length;
    const fresh = Array.from({ length: Math.max(0, missing) }, () => this.#crew.hire(this.#program));
    const loads = await Promise.allSettled(fresh.map((worker) => worker.call("load", this.#setup)));
    const loaded = fresh.filter((_, at) => loads[at].status === "fulfilled");
    this.#workers.push(...loaded);
    if (loaded.length < fresh.length) {
      // The machine may lack the memory for all of them: it does with those that started.
      fresh.filter((worker) => !loaded.includes(worker)).forEach((worker) => worker.end());
      this.#most = this.#workers.length;
      if (this.#most === 0) throw /** @type {PromiseRejectedResult} */ (loads[0]).reason;
    }
    this.info ??= loads.flatMap((load) => (load.status === "fulfilled" ? [load.value] : []))[0];
  }

  /**
   * Exchanges the model. If a worker refuses the weights, all of them keep those that they had.
   * @param {Uint8Array} weights
   */
  async load(weights) {
    const setup = { ...this.#setup, weights };
    const loads = await Promise.allSettled(this.#workers.map((worker) => worker.call("load", setup)));
    const refusal = loads.find(({ status }) => status === "rejected");
    if (refusal !== undefined) {
      const taken = this.#workers.filter((_, at) => loads[at].status === "fulfilled");
      await Promise.allSettled(taken.map((worker) => worker.call("load", this.#setup)));
      throw /** @type {PromiseRejectedResult} */ (refusal).reason;
    }
    this.info = /** @type {PromiseFulfilledResult<Info>} */ (loads[0]).value;
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
    this.#pace.begin();
    const shares = await this.#shares(settings);
    this.#busy = shares.map(({ worker }) => worker);
    const size = from === null ? 0 : from.x.length / settings.count;
    const parts = shares.map(({ worker, options }) => {
      const { first, count } = options;
      const [x, memory] = [from?.x, from?.memory].map((whole) => whole?.slice(first * size, (first + count) * size));
      return worker.call("begin", { options: { ...options, done: from?.done ?? 0 }, x, memory });
    });
    const begun = await Promise.all(parts);
    return { ...merge(begun, before)[0], titles: begun[0].titles };
  }

  /**
   * Makes a whole run at once, beside the one under way.
   * @param {Settings} settings
   * @returns {Promise<Uint8Array>} the finished pictures, in bytes
   */
  async finish(settings) {
    const shares = await this.#shares(settings);
    const parts = await Promise.all(shares.map(({ worker, options }) => worker.call("finish", { options })));
    return join(parts.map(({ x_t }) => x_t));
  }

  /**
   * Makes a whole run of one image, and keeps all that goes into each step.
   * @param {Settings} settings with a count of 1
   * @returns {Promise<Trace[]>}
   */
  async trace(settings) {
    const [{ worker, options }] = await this.#shares(settings);
    return (await worker.call("trace", { options })).steps;
  }

  /**
   * The workers of a run, and what each is told: a stretch of the batch. Their lengths differ by one image at most.
   * @param {Settings} settings
   * @returns {Promise<{ worker: Remote, options: import("./program.d.ts").RunOptions }[]>}
   */
  async #shares(settings) {
    fit(settings, this.info);
    const classes = classNumbers(settings, this.info.classes);
    await this.#grow(settings.count);
    const n = this.workersFor(settings.count);
    const edge = (i) => Math.floor((i * settings.count) / n);
    return this.#workers.slice(0, n).map((worker, i) => {
      const [first, end] = [edge(i), edge(i + 1)];
      return { worker, options: { ...settings, first, count: end - first, classes: classes?.slice(first, end) ?? null, done: 0 } };
    });
  }

  /**
   * Takes steps. A GPU takes all of them in one submission.
   * @param {number} [n] at most so many
   * @returns {Promise<Step[]>} at least one, unless the run is over
   */
  async advance(n = 1) {
    const before = performance.now();
    return merge(await Promise.all(this.#busy.map((worker) => worker.call("advance", { n }))), before);
  }

  /** How many steps to take together after these. @param {Step[]} steps */
  moreAfter(steps) {
    return this.#pace.next(steps.length, steps.length * steps[0].ms);
  }

  /**
   * Does multiply-adds and nothing else, on the workers of the run.
   * @param {number} amount 1 for some milliseconds or less
   * @returns {Promise<{ done: number, ms: number }>} how many there were, and how long they took
   */
  async exercise(amount) {
    const before = performance.now();
    const parts = await Promise.all(this.#busy.map((worker) => worker.call("exercise", { amount })));
    return { done: parts.reduce((sum, { done }) => sum + done, 0), ms: performance.now() - before };
  }

  /** Counts the launches on the GPU since the first call. @returns {Promise<number>} */
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
