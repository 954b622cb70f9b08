// How the page calls the model that is loaded.

import { SHIPPED } from "../../lib/shipped.js";

/** In a sentence; a visitor's own goes by what it is. @param {import("../../lib/engine.js").Engine} engine */
export function nameOf({ shipped }) {
  return SHIPPED[shipped]?.name ?? "your model";
}
