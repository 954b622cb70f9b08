// Diffusion in two dimensions: points in the plane in place of pictures, and the exact expectation of the noise in place of a
// network. It has a worker of its own.

import { DEFAULTS } from "./settings.js";

/** @typedef {import("./program.d.ts").ToyInfo} ToyInfo */

/**
 * Which paths to take: as a run's settings.
 * @typedef {object} PathSettings
 * @property {string} set one of `toy.sets`
 * @property {string} [sampler]
 * @property {number | null} [steps] 1 to `toy.info.timesteps`; null (if not given) for all of them
 * @property {string} [spacing]
 * @property {number} [eta]
 * @property {number} [seed]
 * @property {number} [count] points, 1 to 1024; 16 if not given
 */

/**
 * Points on their way from noise to the data, each as x and y.
 * @typedef {object} Paths
 * @property {number} total steps in all
 * @property {(number | null)[]} t after how many steps done, the timestep of the points; null when they are finished
 * @property {Float32Array[]} xs after how many steps done, where they are: x and y of one after the other
 */

/** Made by `Engine.toy`. The data lie in about -1 to 1. */
export class Toy {
  #worker;

  /** What it offers. @type {ToyInfo} */
  info;

  /** @internal @param {import("./remote.js").Remote} worker @param {ToyInfo} info */
  constructor(worker, info) {
    this.#worker = worker;
    this.info = info;
  }

  /** @internal @param {import("./crew.js").Crew} crew @param {{ program: string, module: WebAssembly.Module }} program */
  static async open(crew, { program, module }) {
    const worker = crew.hire(program);
    return new Toy(worker, await worker.call("toy", { module }));
  }

  /** The names of its data sets. */
  get sets() {
    return this.info.sets.map(({ name }) => name);
  }

  /** The points of a set, x and y of one after the other. @param {string} set @returns {Promise<Float32Array>} */
  async points(set) {
    return (await this.#worker.call("points", { set })).points;
  }

  /**
   * The score of the data with the noise of timestep `t`, on a grid over the square from -2 to 2.
   * @param {string} set
   * @param {number} t 0 to `info.timesteps` - 1
   * @param {number} grid places along an edge, 1 to 64
   * @returns {Promise<{ at: Float32Array, arrows: Float32Array }>} places, row by row from the bottom, and the arrow at each: the
   *   score times sqrt(1 - alpha_bar), so the expected noise turned round
   */
  async field(set, t, grid) {
    return this.#worker.call("field", { set, t, grid });
  }

  /** @param {PathSettings} settings @returns {Promise<Paths>} */
  async paths(settings) {
    const { sampler, steps, spacing, eta, seed, count } = DEFAULTS;
    const { steps: places, ...told } = await this.#worker.call("paths", { options: { sampler, steps, spacing, eta, seed, count, ...settings } });
    return { ...told, xs: places.map((step) => step.places) };
  }
}
