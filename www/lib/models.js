// The models that came with the page, and their files.

import { Downloads, Kept } from "./download.js";
import { DdpmError, ours } from "./errors.js";

/** Bundlers find files by addresses that are spelt like this. */
const FILES = Object.freeze({
  page: new URL("../../assets/fashion-mnist.safetensors", import.meta.url),
  tutorial: new URL("../../assets/epochs/030.safetensors", import.meta.url),
});

/** Their names: the page's own, and the one of the tutorial's recipe. */
export const MODELS = Object.freeze(Object.keys(FILES));

/** @param {string} model */
export function mustBeModel(model) {
  if (MODELS.includes(model)) return;
  throw new DdpmError(`There is no model "${model}": choose ${MODELS.join(" or ")}`);
}

/** Fetches each file once, when it is wanted. */
export class Models {
  /** @type {Kept<Uint8Array>} */
  #files = new Kept();

  /**
   * A model's file.
   * @param {string} model one of {@link MODELS}
   * @param {Downloads} [downloads] counts its bytes, if they are still to come
   */
  async file(model, downloads = new Downloads()) {
    mustBeModel(model);
    try {
      return await this.#files.get(model, () => downloads.bytes(FILES[model]));
    } catch (error) {
      throw ours(error);
    }
  }
}
