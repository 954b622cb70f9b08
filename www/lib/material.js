// What is shown beside runs: the test images with noise, pictures of one's own, and diffusion in two dimensions. Each has a worker of
// its own, so that a slider never waits for a run.

import { BOOLEAN, BYTES, check, either, NUMBER, oneOf, whole } from "./checks.js";
import { EngineFailure } from "./errors.js";
import { openReader } from "./reader.js";
import { Study } from "./study.js";

/** @typedef {import("./toy.js").Toy} Toy */
/** @typedef {import("./study.js").Noised} Noised */
/** @typedef {import("./study.js").NoisedPicture} NoisedPicture */
/** @typedef {import("./trainer/single.js").Fitted} Fitted */
/** @typedef {import("./trainer/single.js").Fitting} Fitting */

/** What is opened for its first question, and once more after a failure. @template T */
class Opened {
  #open;
  /** @type {Promise<T> | null} */
  #now = null;

  /** @param {() => Promise<T>} open */
  constructor(open) {
    this.#open = open;
  }

  /** @template A @param {(opened: T) => A | Promise<A>} question @returns {Promise<A>} */
  async ask(question) {
    const opened = this.#now ??= this.#open();
    const forget = () => {
      if (this.#now === opened) this.#now = null;
    };
    const there = await opened.catch((error) => {
      forget();
      throw error;
    });
    try {
      return await question(there);
    } catch (error) {
      if (error instanceof EngineFailure) forget();
      throw error;
    }
  }
}

/** The part of an engine that makes no runs. */
export class Material {
  #crew;
  #model;
  #study;
  /** The file of test images of each class. */
  #classes;
  /** It reads pictures of one's own. @type {Opened<import("./trainer/single.js").Single>} */
  #reader;
  /** @type {Opened<Toy>} */
  #toy;

  /**
   * @internal
   * @param {import("./crew.js").Crew} crew
   * @param {import("./launch.js").Launcher} launcher
   * @param {{ images: () => Promise<Uint8Array>, classes: () => Promise<Uint8Array> }} files
   * @param {() => { weights: Uint8Array, image: import("./picture.js").ImageSpec }} model the one that is loaded
   */
  constructor(crew, launcher, { images, classes }, model) {
    this.#crew = crew;
    this.#model = model;
    this.#study = new Study(crew, async () => {
      const [program, idx] = await Promise.all([launcher.program("cpu"), images()]);
      return { ...program, weights: model().weights, images: idx };
    });
    this.#classes = classes;
    this.#reader = new Opened(() => openReader(crew, launcher));
    this.#toy = new Opened(async () => (await import("./toy.js")).Toy.open(crew, await launcher.program("cpu")));
  }

  /** Another model is loaded. @internal */
  async exchanged() {
    await this.#study.close();
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
   * Test images of each class, as this model's pictures are: their side and colours. In bytes.
   * @returns {Promise<Uint8Array>} 40 pictures of Fashion-MNIST: image 4 c + k, with k from 0 to 3, is of class c in the order of
   *   the set's ten classes
   */
  async testPictures() {
    this.#crew.mustBeOpen();
    return (await this.#study.call("fitted", { images: await this.#classes() })).bytes;
  }

  /**
   * One picture with the noise of a timestep: the seed's noise, as the first image of a run has it that begins with this picture.
   * @param {Uint8Array} picture in planes, of this model's size and colours
   * @param {number | null} t 0 to `info.schedule.timesteps` - 1; null for the picture itself
   * @param {number} [seed]
   * @returns {Promise<NoisedPicture>}
   */
  async noised(picture, t, seed = 0) {
    this.#crew.mustBeOpen();
    check("picture", picture, BYTES);
    check("t", t, either(whole(0), oneOf([null])));
    check("seed", seed, whole(0));
    return this.#study.call("noised", { picture, t, seed });
  }

  /**
   * Makes a picture of one's own into one of this model's size and colours: a PNG, JPEG, GIF, WebP, BMP or TIFF file, of whose several
   * frames the first is read. The program that reads them comes with `import "ddpm-web/pictures"`, and is fetched for the first of them.
   * @param {Uint8Array} bytes the file
   * @param {string} name its name, which errors and notes tell
   * @param {Fitting} [options]
   * @returns {Promise<Fitted>} rejected with a sentence that says why it cannot be read
   */
  async readPicture(bytes, name, options = {}) {
    this.#crew.mustBeOpen();
    check("bytes", bytes, BYTES);
    return this.#reader.ask((reader) => reader.read(bytes, name, this.#model().image, options));
  }

  /**
   * Makes pixels, such as a drawing's, into a picture of this model's size and colours.
   * @param {{ width: number, height: number, rgba: Uint8ClampedArray | Uint8Array }} pixels red, green, blue and how opaque, a byte each, row by row
   * @param {Fitting} [options]
   * @returns {Promise<Fitted>}
   */
  async fitPicture(pixels, options = {}) {
    this.#crew.mustBeOpen();
    return this.#reader.ask((reader) => reader.fit(pixels, this.#model().image, options));
  }

  /** Diffusion in two dimensions, on a worker of its own. @returns {Promise<Toy>} */
  async toy() {
    this.#crew.mustBeOpen();
    return this.#toy.ask((toy) => toy);
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
}
