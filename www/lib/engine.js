// What a page holds: a model on an engine, and what can be asked of them.

import { Active } from "./active.js";
import { Aside } from "./aside.js";
import { Beside } from "./beside.js";
import { bytesOf, mustBeFile, mustFit } from "./bytes.js";
import { EngineFailure, sentenceOf } from "./errors.js";
import { Material } from "./material.js";
import { complete, usualOf } from "./settings.js";
import { Walk } from "./walk.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {import("./pool.js").Info} Info */
/** @typedef {import("./study.js").Noised} Noised */
/** @typedef {import("./bytes.js").WeightsFile} WeightsFile */

/** A run is given up when one more engine than this has failed in it. */
const MOST_FAILURES = 2;

/**
 * A model on an engine, made by `createEngine`. It makes one run at a time. Every method's promise is rejected with a
 * `DdpmError` where something cannot be done; after {@link Engine.close} all of them are.
 */
export class Engine extends Material {
  #crew;
  #launcher;
  #models;
  #active;
  #onChange;
  /** It runs the models that are compared. */
  #aside;

  /** @internal */
  constructor({ crew, launcher, models, model, weights, images, classes, onChange }) {
    super(crew, launcher, { images, classes }, () => ({ weights: this.weights, image: this.info.image }));
    this.#crew = crew;
    this.#launcher = launcher;
    this.#models = models;
    this.#active = new Active(crew, launcher, { weights, shipped: model }, () => onChange(this));
    this.#onChange = onChange;
    this.#aside = new Aside((theirs) => launcher.launchAnother(theirs, 1));
  }

  /** What the model and the engine say of themselves: the pictures' size, classes, samplers, and so on. @returns {Info} */
  get info() {
    return this.#active.info;
  }

  /** Why the engine is not the one that was asked for, as the end of a sentence. @returns {string | null} */
  get why() {
    return this.#active.why;
  }

  /** Whether WebGPU is starting, to take over from the CPU. */
  get isStarting() {
    return this.#active.isStarting;
  }

  /** Which of `MODELS` this is; null for a file of the caller's own. */
  get shipped() {
    return this.#active.model.shipped;
  }

  /** The file of the model that is loaded: training may go on from it. @returns {Uint8Array} */
  get weights() {
    return this.#active.model.weights;
  }

  /** The number of workers that a batch of `count` is split among. @param {number} count */
  workersFor(count) {
    return this.#active.workersFor(count);
  }

  /** @internal @param {string} engine */
  async start(engine) {
    await this.#active.start(engine);
  }

  /**
   * Changes to this engine, or to the CPU's where it cannot run: `why` tells.
   * @param {string} engine "auto" or one of `ENGINES`
   */
  async use(engine) {
    await this.#active.use(engine);
  }

  /**
   * Exchanges the model. A file that does not fit is refused, and the previous model stays.
   * @param {WeightsFile} file a safetensors file of the UNet, of at most `info.max_file_bytes`
   */
  async loadWeights(file) {
    this.#active.mustRest();
    mustBeFile(file);
    mustFit(file, this.info.max_file_bytes);
    await this.#exchange({ weights: await bytesOf(file), shipped: null });
  }

  /** Exchanges the model for one that came with the page. @param {string} [model] one of `MODELS` */
  async loadShipped(model = "page") {
    this.#active.mustRest();
    await this.#exchange({ weights: await this.shippedBytes(model), shipped: model });
  }

  /** @param {import("./active.js").Model} model */
  async #exchange(model) {
    await this.#active.exchange(model);
    await this.exchanged();
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
    this.#active.mustRest();
    const walk = new Walk(complete(settings, usualOf(this.info)), options);
    this.#active.hold();
    try {
      for (let failures = 1; ; failures += 1) {
        try {
          return await walk.toEnd(() => this.#active.newest());
        } catch (error) {
          if (!(error instanceof EngineFailure) || failures > MOST_FAILURES) throw error;
          await this.#active.fallBack(`${sentenceOf(error)} at step ${walk.done}`);
        }
      }
    } finally {
      this.#active.release();
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

  /** Ends all workers, for good. What is under way is rejected, and so is every later call. It may be called at any time, and twice. */
  close() {
    this.#active.giveUp();
    this.#crew.close();
  }
}
