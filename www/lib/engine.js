// A model on an engine, which may change under it: from one to another, and to the CPU's where one fails.

import { Aside } from "./aside.js";
import { mustBeEngine } from "./launch.js";
import { EngineFailure, moreTogether } from "./pool.js";
import { Study } from "./study.js";
import { megabytes } from "./text.js";

/** @typedef {import("./pool.js").Pool} Pool */
/** @typedef {import("./launch.js").Attempt} Attempt */
/** @typedef {import("./pool.js").Settings} Settings */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {import("./pool.js").Info} Info */

/**
 * Test images on their way into noise, in greys as in {@link Step}.
 * @typedef {{ percent: number, t: number | null, alphaBar: number, snr: number, greys: Uint8Array }} Noised
 */

/** @type {Settings} */
export const DEFAULTS = Object.freeze({ seed: 0, count: 16, sampler: "ddpm", steps: null, eta: 0, start: null });

/** A run at one time, after so many engines failed in it. */
const MOST_FAILURES = 2;

/** One run at a time; `createEngine` in ddpm.js makes one. */
export class Engine {
  #launcher;
  #models;
  #weights;
  /** @type {string | null} */
  #shipped;
  #onChange;
  /** @type {Pool} */
  #pool;
  #study;
  /** For comparing with other models. */
  #aside;
  #running = false;
  /** Settles when WebGPU runs, or is known not to. @type {Promise<void> | null} */
  #starting = null;
  /** Takes the place of the one that runs before the next step. @type {Pool | null} */
  #next = null;

  /** Why the engine is not the one asked for, as the rest of a sentence. @type {string | null} */
  why = null;

  constructor({ launcher, models, model, weights, images, onChange }) {
    this.#launcher = launcher;
    this.#models = models;
    this.#weights = weights;
    this.#shipped = model;
    this.#onChange = onChange;
    this.#study = new Study(async () => {
      const [program, idx] = await Promise.all([launcher.program("cpu"), images]);
      return { ...program, weights: this.#weights, images: idx };
    });
    this.#aside = new Aside((theirs) => launcher.launchAside(theirs));
  }

  /** @returns {Info} */
  get info() {
    return this.#pool.info;
  }

  /** Is WebGPU on its way, to take over from the CPU? */
  get isStarting() {
    return this.#starting !== null;
  }

  /** Which of `MODELS` this is; null for a file of the visitor's own. */
  get shipped() {
    return this.#shipped;
  }

  /** Workers that a batch of `count` is split among. @param {number} count */
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
    const gpu = this.#tryWebGpu(engine);
    const cpu = this.#launch("cpu");
    /** @type {Attempt} */
    const first = await Promise.race([gpu, cpu.then((pool) => ({ pool }))]);
    if (first.pool?.engine === "webgpu") {
      cpu.then((pool) => pool.close(), () => {});
      this.#adopt(first.pool, null);
      return;
    }
    this.#adopt(await cpu, first.why ?? "until WebGPU has started");
    if (first.why !== undefined) return;
    this.#starting = gpu.then(({ pool = null, why }) => {
      this.#starting = null;
      this.#next = pool;
      if (pool !== null && !this.#running) this.#changeOver();
      if (pool === null && this.#pool.engine === "cpu") this.#adopt(this.#pool, why);
    });
  }

  /**
   * Changes to this engine, or to the CPU's where it cannot run: `why` tells.
   * @param {string} engine
   */
  async use(engine) {
    this.#mustRest();
    mustBeEngine(engine);
    await this.#starting;
    /** @type {Attempt} */
    const { pool, why } = engine.endsWith("cpu") ? { pool: await this.#launch(engine) } : await this.#tryWebGpu(engine);
    this.#adopt(pool ?? await this.#launch("cpu"), why ?? null);
  }

  /** @returns {Promise<Attempt>} */
  async #tryWebGpu(asked) {
    return this.#launcher.tryWebGpu(asked, this.#weights);
  }

  /** @returns {Promise<Pool>} */
  async #launch(engine) {
    return this.#launcher.launch(engine, this.#weights);
  }

  /** @param {Pool} pool runs from now on @param {string | null} why it is not the one asked for */
  #adopt(pool, why) {
    if (pool !== this.#pool) this.#pool?.close();
    this.#pool = pool;
    this.why = why;
    this.#onChange(this);
  }

  #changeOver() {
    const next = this.#next;
    this.#next = null;
    this.#adopt(next, null);
  }

  /**
   * Exchanges the model. A file that does not fit is refused, and the model stays.
   * @param {Blob | Uint8Array} file a safetensors file of the UNet
   */
  async loadWeights(file) {
    this.#mustRest();
    const size = file instanceof Blob ? file.size : file.length;
    if (size > this.info.max_file_bytes) {
      throw new Error(`a file of ${megabytes(size)} is too large to hold this network's weights, which take about 2 MB: choose the .safetensors file that \`ddpm export\` wrote`);
    }
    await this.#exchange(file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file, null);
  }

  /** Exchanges the model for one that came with the page. @param {string} [model] one of `MODELS` */
  async loadShipped(model = "page") {
    this.#mustRest();
    await this.#exchange(await this.shippedBytes(model), model);
  }

  /** @param {Uint8Array} weights @param {string | null} shipped their name, if they came with the page */
  async #exchange(weights, shipped) {
    await this.#starting;
    await this.#pool.load(weights);
    this.#weights = weights;
    this.#shipped = shipped;
    await this.#study.close();
    this.#onChange(this);
  }

  /**
   * The file of a model that came with the page, fetched once: for {@link Engine.compare}.
   * @param {string} model one of `MODELS`
   */
  async shippedBytes(model) {
    return this.#models.file(model);
  }

  /**
   * Makes pictures out of noise. If the engine fails, the CPU's goes on where it stopped.
   * @param {Partial<Settings>} [settings]
   * @param {object} [options]
   * @param {(step: Step & { titles?: number[] }) => any} [options.onStep] told of the noise (done
   *   is 0) and of every step; the next one waits for what it returns
   * @param {AbortSignal} [options.signal] ends the run; the promise is rejected with its reason
   * @returns {Promise<Step>} the last step
   */
  async generate(settings = {}, { onStep = () => {}, signal } = {}) {
    this.#mustRest();
    const unknown = Object.keys(settings).find((key) => !(key in DEFAULTS));
    if (unknown !== undefined) throw new Error(`${unknown} is no setting: there are ${Object.keys(DEFAULTS).join(", ")}`);
    this.#running = true;
    const walk = { settings: { ...DEFAULTS, ...settings }, onStep, signal, last: null };
    try {
      for (let failures = 1; ; failures += 1) {
        try {
          return await this.#walk(walk);
        } catch (error) {
          if (!(error instanceof EngineFailure) || failures > MOST_FAILURES) throw error;
          this.#adopt(await this.#launch("cpu"), `${error.message} at step ${walk.last?.done ?? 0}`);
        }
      }
    } finally {
      this.#running = false;
      if (this.#next !== null) this.#changeOver();
    }
  }

  async #walk(walk) {
    const { settings, onStep, signal } = walk;
    const begun = await this.#pool.begin(settings, walk.last);
    if (walk.last === null) {
      walk.last = begun;
      await onStep(begun);
    }
    let together = 1;
    while (walk.last.done < walk.last.total) {
      signal?.throwIfAborted();
      if (this.#next !== null) {
        this.#changeOver();
        await this.#pool.begin(settings, walk.last);
        together = 1;
      }
      const steps = await this.#pool.advance(together);
      walk.last = steps.at(-1);
      for (const step of steps) {
        signal?.throwIfAborted();
        await onStep(step);
      }
      together = moreTogether(together, walk.last.ms);
    }
    await this.#pool.end();
    return walk.last;
  }

  /**
   * What another model makes of a seed, on one more worker of the CPU: for comparing, whatever runs. Calls
   * wait for those before them.
   * @param {Uint8Array} weights a safetensors file of the UNet
   * @param {Partial<Settings>} [settings]
   * @returns {Promise<{ info: Info, last: Step }>} what the model says of itself, and the run's last step
   */
  async compare(weights, settings = {}) {
    return this.#aside.run(weights, { ...DEFAULTS, ...settings });
  }

  /** The test images, in greys. @returns {Promise<Uint8Array>} */
  async originals() {
    return (await this.#study.call("noise", { percent: 0 })).greys;
  }

  /**
   * The test images with `percent` of the way to pure noise behind them. An image's noise is fixed.
   * @param {number} percent 0 to 100
   * @returns {Promise<Noised>}
   */
  async noise(percent) {
    return this.#study.call("noise", { percent });
  }

  /**
   * What the network gives for the clean test images in one look at `t`, in greys.
   * @param {number} t
   * @param {boolean} trained or the same network before its training
   * @returns {Promise<Uint8Array>}
   */
  async look(t, trained) {
    return (await this.#study.call("look", { t, trained })).greys;
  }

  /** Ends all workers. */
  close() {
    this.#starting?.then(() => this.close());
    this.#pool?.close();
    this.#next?.close();
    this.#study.close();
    this.#aside.close();
  }

  #mustRest() {
    if (this.#running) throw new Error("a run is under way: end it first");
  }
}
