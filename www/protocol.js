// What the page and its worker say to each other. The page asks and draws; the worker holds the
// model. Pictures and numbers arrive ready to show: no formula lives on this side.

/** The engines that `?engine=` may name; the first is the default. */
export const ENGINES = Object.freeze(["burn-cpu", "burn-webgpu"]);

/**
 * Grey pixels as RGBA, row by row, as a canvas takes them.
 * @typedef {object} Picture
 * @property {number} width
 * @property {number} height
 * @property {Uint8ClampedArray<ArrayBuffer>} rgba
 */

/**
 * Page to worker.
 *
 * `load` comes once and first. `start` begins a run under a number of the page's choosing and ends
 * the run before it; `cancel` ends it and begins none. `noise` asks for the test images with
 * `percent` of the way to pure noise behind them.
 *
 * @typedef {{ type: "load", engine: string }
 *   | { type: "start", run: number, seed: number }
 *   | { type: "cancel" }
 *   | { type: "noise", percent: number }} Request
 */

/**
 * Worker to page.
 *
 * `loading`: bytes so far, of how many where the server tells. `ready`: the model can run; `why`
 * says why the engine is not the one asked for, `titles` are the step numbers of the 16 frames.
 * `step`: the run's picture after `done` of `total` steps, and which of the 16 frames it fills.
 * `failed`: one sentence for the visitor; a `fatal` one ends the worker's usefulness.
 *
 * @typedef {{ type: "loading", loaded: number, total: number | null }
 *   | { type: "ready", engine: string, adapter: string, why: string | null, notes: string[],
 *       parameters: number, timesteps: number, titles: number[] }
 *   | { type: "started", run: number, total: number, titles: number[], picture: Picture }
 *   | { type: "step", run: number, done: number, total: number, t: number, ms: number,
 *       frames: number[], picture: Picture }
 *   | { type: "finished", run: number }
 *   | { type: "original", picture: Picture }
 *   | { type: "noised", percent: number, picture: Picture, t: number | null, alphaBar: number,
 *       snr: number }
 *   | { type: "failed", about: Request["type"], run: number | null, message: string,
 *       fatal: boolean }} Report
 */
