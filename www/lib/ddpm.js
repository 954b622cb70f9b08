// The module for anyone's page: it starts an engine, which makes pictures out of noise and noises test images.
//
//   const engine = await createEngine();
//   const last = await engine.generate({ seed: 42 }, { onStep: (step) => show(step.x_t) });
//   const { bytes, t } = await engine.noise(50);
//
// Pictures are bytes in planes, as `Step` in pool.js says. Everything is computed in Rust, in workers.

import { Beside } from "./beside.js";
import { checkAll, FUNCTION, TEXT, whole } from "./checks.js";
import { Crew } from "./crew.js";
import { Downloads, Kept } from "./download.js";
import { Engine } from "./engine.js";
import { ENGINES } from "./engines.js";
import { DdpmError, ours } from "./errors.js";
import { Launcher, mustBeEngine } from "./launch.js";
import { MODELS, Models, mustBeModel } from "./models.js";
import { toImageData } from "./picture.js";
import { DEFAULTS } from "./settings.js";

/** @typedef {import("./settings.js").Settings} Settings */
/** @typedef {import("./pool.js").Step} Step */
/** @typedef {import("./pool.js").Info} Info */
/** @typedef {import("./study.js").Noised} Noised */
/** @typedef {import("./bytes.js").WeightsFile} WeightsFile */

export { Beside, DdpmError, ENGINES, Engine, MODELS, toImageData };

/** Bundlers find files by addresses that are spelt like this. */
const IMAGES = new URL("../../assets/test-images.idx", import.meta.url);
/** Four test images of each class. */
const CLASSES = new URL("../../assets/test-classes.idx", import.meta.url);

/** Vite up to 7 puts the modules of its dev server's pages elsewhere, and leaves what they load behind. */
function mustBeAtHome() {
  if (!import.meta.url.includes("/.vite/deps/") || IMAGES.pathname.includes("/ddpm-web/")) return;
  throw new DdpmError('Vite\'s dev server has moved this module away from its files: in vite.config.js, write optimizeDeps: { exclude: ["ddpm-web"] }');
}

const OPTIONS = { engine: TEXT, model: TEXT, workers: whole(1), onProgress: FUNCTION, onChange: FUNCTION };

/**
 * Loads the program and a model that came with it, and starts an engine.
 * @param {object} [options]
 * @param {"auto" | "cpu" | "webgpu" | "burn-cpu" | "burn-webgpu"} [options.engine] `auto` (if not given): WebGPU, where
 *   there is a graphics card for it, else the CPU; until WebGPU has started, the CPU's engine runs. Burn's engines
 *   are a reference to compare with, and need `import "ddpm-web/burn"`
 * @param {string} [options.model] one of {@link MODELS}: "page" (if not given), "tutorial", ...
 * @param {number} [options.workers] for the CPU, from 1; as many as there are cores if not given
 * @param {(loaded: number, total: number | null) => void} [options.onProgress] bytes that have come, of bytes in all;
 *   null where these are not known
 * @param {(engine: Engine) => void} [options.onChange] this engine runs now, or another model
 * @returns {Promise<Engine>} rejected with a {@link DdpmError} where a file is missing or nothing can run it
 */
export async function createEngine(options = {}) {
  mustBeAtHome();
  checkAll(options, OPTIONS, "option");
  const { engine = "auto", model = "page", workers, onProgress, onChange = () => {} } = options;
  mustBeEngine(engine);
  mustBeModel(model);
  const crew = new Crew();
  try {
    const downloads = new Downloads(onProgress);
    const kept = new Kept();
    const images = () => kept.get("images", () => new Downloads().bytes(IMAGES));
    const classes = () => kept.get("classes", () => new Downloads().bytes(CLASSES));
    const models = new Models();
    const launcher = new Launcher(crew, downloads, DEFAULTS.count, workers);
    // The CPU's engine is the first to run, so its program is fetched beside the weights; and where Burn's are not asked for, it runs.
    if (["auto", "cpu", "webgpu"].includes(engine)) launcher.prepare();
    const [weights] = await Promise.all([models.file(model, downloads), launcher.program("cpu")]);
    const created = new Engine({ crew, launcher, models, model, weights, images, classes, onChange });
    await created.start(engine);
    crew.mustBeOpen(); // onChange may have closed it
    return created;
  } catch (error) {
    crew.close();
    throw ours(error);
  }
}
