// The workers of a training: one that leads, and its helpers.

import { DdpmError, EngineFailure, sentenceOf } from "../errors.js";

/** @typedef {import("../crew.js").Crew} Crew */
/** @typedef {import("../remote.js").Remote} Remote */
/** @typedef {import("./program.d.ts").TrainingInfo} TrainingInfo */

/** The pictures go to the leading worker in stretches of so many bytes: each is copied at once. */
const STRETCH = 8 << 20;

/**
 * What a training begins with.
 * @typedef {object} Start
 * @property {import("./files.js").TrainingData} data
 * @property {import("./program.d.ts").PlanOptions} options
 * @property {Uint8Array} [weights]
 * @property {Uint8Array} [checkpoint]
 * @property {import("./program.d.ts").SamplingOptions | null} samples
 */

export class Team {
  #crew;
  /** @type {"cpu" | "webgpu"} */
  engine = "cpu";
  adapter = "CPU";
  #program;
  #module;
  /** @type {Remote} */
  #lead;
  /** @type {Remote[]} */
  #helpers = [];
  /** Rejected when a helper ends by itself, which its port does not tell. @type {Promise<never>} */
  #broken;
  /** @type {(error: Error) => void} */
  #break;

  /** @type {{ info: TrainingInfo, memory: number }} */
  state;
  /** What to say where the run was computed by something else before. @type {string | null} */
  changed = null;

  /** @param {{ crew: Crew, program: string, module: WebAssembly.Module }} how */
  constructor({ crew, program, module }) {
    this.#crew = crew;
    this.#program = program;
    this.#module = module;
    this.#broken = new Promise((_, reject) => { this.#break = reject; });
    this.#broken.catch(() => {});
  }

  get workers() {
    return 1 + this.#helpers.length;
  }

  /**
   * Begins on the CPU.
   * @param {Start} start
   * @param {number} workers at most so many
   */
  async beginOnCpu(start, workers) {
    const { largest, setup } = await this.#plan(start);
    const ports = await this.#hireHelpers(Math.min(workers, largest) - 1, setup);
    await this.#train({ engine: "cpu", ports, samples: start.samples }, ports);
  }

  /**
   * Begins on WebGPU, with one worker.
   * @param {Start} start
   * @param {string} adapter its name: there is one
   */
  async beginOnWebGpu(start, adapter) {
    this.engine = "webgpu";
    this.adapter = adapter;
    await this.#plan(start);
    await this.#train({ engine: "webgpu", ports: [], samples: start.samples });
  }

  /** @param {Start} start */
  async #plan({ data, options, weights, checkpoint }) {
    const lead = this.#crew.hire(this.#program);
    this.#lead = lead;
    const { length: total } = data.images;
    for (let at = 0; at < total || at === 0; at += STRETCH) {
      const bytes = data.images.slice(at, at + STRETCH);
      await lead.call("take", { bytes, total }, [bytes.buffer]);
    }
    const module = this.#module;
    return lead.call("plan", { module, options, labels: data.labels ?? undefined, weights, checkpoint });
  }

  /** @param {{ engine: string, ports: MessagePort[], samples: Start["samples"] }} how @param {MessagePort[]} [transfer] */
  async #train(how, transfer) {
    const { changed, ...state } = await this.#lead.call("train", how, transfer);
    this.changed = changed;
    this.state = state;
  }

  /** As many as the machine has the memory for. @param {number} count @param {string} setup @returns {Promise<MessagePort[]>} */
  async #hireHelpers(count, setup) {
    const module = this.#module;
    const hired = Array.from({ length: count }, () => {
      const { port1, port2 } = new MessageChannel();
      const helper = this.#crew.hire(this.#program, (failure) => this.#break(new EngineFailure(`a worker that helps has stopped (${failure})`)));
      return { helper, port: port1, ready: helper.call("help", { module, setup, port: port2 }, [port2]) };
    });
    const ready = await Promise.allSettled(hired.map((one) => one.ready));
    const able = hired.filter((_, at) => ready[at].status === "fulfilled");
    if (able.length < hired.length) this.#mend();
    this.#helpers = able.map(({ helper }) => helper);
    return able.map(({ port }) => port);
  }

  /** Helpers that could not begin are no reason to end. */
  #mend() {
    this.#broken = new Promise((_, reject) => { this.#break = reject; });
    this.#broken.catch(() => {});
  }

  /**
   * Calls a method of the leading worker.
   * @param {string} method
   * @param {object} [args]
   */
  async call(method, args) {
    try {
      return await Promise.race([this.#lead.call(method, args), this.#broken]);
    } catch (error) {
      throw explained(error);
    }
  }

  /** Ends its workers. */
  close() {
    for (const worker of [this.#lead, ...this.#helpers]) worker?.end();
  }
}

/** A program that cannot get more memory stops without a word. @param {unknown} error */
export function explained(error) {
  const told = sentenceOf(error);
  const stopped = error instanceof EngineFailure && /unreachable|memory access|capacity overflow/i.test(told);
  if (!stopped && !/out of memory|Array buffer allocation|memory allocation|Invalid (typed )?array( buffer)? length/i.test(told)) return error;
  return new DdpmError(
    "the training's worker has stopped, probably for want of memory: take fewer or smaller pictures, smaller widths or a smaller batch, or fewer workers",
    { cause: error },
  );
}
