// What a training would be: its recipe and the size of its network, by a worker that stays for the next question.

import { Crew } from "../crew.js";
import { Downloads, Kept } from "../download.js";
import { ours } from "../errors.js";
import { Launcher } from "../launch.js";
import { withoutUndefined } from "./options.js";
import { trainingProgram } from "./programs.js";

/** @typedef {import("./files.js").TrainingData} TrainingData */
/** @typedef {import("./program.d.ts").Preview} Preview */

/** @type {Kept<{ worker: import("../remote.js").Remote, module: WebAssembly.Module }>} */
const kept = new Kept();

async function hire() {
  const crew = new Crew();
  const program = await trainingProgram();
  const { module } = await new Launcher(crew, new Downloads(), 1).compiled(program);
  return { worker: crew.hire(program), module };
}

/**
 * What `createTrainer` would make of these: what is left out of the recipe gets what suits the number of pictures.
 * @param {TrainingData} data
 * @param {{ widths?: [number, number, number], classes?: boolean }} [config]
 * @param {import("./program.d.ts").Recipe} [recipe]
 * @returns {Promise<Preview>} rejected with a `DdpmError` where something does not fit
 */
export async function previewTraining(data, config = {}, recipe = {}) {
  try {
    const { worker, module } = await kept.get("worker", hire);
    const { images, labels, ...about } = data;
    const options = { data: about, config: withoutUndefined(config), recipe: withoutUndefined(recipe) };
    const count = images.length / (data.channels * data.side * data.side);
    return (await worker.call("preview", { module, options, images: count })).preview;
  } catch (error) {
    throw ours(error);
  }
}
