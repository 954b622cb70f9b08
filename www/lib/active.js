// Which engine runs: the first one, one that is chosen, WebGPU when it has started, and the CPU's where another fails.

import { DdpmError, sentenceOf } from "./errors.js";
import { mustBeEngine } from "./launch.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./launch.js").Attempt} Attempt */

/**
 * A model's file, and which of the page's models it is; null for a file of the caller's own.
 * @typedef {{ weights: Uint8Array, shipped: string | null }} Model
 */

export class Active {
  #crew;
  #launcher;
  /** @type {Model} */
  #model;
  #onChange;
  /** @type {Pool} */
  #pool;
  #held = false;
  /** Settles when WebGPU runs, or is known not to. @type {Promise<void> | null} */
  #starting = null;
  /** Settles when the model is no longer being exchanged. @type {Promise<void>} */
  #exchanging = Promise.resolve();
  /** An engine that is ready and takes over before the next step. @type {Pool | null} */
  #next = null;

  /** Why the engine is not the one that was asked for, as the end of a sentence. @type {string | null} */
  why = null;

  /**
   * @param {import("./crew.js").Crew} crew
   * @param {import("./launch.js").Launcher} launcher
   * @param {Model} model
   * @param {() => void} onChange another engine runs
   */
  constructor(crew, launcher, model, onChange) {
    this.#crew = crew;
    this.#launcher = launcher;
    this.#model = model;
    this.#onChange = onChange;
  }

  get info() {
    return this.#pool.info;
  }

  get model() {
    return this.#model;
  }

  get isStarting() {
    return this.#starting !== null;
  }

  /** @param {number} count */
  workersFor(count) {
    return this.#pool.workersFor(count);
  }

  /**
   * The first engine. WebGPU compiles a shader for a while: if the CPU's engine is ready before, it
   * runs until then.
   * @param {string} engine
   */
  async start(engine) {
    if (engine !== "auto" && engine !== "webgpu") {
      await this.use(engine);
      return;
    }
    const model = this.#model;
    const gpu = this.#launcher.attempt(engine, model.weights);
    const cpu = this.#launchCpu();
    /** @type {Attempt} */
    const first = await Promise.race([gpu, cpu.then((pool) => ({ pool }))]);
    if (first.pool?.engine === "webgpu") {
      cpu.then((pool) => pool.close(), () => {});
      this.#adopt(first.pool, null);
      return;
    }
    this.#adopt(await cpu, first.why ?? "until WebGPU has started");
    if (first.why !== undefined) return;
    const starting = gpu.then((attempt) => this.#arrive(attempt, starting, model));
    this.#starting = starting;
  }

  /**
   * WebGPU runs, or is known not to. Nothing has waited for it: meanwhile the visitor may have chosen another engine or model.
   * @param {Attempt} attempt
   * @param {Promise<void>} starting
   * @param {Model} model that it has
   */
  async #arrive({ pool = null, why }, starting, model) {
    for (await this.#exchanging; pool !== null && model !== this.#model; await this.#exchanging) {
      model = this.#model;
      await pool.load(model.weights).catch((error) => {
        pool.close();
        pool = null;
        why = `WebGPU did not work (${sentenceOf(error)})`;
      });
    }
    if (this.#starting !== starting) {
      pool?.close();
      return;
    }
    this.#starting = null;
    this.#next = pool;
    if (!this.#held) this.newest();
    if (pool === null && this.#pool.engine === "cpu") this.#adopt(this.#pool, why);
  }

  /**
   * Changes to this engine, or to the CPU's where it cannot run: `why` tells.
   * @param {string} engine "auto" or one of `ENGINES`
   */
  async use(engine) {
    mustBeEngine(engine);
    this.mustRest();
    this.#starting = null; // what starts now is of no use any more
    const { pool, why } = await this.#launcher.attempt(engine, this.#model.weights);
    this.#adopt(pool ?? await this.#launchCpu(), why ?? null);
  }

  /** The CPU's engine takes the place of one that has failed. @param {string} why */
  async fallBack(why) {
    this.#adopt(await this.#launchCpu(), why);
  }

  /** @returns {Promise<Pool>} */
  async #launchCpu() {
    return this.#launcher.launch("cpu", this.#model.weights);
  }

  /** @param {Pool} pool runs from now on @param {string | null} why it is not the one asked for */
  #adopt(pool, why) {
    if (this.#crew.isClosed) return;
    if (pool !== this.#pool) this.#pool?.close();
    this.#pool = pool;
    this.why = why;
    this.#onChange();
  }

  /** The engine that runs: the one that has become ready meanwhile takes over here. @returns {Pool} */
  newest() {
    const next = this.#next;
    this.#next = null;
    if (next !== null) this.#adopt(next, null);
    return this.#pool;
  }

  /** Exchanges the model. If it is refused, the previous one stays. @param {Model} model */
  async exchange(model) {
    const exchanged = this.#pool.load(model.weights).then(() => { this.#model = model; });
    this.#exchanging = exchanged.catch(() => {});
    await exchanged;
  }

  mustRest() {
    this.#crew.mustBeOpen();
    if (this.#held) throw new DdpmError("a run is under way: end it first");
  }

  /** A run begins: another engine takes over when it asks for the newest one, and not before. */
  hold() {
    this.mustRest();
    this.#held = true;
  }

  /** The run is over. */
  release() {
    this.#held = false;
    this.newest();
  }

  /** What starts is of no use any more. */
  giveUp() {
    this.#starting = null;
  }
}
