// Training in a page: pictures become weights, in workers. Nothing of it is fetched before one of these is called.
//
//   const { data } = await readPictures(input.files);
//   const trainer = await createTrainer({ data, onStep: ({ loss }) => show(loss) });
//   await trainer.start();
//   await engine.loadWeights(await trainer.weights());
//
// A training is a function of its pictures, its recipe and the number of its workers. Everything is computed in Rust.

import { bytesOf } from "./bytes.js";
import { Crew } from "./crew.js";
import { Downloads } from "./download.js";
import { ours } from "./errors.js";
import { Launcher } from "./launch.js";
import { readPictures } from "./trainer/files.js";
import { encodeGif } from "./trainer/gif.js";
import { nearestPictures } from "./trainer/nearest.js";
import { Opener } from "./trainer/opener.js";
import { checkOptions, checkSampling, withoutUndefined } from "./trainer/options.js";
import { previewTraining } from "./trainer/preview.js";
import { trainingProgram } from "./trainer/programs.js";
import { saved } from "./trainer/saved.js";
import { Trainer } from "./trainer/run.js";
import { explained } from "./trainer/team.js";

/** @typedef {import("./bytes.js").WeightsFile} WeightsFile */
/** @typedef {import("./trainer/files.js").TrainingData} TrainingData */
/** @typedef {import("./trainer/files.js").NamedFile} NamedFile */
/** @typedef {import("./trainer/options.js").Recipe} Recipe */
/** @typedef {import("./trainer/options.js").SamplingOptions} SamplingOptions */
/** @typedef {import("./trainer/told.js").Step} Step */
/** @typedef {import("./trainer/told.js").Sample} Sample */
/** @typedef {import("./trainer/told.js").TrainerInfo} TrainerInfo */

export { encodeGif, nearestPictures, previewTraining, readPictures, saved, Trainer };

/**
 * Prepares a training. It begins with {@link Trainer.start}.
 * @param {object} options
 * @param {TrainingData} options.data as {@link readPictures} gives it
 * @param {{ widths?: [number, number, number], classes?: boolean }} [options.config] the network's channels at its three
 *   resolutions, and whether it is told the classes
 * @param {Recipe} [options.recipe] what is left out suits the number of pictures
 * @param {WeightsFile} [options.weights] goes on from them: their network and schedule hold, and their classes
 *   where the pictures have as many
 * @param {Uint8Array} [options.checkpoint] from {@link Trainer.checkpoint}: the same run goes on, bit for bit with as many
 *   workers. Its recipe holds but for `learning_rate`, `epochs` and `steps`
 * @param {"auto" | "cpu" | "webgpu"} [options.engine] `auto` (if not given): WebGPU where there is a graphics card, else the CPU
 * @param {number} [options.workers] for the CPU, from 1; as many as there are cores if not given
 * @param {(loaded: number, total: number | null) => void} [options.onProgress] bytes of the program that have come, of
 *   bytes in all; null where these are not known
 * @param {(trainer: Trainer) => void} [options.onChange] the state or the engine is another
 * @param {(step: Step) => void} [options.onStep]
 * @param {(epoch: { epoch: number, loss: number }) => void} [options.onEpoch] an epoch is over; its mean loss
 * @param {(sample: Sample) => void} [options.onSample]
 * @param {(bytes: Uint8Array) => void} [options.onSave] a checkpoint, every so often while it runs and when it is paused:
 *   to read, not to change
 * @param {SamplingOptions | null} [options.sampling] live samples; null for none. They take a tenth of the time at most
 * @returns {Promise<Trainer>} rejected with a `DdpmError` where something does not fit, or nothing can run it
 */
export async function createTrainer(options) {
  checkOptions(options);
  const { data, config = {}, recipe = {}, weights, checkpoint, engine = "auto", workers = navigator.hardwareConcurrency, onProgress, sampling = {} } = options;
  const crew = new Crew();
  try {
    const program = await trainingProgram();
    const [{ module }, bytes] = await Promise.all([
      new Launcher(crew, new Downloads(onProgress), 1).compiled(program),
      weights === undefined ? undefined : bytesOf(weights),
    ]);
    const { images, labels, ...about } = data;
    const samples = sampling === null ? null : checkSampling(sampling);
    const plan = { data: about, config: withoutUndefined(config), recipe: withoutUndefined(recipe) };
    const opener = new Opener({ crew, program, module }, { data, options: plan, weights: bytes, checkpoint, samples }, workers);
    return new Trainer(crew, opener, await opener.open(engine), options);
  } catch (error) {
    crew.close();
    throw ours(explained(error));
  }
}
