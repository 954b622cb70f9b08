// Single pictures, made into a model's size and colours by the program that reads pictures to train on, in workers of their own.

import { BOOLEAN, check, checkAll, oneOf, TEXT } from "../checks.js";
import { DdpmError, EngineFailure } from "../errors.js";
import { trainingProgram } from "./programs.js";

/** @typedef {import("../picture.js").ImageSpec} ImageSpec */

/**
 * How a picture is made to fit.
 * @typedef {object} Fitting
 * @property {"black" | "white" | null} [background] what transparent parts become, and bars beside the picture; null (if not given) for
 *   black, or white behind dark drawings
 * @property {boolean} [crop] true (if not given) for the central square alone, false for the whole picture with bars beside it
 */

/**
 * A picture that fits.
 * @typedef {object} Fitted
 * @property {Uint8Array} bytes in planes, as in a run's `Step`
 * @property {{ width: number, height: number }} original
 * @property {boolean} transparent whether a part of it was transparent
 * @property {"black" | "white"} background what these parts became
 * @property {string[]} notes what may surprise, in sentences
 * @property {("animated" | "cropped" | "barred" | "enlarged" | "grey" | "transparent" | "dark")[]} facts the same, by name, in the same order
 */

const FITTING = { background: oneOf(["black", "white", null]), crop: BOOLEAN };

export class Single {
  #crew;
  #program;
  /** It fits pixels. */
  #worker;

  /** @param {import("../crew.js").Crew} crew @param {{ program: string, module: WebAssembly.Module }} program @param {import("../remote.js").Remote} worker */
  constructor(crew, program, worker) {
    this.#crew = crew;
    this.#program = program;
    this.#worker = worker;
  }

  /** @param {import("../crew.js").Crew} crew @param {import("../launch.js").Launcher} launcher */
  static async open(crew, launcher) {
    const program = await launcher.compiled(await trainingProgram());
    return new Single(crew, program, await hired(crew, program));
  }

  /**
   * Each file has a worker of its own, since what a large picture took of memory is free only when its worker has ended.
   * @param {Uint8Array} bytes
   * @param {string} name
   * @param {ImageSpec} image
   * @param {Fitting} options
   * @returns {Promise<Fitted>}
   */
  async read(bytes, name, image, options) {
    check("name", name, TEXT);
    const how = checked(options);
    const worker = await hired(this.#crew, this.#program);
    try {
      return await worker.call("picture", { bytes, name, image, ...how });
    } catch (error) {
      if (!(error instanceof EngineFailure) || this.#crew.isClosed) throw error;
      throw new DdpmError(`${name} cannot be used: reading it has stopped, probably for want of memory; make the picture smaller`, { cause: error });
    } finally {
      worker.end();
    }
  }

  /** @param {{ width: number, height: number, rgba: Uint8ClampedArray | Uint8Array }} pixels @param {ImageSpec} image @param {Fitting} options @returns {Promise<Fitted>} */
  async fit(pixels, image, options) {
    const { width, height, rgba } = pixels ?? {};
    if (!(rgba instanceof Uint8ClampedArray || rgba instanceof Uint8Array) || rgba.length !== 4 * width * height || rgba.length === 0) {
      throw new DdpmError("pixels are given as { width, height, rgba }, with four bytes for each of width times height pixels");
    }
    return this.#worker.call("pixels", { width, height, rgba: new Uint8Array(rgba), image, ...checked(options) });
  }
}

/** @param {import("../crew.js").Crew} crew @param {{ program: string, module: WebAssembly.Module }} program */
async function hired(crew, { program, module }) {
  const worker = crew.hire(program);
  await worker.call("single", { module });
  return worker;
}

/** @param {Fitting} options */
function checked(options) {
  checkAll(options, FITTING, "option");
  const { background = null, crop = true } = options;
  return { background, crop };
}
