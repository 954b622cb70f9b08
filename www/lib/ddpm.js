// The module for anyone's page: it starts an engine, which makes pictures out of noise and noises test images.
//
//   const engine = await createEngine();
//   const last = await engine.generate({ seed: 42 }, { onStep: (step) => show(step.x_t) });
//   const { bytes, t } = await engine.noise(50);
//
// Pictures are bytes in planes, as `Step` in pool.js says. Everything is computed in Rust, in workers.

import { Downloads, Kept } from "./download.js";
import { Engine } from "./engine.js";
import { ENGINES } from "./engines.js";
import { Launcher, mustBeEngine } from "./launch.js";
import { MODELS, Models, mustBeModel } from "./models.js";
import { ROOT } from "./programs.js";
import { DEFAULTS } from "./settings.js";

export { ENGINES, Engine, MODELS };

const IMAGES = "assets/test-images.idx";

/**
 * Loads the program and a model that came with the page, and starts an engine.
 * @param {object} [options]
 * @param {"auto" | "cpu" | "webgpu" | "burn-cpu" | "burn-webgpu"} [options.engine] `auto`: WebGPU, where there is
 *   a graphics card for it, else the CPU; until WebGPU has started, the CPU's engine runs
 * @param {string} [options.model] one of {@link MODELS}
 * @param {number} [options.workers] for the CPU; as many as there are cores
 * @param {(loaded: number, total: number | null) => void} [options.onProgress] bytes of bytes
 * @param {(engine: Engine) => void} [options.onChange] this engine runs now, or another model
 * @returns {Promise<Engine>}
 */
export async function createEngine({ engine = "auto", model = "page", workers, onProgress, onChange = () => {} } = {}) {
  mustBeEngine(engine);
  mustBeModel(model);
  const downloads = new Downloads(onProgress);
  const kept = new Kept();
  const images = () => kept.get(IMAGES, () => downloads.bytes(new URL(IMAGES, ROOT)));
  images().catch(() => {}); // whoever asks for them is told
  const models = new Models();
  const launcher = new Launcher(downloads, DEFAULTS.count, workers);
  // The CPU's engine is the first to run, so its program is fetched beside the weights.
  const [weights] = await Promise.all([models.file(model, downloads), launcher.program("cpu")]);
  const created = new Engine({ launcher, models, model, weights, images, onChange });
  await created.start(engine);
  return created;
}
