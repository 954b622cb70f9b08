// Where a training runs: on WebGPU, or on the CPU with the reason.

import { sentenceOf } from "../errors.js";
import { probeWebGpu } from "../webgpu.js";
import { explained, Team } from "./team.js";

/** @typedef {{ team: Team, why: string | null }} Opened workers that are ready, and why the engine is not the one asked for */

export class Opener {
  #how;
  #start;
  #workers;

  /**
   * @param {{ crew: import("../crew.js").Crew, program: string, module: WebAssembly.Module }} how
   * @param {import("./team.js").Start} start
   * @param {number} workers for the CPU, at most
   */
  constructor(how, start, workers) {
    this.#how = how;
    this.#start = start;
    this.#workers = workers;
  }

  /** @param {"auto" | "cpu" | "webgpu"} engine @returns {Promise<Opened>} */
  async open(engine) {
    if (engine === "cpu") return { team: await this.#onCpu(this.#start), why: null };
    const { why, name, software } = await probeWebGpu([]);
    if (why !== undefined) return { team: await this.#onCpu(this.#start), why };
    if (software && engine === "auto") {
      return { team: await this.#onCpu(this.#start), why: "the only graphics adapter here is a program, slower than the CPU" };
    }
    const team = new Team(this.#how);
    try {
      await team.beginOnWebGpu(this.#start, name);
      return { team, why: null };
    } catch (error) {
      team.close();
      this.#how.crew.mustBeOpen();
      return { team: await this.#onCpu(this.#start), why: `WebGPU did not work (${sentenceOf(explained(error))})` };
    }
  }

  /** Goes on with a run on the CPU. @param {Uint8Array} checkpoint @returns {Promise<Team>} */
  async resume(checkpoint) {
    const { weights, ...start } = this.#start;
    return this.#onCpu({ ...start, checkpoint });
  }

  /** @param {import("./team.js").Start} start */
  async #onCpu(start) {
    const team = new Team(this.#how);
    await team.beginOnCpu(start, this.#workers);
    return team;
  }
}
