// How the page calls the model that is loaded.

import { MODELS } from "../../lib/models.js";
import { words } from "../../words/words.js";

/** In a sentence; a visitor's own goes by what it is. @param {import("../../lib/engine.js").Engine} engine */
export function nameOf({ shipped }) {
  return MODELS.includes(shipped) ? words.shared.modelName(shipped) : words.shared.yourModel;
}
