// Starts engines. Each program is fetched and compiled once; where WebGPU does not run, the reason is told.

import { DownloadError, Kept } from "./download.js";
import { engineNamed } from "./engines.js";
import { DdpmError, ours, sentenceOf } from "./errors.js";
import { Pool, workersFor } from "./pool.js";
import { compile, isBuilt, moduleUrl, programOf } from "./programs.js";
import { probeWebGpu } from "./webgpu.js";

/** @typedef {import("./download.js").Downloads} Downloads */
/** @typedef {{ pool: Pool, why?: undefined } | { pool?: undefined, why: string }} Attempt an engine, or why there is none */

/** @param {string} engine */
export function mustBeEngine(engine) {
  if (engine === "auto") return;
  engineNamed(engine, "auto");
  programOf(engine);
}

/** Why a program could not be compiled: browsers do not tell what to allow. @param {unknown} error */
function explained(error) {
  if (!/\bCSP\b|Content.?Security.?Policy/i.test(sentenceOf(error))) return ours(error);
  return new DdpmError("this page's Content-Security-Policy forbids WebAssembly: allow 'wasm-unsafe-eval' in script-src", { cause: error });
}

export class Launcher {
  /** Programs that are compiled or on their way. @type {Kept<WebAssembly.Module>} */
  #modules = new Kept();
  #crew;
  #downloads;
  #workers;
  #expected;

  /**
   * @param {import("./crew.js").Crew} crew hires the workers
   * @param {Downloads} downloads counts the programs' bytes
   * @param {number} expected images of the first run
   * @param {number} [workers] for the CPU; as many as there are cores
   */
  constructor(crew, downloads, expected, workers) {
    this.#crew = crew;
    this.#downloads = downloads;
    this.#expected = expected;
    this.#workers = workers;
  }

  /** Starts the workers of the CPU's engine, which will be needed: their scripts come beside the program. */
  prepare() {
    this.#crew.prepare(programOf("cpu"), workersFor(this.#workers, this.#expected));
  }

  /** An engine's program and its module. @param {string} engine by its name */
  async program(engine) {
    return this.compiled(programOf(engine));
  }

  /** A program and its module. @param {string} program by its name */
  async compiled(program) {
    const fetched = async () => compile(program, await this.#downloads.bytes(moduleUrl(program)));
    try {
      return { program, module: await this.#modules.get(program, fetched) };
    } catch (error) {
      throw explained(error);
    }
  }

  /**
   * @param {string} engine by its name
   * @param {Uint8Array} weights
   * @returns {Promise<Pool>}
   */
  async launch(engine, weights) {
    const [crew, workers] = [this.#crew, this.#workers];
    return Pool.open({ crew, engine, ...(await this.program(engine)), weights, workers }, this.#expected);
  }

  /** The CPU's engine once more. @param {Uint8Array} weights @param {number} [workers] as many as the first has if not given @returns {Promise<Pool>} */
  async launchAnother(weights, workers = this.#workers) {
    return Pool.open({ crew: this.#crew, engine: "cpu", ...(await this.program("cpu")), weights, workers }, this.#expected);
  }

  /**
   * Starts an engine, or says why it cannot run here.
   * @param {string} asked its name, or `auto` for WebGPU on a graphics card
   * @param {Uint8Array} weights
   * @returns {Promise<Attempt>}
   */
  async attempt(asked, weights) {
    const { name, label, hardware, features } = engineNamed(asked === "auto" ? "webgpu" : asked, "auto");
    if (!isBuilt(name)) return { why: `the program of ${label} is still being built on the server` };
    if (hardware === "cpu") return { pool: await this.launch(name, weights) };
    const { why, software } = await probeWebGpu(features);
    if (why !== undefined) return { why };
    if (software && asked === "auto") return { why: "the only graphics adapter here is a program, slower than the CPU" };
    try {
      return { pool: await this.launch(name, weights) };
    } catch (error) {
      if (error instanceof DownloadError) return { why: sentenceOf(error) };
      return { why: `WebGPU did not work (${sentenceOf(error)})` };
    }
  }
}
