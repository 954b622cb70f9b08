// A kept run is made once more, by the model that made it and beside the one at the top: the run that is shown stays as it is.

import { MODELS } from "../../../lib/models.js";
import { History } from "../history.js";
import { isLoaded } from "../link.js";

/** @typedef {import("../../../lib/engine.js").Engine} Engine */
/** @typedef {import("../player.js").Whole} Whole */
/** @typedef {import("./store.js").Kept} Kept */

/** The file of a run's model; null where it is a visitor's that is not loaded. @param {Engine} engine @param {string} model as a link calls it */
async function weightsOf(engine, model) {
  if (isLoaded(model)) return engine.weights;
  return MODELS.includes(model) ? engine.shippedBytes(model) : null;
}

/**
 * @param {Kept} run
 * @param {object} by
 * @param {Engine} by.engine
 * @param {File | null} by.own the visitor's file, where the run's model is from one
 * @param {AbortSignal} by.signal ends it
 * @param {(done: number, total: number) => void} by.onStep
 * @returns {Promise<Whole | null>} null where its model is a visitor's that is not loaded
 */
export async function remake({ view, made }, { engine, own, signal, onStep }) {
  const weights = await weightsOf(engine, view.model);
  if (weights === null) return null;
  const beside = await engine.openBeside(weights);
  try {
    const steps = new History();
    await beside.generate(made.settings, {
      signal,
      onStep: ({ x, memory, titles, ...step }) => {
        steps.add(step);
        onStep(step.done, step.total);
      },
    });
    const file = made.model.shipped === null ? own : null;
    return { made: { ...made, alphaBars: beside.info.curves.alpha_bar, model: { ...made.model, file, weights } }, steps };
  } finally {
    beside.close();
  }
}
