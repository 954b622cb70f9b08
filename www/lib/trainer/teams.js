// Which engine a training runs on: WebGPU where that is wanted and works, else the CPU.

import { sentenceOf } from "../errors.js";
import { probeWebGpu } from "../webgpu.js";
import { Team } from "./team.js";

/** @typedef {import("./team.js").Start} Start */
/** @typedef {Pick<Start, "weights" | "checkpoint">} From what a training goes on from */

export class Teams {
  #how;
  #start;
  #workers;

  /**
   * @param {ConstructorParameters<typeof Team>[0]} how
   * @param {Omit<Start, keyof From>} start
   * @param {number} workers for the CPU, at most
   */
  constructor(how, start, workers) {
    this.#how = how;
    this.#start = start;
    this.#workers = workers;
  }

  /**
   * The one that was asked for, or the CPU's and why.
   * @param {"auto" | "cpu" | "webgpu"} asked
   * @param {From} from
   * @returns {Promise<{ team: Team, why: string | null }>}
   */
  async first(asked, from) {
    if (asked === "cpu") return { team: await this.begin("cpu", from), why: null };
    const { why, software } = await probeWebGpu([]);
    if (why !== undefined) return { team: await this.begin("cpu", from), why };
    if (software && asked === "auto") {
      return { team: await this.begin("cpu", from), why: "the only graphics adapter here is a program, slower than the CPU" };
    }
    try {
      return { team: await this.begin("webgpu", from), why: null };
    } catch (error) {
      return { team: await this.begin("cpu", from), why: `WebGPU did not work (${sentenceOf(error)})` };
    }
  }

  /** @param {"cpu" | "webgpu"} engine @param {From} from @returns {Promise<Team>} */
  async begin(engine, from) {
    const team = new Team(this.#how);
    try {
      await team.begin({ ...this.#start, ...from }, engine, this.#workers);
      return team;
    } catch (error) {
      team.close();
      throw error;
    }
  }
}
