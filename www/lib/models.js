// The models that came with the page, and their files.

import { Downloads, Kept } from "./download.js";
import { ROOT } from "./programs.js";

const FILES = Object.freeze({
  page: "assets/fashion-mnist.safetensors",
  tutorial: "assets/epochs/030.safetensors",
});

/** Their names: the page's own, and the one of the tutorial's recipe. */
export const MODELS = Object.freeze(Object.keys(FILES));

/** @param {string} model */
export function mustBeModel(model) {
  if (MODELS.includes(model)) return;
  throw new Error(`There is no model "${model}": choose ${MODELS.join(" or ")}`);
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
    return this.#files.get(model, () => downloads.bytes(new URL(FILES[model], ROOT)));
  }
}
