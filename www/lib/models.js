// The files of the models that came with the page.

import { Downloads, Kept } from "./download.js";
import { DdpmError, ours } from "./errors.js";
import { SHIPPED } from "./shipped.js";

/** The models' names: `page` is the page's own, and `tutorial` the one of the tutorial's recipe. */
export const MODELS = Object.freeze(Object.keys(SHIPPED));

/** @param {string} model */
export function mustBeModel(model) {
  if (MODELS.includes(model)) return;
  throw new DdpmError(`There is no model "${model}": choose ${MODELS.join(", ")}`);
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
      return await this.#files.get(model, () => downloads.bytes(SHIPPED[model].url));
    } catch (error) {
      throw ours(error);
    }
  }
}
