// What a page holds: a model on an engine. The engine may change, from one to another, and to the CPU's where it fails.

import { Aside } from "./aside.js";
import { Beside } from "./beside.js";
import { bytesOf, mustBeFile, mustFit } from "./bytes.js";
import { BOOLEAN, check, checkAll, FUNCTION, NUMBER, SIGNAL, whole } from "./checks.js";
import { DdpmError, EngineFailure, sentenceOf } from "./errors.js";
import { mustBeEngine } from "./launch.js";
import { complete, usualOf } from "./settings.js";
import { Study } from "./study.js";
import { Walk } from "./walk.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./launch.js").Attempt} Attempt */
/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {import("./pool.js").Info} Info */
/** @typedef {import("./study.js").Noised} Noised */
/** @typedef {import("./bytes.js").WeightsFile} WeightsFile */

/** A run is given up when one more engine than this has failed in it. */
const MOST_FAILURES = 2;

/** What `generate` may be told beside its settings. */
const OPTIONS = { onStep: FUNCTION, signal: SIGNAL };

/**
 * A model on an engine, made by `createEngine`. It makes one run at a time. Every method's promise is rejected with a
 * `DdpmError` where something cannot be done; after {@link Engine.close} all of them are.
 */
export class Engine {
  #crew;
  #launcher;
  #models;
  #weights;
  /** @type {string | null} */
  #shipped;
  #onChange;
  /** @type {Pool} */
  #pool;
  #study;
  /** It runs the models that are compared. */
  #aside;
  #running = false;
  /** Settles when WebGPU runs, or is known not to. @type {Promise<void> | null} */
  #starting = null;
  /** Settles when the model is no longer being exchanged. @type {Promise<void>} */
  #exchanging = Promise.resolve();
  /** An engine that is ready and takes over before the next step. @type {Pool | null} */
  #next = null;

  /** Why the engine is not the one that was asked for, as the end of a sentence. @type {string | null} */
  why = null;

  /** @internal */
  constructor({ crew, launcher, models, model, weights, images, onChange }) {
    this.#crew = crew;
    this.#launcher = launcher;
    this.#models = models;
    this.#weights = weights;
    this.#shipped = model;
    this.#onChange = onChange;
    this.#study = new Study(crew, async () => {
      const [program, idx] = await Promise.all([launcher.program("cpu"), images()]);
      return { ...program, weights: this.#weights, images: idx };
    });
    this.#aside = new Aside((theirs) => launcher.launchAnother(theirs, 1));
  }

  /** What the model and the engine say of themselves: the pictures' size, classes, samplers, and so on. @returns {Info} */
  get info() {
    return this.#pool.info;
  }

  /** Whether WebGPU is starting, to take over from the CPU. */
  get isStarting() {
    return this.#starting !== null;
  }

  /** Which of `MODELS` this is; null for a file of the caller's own. */
  get shipped() {
    return this.#shipped;
  }

  /** The file of the model that is loaded: training may go on from it. @returns {Uint8Array} */
  get weights() {
    return this.#weights;
  }

  /** The number of workers that a batch of `count` is split among. @param {number} count */
  workersFor(count) {
    return this.#pool.workersFor(count);
  }

  /**
   * The first engine. WebGPU compiles a shader for a while: if the CPU's engine is ready before, it
   * runs until then.
   * @internal
   * @param {string} engine
   */
  async start(engine) {
    if (engine !== "auto" && engine !== "webgpu") {
      await this.use(engine);
      return;
    }
    const gpu = this.#launcher.attempt(engine, this.#weights);
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
    const weights = this.#weights;
    const starting = gpu.then((attempt) => this.#arrive(attempt, starting, weights));
    this.#starting = starting;
  }

  /**
   * WebGPU runs, or is known not to. Nothing has waited for it: meanwhile the visitor may have chosen another engine or model.
   * @param {Attempt} attempt
   * @param {Promise<void>} starting
   * @param {Uint8Array} weights that it has
   */
  async #arrive({ pool = null, why }, starting, weights) {
    for (await this.#exchanging; pool !== null && weights !== this.#weights; await this.#exchanging) {
      weights = this.#weights;
      await pool.load(weights).catch((error) => {
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
    if (!this.#running) this.#newestPool();
    if (pool === null && this.#pool.engine === "cpu") this.#adopt(this.#pool, why);
  }

  /**
   * Changes to this engine, or to the CPU's where it cannot run: `why` tells.
   * @param {string} engine "auto" or one of `ENGINES`
   */
  async use(engine) {
    mustBeEngine(engine);
    this.#mustRest();
    this.#starting = null; // what starts now is of no use any more
    const { pool, why } = await this.#launcher.attempt(engine, this.#weights);
    this.#adopt(pool ?? await this.#launchCpu(), why ?? null);
  }

  /** @returns {Promise<Pool>} */
  async #launchCpu() {
    return this.#launcher.launch("cpu", this.#weights);
  }

  /** @param {Pool} pool runs from now on @param {string | null} why it is not the one asked for */
  #adopt(pool, why) {
    if (this.#crew.isClosed) return;
    if (pool !== this.#pool) this.#pool?.close();
    this.#pool = pool;
    this.why = why;
    this.#onChange(this);
  }

  /** The engine that runs: the one that has become ready meanwhile takes over here. @returns {Pool} */
  #newestPool() {
    const next = this.#next;
    this.#next = null;
    if (next !== null) this.#adopt(next, null);
    return this.#pool;
  }

  /**
   * Exchanges the model. A file that does not fit is refused, and the previous model stays.
   * @param {WeightsFile} file a safetensors file of the UNet, of at most `info.max_file_bytes`
   */
  async loadWeights(file) {
    this.#mustRest();
    mustBeFile(file);
    mustFit(file, this.info.max_file_bytes);
    await this.#exchange(await bytesOf(file), null);
  }

  /** Exchanges the model for one that came with the page. @param {string} [model] one of `MODELS` */
  async loadShipped(model = "page") {
    this.#mustRest();
    await this.#exchange(await this.shippedBytes(model), model);
  }

  /** @param {Uint8Array} weights @param {string | null} shipped their name, if they came with the page */
  async #exchange(weights, shipped) {
    const exchanged = this.#pool.load(weights).then(() => {
      this.#weights = weights;
      this.#shipped = shipped;
    });
    this.#exchanging = exchanged.catch(() => {});
    await exchanged;
    await this.#study.close();
    this.#onChange(this);
  }

  /**
   * The file of a model that came with the page, fetched once: for {@link Engine.compare}.
   * @param {string} model one of `MODELS`
   * @returns {Promise<Uint8Array>}
   */
  async shippedBytes(model) {
    this.#crew.mustBeOpen();
    return this.#models.file(model);
  }

  /**
   * Makes pictures out of noise. If the engine fails, the CPU's goes on where it stopped.
   * @param {Partial<Settings>} [settings]
   * @param {object} [options]
   * @param {(step: Step & { titles?: number[] }) => any} [options.onStep] told of the noise (done
   *   is 0) and of every step; the next one waits for what it returns, and what it throws ends the run
   * @param {AbortSignal} [options.signal] ends the run; the promise is rejected with its reason
   * @returns {Promise<Step>} the last step: its `x_t` are the finished pictures
   */
  async generate(settings = {}, options = {}) {
    this.#mustRest();
    checkAll(options, OPTIONS, "option");
    const { onStep, signal } = options;
    const walk = new Walk(complete(settings, usualOf(this.info)), onStep, signal);
    this.#running = true;
    try {
      for (let failures = 1; ; failures += 1) {
        try {
          return await walk.toEnd(() => this.#newestPool());
        } catch (error) {
          if (!(error instanceof EngineFailure) || failures > MOST_FAILURES) throw error;
          this.#adopt(await this.#launchCpu(), `${sentenceOf(error)} at step ${walk.done}`);
        }
      }
    } finally {
      this.#running = false;
      this.#newestPool();
    }
  }

  /**
   * What another model makes of a seed, on one more worker of the CPU: for comparing, whatever runs. Calls
   * wait for those before them.
   * @param {WeightsFile} weights a safetensors file of the UNet
   * @param {Partial<Settings>} [settings]
   * @returns {Promise<{ info: Info, last: Step }>} what the model says of itself, and the run's last step
   */
  async compare(weights, settings = {}) {
    this.#crew.mustBeOpen();
    mustBeFile(weights);
    complete(settings); // what is wrong is told at once
    return this.#aside.run(await bytesOf(weights), settings);
  }

  /**
   * Opens a second model beside this one, on workers of the CPU of its own: for pictures that follow a slider.
   * @param {WeightsFile} weights a safetensors file of the UNet
   * @returns {Promise<Beside>}
   */
  async openBeside(weights) {
    this.#crew.mustBeOpen();
    mustBeFile(weights);
    return new Beside(await this.#launcher.launchAnother(await bytesOf(weights)));
  }

  /** The test images, as this model's pictures are: their side and colours. In bytes. @returns {Promise<Uint8Array>} */
  async originals() {
    return (await this.noise(0)).bytes;
  }

  /**
   * The test images with `percent` of the way to pure noise behind them. An image's noise is fixed.
   * @param {number} percent 0 to 100
   * @returns {Promise<Noised>}
   */
  async noise(percent) {
    this.#crew.mustBeOpen();
    check("percent", percent, NUMBER);
    return this.#study.call("noise", { percent });
  }

  /**
   * What the network gives for the clean test images in one look at `t`, in bytes.
   * @param {number} t a timestep, 0 to 999, of which those past `info.schedule.timesteps` were not trained
   * @param {boolean} trained or the same network before its training
   * @returns {Promise<Uint8Array>}
   */
  async look(t, trained) {
    this.#crew.mustBeOpen();
    check("t", t, whole(0));
    check("trained", trained, BOOLEAN);
    return (await this.#study.call("look", { t, trained })).bytes;
  }

  /** Ends all workers, for good. What is under way is rejected, and so is every later call. It may be called at any time, and twice. */
  close() {
    this.#starting = null;
    this.#crew.close();
  }

  #mustRest() {
    this.#crew.mustBeOpen();
    if (this.#running) throw new DdpmError("a run is under way: end it first");
  }
}
