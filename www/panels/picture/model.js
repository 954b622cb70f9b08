// The model at the top once more, beside itself, so that the run there goes on.

import { EngineFailure } from "../../lib/errors.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../../lib/beside.js").Beside} Beside */

/** It is opened when it is wanted. @type {Promise<Beside> | null} */
let opened = null;

export const isOpen = () => opened !== null;

/** Where it did not start, the next try starts it again. @param {Engine} engine */
export function openModel(engine) {
  if (opened !== null) return opened;
  const mine = engine.openBeside(engine.weights);
  opened = mine;
  mine.catch(() => {
    if (opened === mine) opened = null;
  });
  return mine;
}

/** Another model is at the top. */
export function closeModel() {
  opened?.then((beside) => beside.close(), () => {});
  opened = null;
}

/** The finished pictures of a run. @param {Beside} beside @param {Partial<import("../../lib/settings.js").Settings>} settings */
export async function picturesOf(beside, settings) {
  const mine = opened;
  return beside.pictures(settings).catch((error) => {
    if (error instanceof EngineFailure && opened === mine) closeModel(); // its workers have ended
    throw error;
  });
}
