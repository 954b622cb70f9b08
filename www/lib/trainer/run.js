// A training under way, as the page has it.

import { BOOLEAN, checkAll, oneOf } from "../checks.js";
import { DdpmError, EngineFailure, ours, sentenceOf } from "../errors.js";
import { checkSampling } from "./options.js";

/** @typedef {import("../crew.js").Crew} Crew */
/** @typedef {import("./team.js").Team} Team */
/** @typedef {import("./told.js").Sample} Sample */
/** @typedef {import("./told.js").TrainerInfo} TrainerInfo */
/** @typedef {import("./told.js").State} State */

/** A call to the workers lasts about so long, in milliseconds: as long as a pause has to wait, but for a longer step. */
const CALL_MS = 250;
/** A checkpoint is saved so often, in milliseconds, and takes no more than one part in so many of the time. */
const [SAVE_MS, SAVE_SHARE] = [20_000, 20];

const WEIGHTS = { average: BOOLEAN, precision: oneOf(["f16", "f32"]) };

/**
 * A training, made by `createTrainer`. It is paused at first. Every method's promise is rejected with a `DdpmError` where
 * something cannot be done.
 */
export class Trainer {
  #crew;
  /** @type {Team} */
  #team;
  #opener;
  #why;
  #tell;
  /** @type {State} */
  #state = "paused";
  /** Settles when the training under way has stopped. @type {Promise<void> | null} */
  #running = null;
  #pausing = false;
  /** The last good checkpoint. @type {Uint8Array | null} */
  #kept = null;
  /** When it was made, and how long that took, in milliseconds. */
  #save = { at: 0, took: 0 };

  /**
   * @internal
   * @param {Crew} crew
   * @param {import("./opener.js").Opener} opener
   * @param {import("./opener.js").Opened} opened
   * @param {Record<string, any>} tell
   */
  constructor(crew, opener, { team, why }, { onChange = () => {}, onStep = () => {}, onEpoch = () => {}, onSample = () => {}, onSave = () => {} }) {
    this.#crew = crew;
    this.#opener = opener;
    this.#team = team;
    this.#why = why;
    this.#tell = { onChange, onStep, onEpoch, onSample, onSave };
    if (this.#isOver()) this.#state = "finished";
  }

  /** What it is, as of now. @returns {TrainerInfo} */
  get info() {
    const { info, memory } = this.#team.state;
    const { config, recipe, images, batches, epochs, steps, parameters, losses } = info;
    const why = [this.#why, this.#team.changed].filter((one) => one !== null).join("; ") || null;
    return {
      engine: this.#team.engine, adapter: this.#team.adapter, why, workers: this.#team.workers, config, recipe, images, batches, epochs, steps, parameters,
      memory_bytes: memory, losses,
    };
  }

  /** Steps taken. */
  get done() {
    return this.#team.state.info.done;
  }

  get state() {
    return this.#state;
  }

  /**
   * Trains. A training that is finished stays so.
   * @returns {Promise<void>} settles when it is paused or finished; rejected where it has failed
   */
  async start() {
    this.#mustBeOpen();
    if (this.#state === "finished") return;
    this.#pausing = false;
    this.#running ??= this.#run().finally(() => { this.#running = null; });
    await this.#running;
  }

  /** Stops after the step under way, and saves. Settles when it has stopped. */
  async pause() {
    this.#pausing = true;
    await this.#running?.catch(() => {}); // whoever started it is told
  }

  /** One step, while it is paused. @returns {Promise<{ step: number, loss: number | null }>} */
  async step() {
    this.#mustRest();
    if (this.#isOver()) throw new DdpmError("the training is finished: there is no step left");
    try {
      const [{ step, loss }] = await this.#advance({ most: 1 });
      if (this.#isOver()) this.#become("finished");
      return { step, loss };
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /**
   * Pictures that the weights make as they are now: the average, where the recipe keeps one.
   * @param {Partial<import("./program.d.ts").SamplingOptions>} [options]
   * @returns {Promise<Sample>}
   */
  async sample(options = {}) {
    this.#mustBeOpen();
    const { sample } = await this.#team.call("sample", { options: checkSampling(options) });
    return sample;
  }

  /**
   * The run as it stands, for `createTrainer` to go on from; after a failure, as it stood when it was saved last.
   * @returns {Promise<Uint8Array>}
   */
  async checkpoint() {
    if (this.#state === "failed" && this.#kept !== null) return this.#kept;
    this.#mustBeOpen();
    return (await this.#team.call("checkpoint")).bytes;
  }

  /**
   * A safetensors file of the weights, which `Engine.loadWeights` and PyTorch load, with what they are.
   * @param {{ average?: boolean, precision?: "f16" | "f32" }} [options] the exponential average (if not given) or the
   *   parameters themselves; f16 (if not given) halves the file, at a rounding of 5e-4 of each weight
   * @returns {Promise<Uint8Array>}
   */
  async weights(options = {}) {
    this.#mustBeOpen();
    checkAll(options, WEIGHTS, "option");
    const { average = true, precision = "f16" } = options;
    return (await this.#team.call("weights", { average, precision })).bytes;
  }

  /** Ends its workers, for good. What is under way is rejected. It may be called at any time, and twice. */
  close() {
    this.#crew.close();
    this.#become("closed");
  }

  async #run() {
    this.#become("running");
    try {
      if (this.#kept === null) await this.#keep();
      await this.#toEnd();
      this.#become(this.#isOver() ? "finished" : "paused");
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Trains until it is paused or over, and saves. Where the graphics device is lost, the CPU goes on. */
  async #toEnd() {
    try {
      while (!this.#pausing && !this.#isOver()) {
        await this.#advance({ ms: CALL_MS });
        const { at, took } = this.#save;
        if (performance.now() - at > Math.max(SAVE_MS, SAVE_SHARE * took)) await this.#keep();
      }
      await this.#keep();
    } catch (error) {
      if (this.#team.engine === "cpu" || this.#crew.isClosed || !(error instanceof EngineFailure)) throw error;
      const at = this.done;
      this.#team.close();
      this.#team = await this.#opener.resume(this.#kept);
      this.#why = `${sentenceOf(error)} after step ${at}: the CPU goes on from step ${this.done}`;
      this.#tell.onChange(this);
      await this.#toEnd();
    }
  }

  /** Launches on the GPU since the first call. @internal @returns {Promise<number>} */
  async dispatches() {
    return (await this.#team.call("dispatches")).count;
  }

  /** @param {{ ms?: number, most?: number }} how many steps */
  async #advance(how) {
    const { taken, due, ...state } = await this.#team.call("advance", how);
    this.#team.state = state;
    const { steps } = state.info;
    for (const { step, epoch, batch, loss, imagesPerSecond, usual, ended } of taken) {
      this.#tell.onStep({ step, epoch, batch, loss, imagesPerSecond, secondsLeft: ((steps - step) * usual) / 1000 });
      if (ended !== null) this.#tell.onEpoch(ended);
    }
    if (due && !this.#pausing && how.most === undefined) await this.#draw();
    return taken;
  }

  /** Goes on with the live samples. */
  async #draw() {
    const { sample } = await this.#team.call("draw", { ms: CALL_MS });
    if (sample !== null) this.#tell.onSample(sample);
  }

  async #keep() {
    const before = performance.now();
    const { bytes } = await this.#team.call("checkpoint");
    this.#kept = bytes;
    this.#tell.onSave(bytes);
    this.#save = { at: performance.now(), took: performance.now() - before };
  }

  #isOver() {
    const { done, steps } = this.#team.state.info;
    return done >= steps;
  }

  /** @param {State} state */
  #become(state) {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    this.#tell.onChange(this);
  }

  /** @param {unknown} error */
  #failed(error) {
    this.#become("failed");
    return ours(error);
  }

  #mustBeOpen() {
    this.#crew.mustBeOpen();
    if (this.#state === "failed") throw new DdpmError("the training has failed: go on from its checkpoint with createTrainer");
  }

  #mustRest() {
    this.#mustBeOpen();
    if (this.#running !== null) throw new DdpmError("the training is running: pause it first");
  }
}
