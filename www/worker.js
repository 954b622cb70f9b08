// The engine's thread: loads the wasm module, the weights and the test images, and answers the
// page's requests (protocol.js). A step on the CPU blocks this thread for a tenth of a second, so
// between steps it goes back to its event loop, where cancel and the slider wait.

import init, { ForwardNoise, Model, Sampling, frame_indices } from "../ddpm-web.js";
import { Downloads } from "./download.js";
import { lastPanic } from "./panic.js";
import { probeWebGpu } from "./webgpu.js";

/** @typedef {import("./protocol.js").Request} Request */
/** @typedef {import("./protocol.js").Report} Report */

/** Images in the batch: the tutorial's 4x4 grid. */
const COUNT = 16;
/** One fixed noise per test image, so that the slider's motion is continuous. */
const NOISE_SEED = 0;

/** @type {Model} */
let model;
/** @type {ForwardNoise | undefined} */
let forward;
/** The run that the page wants to see; any other stops at its next step. @type {number | null} */
let wanted = null;
/** Settles when no run is under way. */
let idle = Promise.resolve();

/** @param {Report} report @param {Transferable[]} [transfer] */
function tell(report, transfer = []) {
  self.postMessage(report, transfer);
}

/** @param {Request["type"]} about @param {unknown} error @param {number | null} [run] */
function fail(about, error, run = null) {
  const panic = lastPanic();
  const told = error instanceof Error ? error.message : String(error);
  const message = panic === null ? told : `${panic} (a fault in the program; reload the page)`;
  // A trap leaves the module's memory as it was in mid-step: nothing in it can be trusted.
  const fatal = about === "load" || panic !== null || error instanceof WebAssembly.RuntimeError;
  tell({ type: "failed", about, run, message, fatal });
}

/** A Rust picture as a plain one that can change threads; the Rust one is freed. */
function take(picture) {
  try {
    return { width: picture.width, height: picture.height, rgba: picture.rgba() };
  } finally {
    picture.free();
  }
}

async function load({ engine }) {
  const downloads = new Downloads((loaded, total) => tell({ type: "loading", loaded, total }));
  const get = (path) => downloads.fetch(new URL(path, import.meta.url));
  const bytes = async (path) => new Uint8Array(await (await get(path)).arrayBuffer());
  const images = bytes("../assets/test-images.idx");
  images.catch(() => {}); // reported below, when its turn comes
  const [weights] = await Promise.all([
    bytes("../assets/fashion-mnist.safetensors"),
    init({ module_or_path: get("../ddpm-web_bg.wasm") }),
  ]);
  const { why, name } = await loadModel(engine, weights);
  const { timesteps, parameters, adapter, notes, engine: running } = model.info();
  tell({
    type: "ready", engine: running, adapter: name ?? adapter, why, notes, parameters, timesteps,
    titles: [...frame_indices(timesteps)],
  });
  await images.then(loadImages).catch((error) => fail("noise", error));
}

/** Loads the engine asked for, or the CPU's and tells why. */
async function loadModel(engine, weights) {
  const { why = null, name } = engine === "burn-webgpu" ? await probeWebGpu() : {};
  model = await Model.load(why === null ? engine : "burn-cpu", weights);
  return { why, name };
}

function loadImages(idx) {
  forward = new ForwardNoise(model, idx, NOISE_SEED);
  const picture = take(forward.original());
  tell({ type: "original", picture }, [picture.rgba.buffer]);
}

async function start({ run, seed }) {
  wanted = run;
  await idle;
  if (wanted !== run) return; // another request came while the last run was ending
  idle = sample(run, seed).catch((error) => fail("start", error, run));
}

async function sample(run, seed) {
  const sampling = new Sampling(model, {
    seed, count: COUNT, sampler: "ddpm", steps: null, eta: 0,
  });
  try {
    const { total } = sampling;
    const first = take(sampling.grid());
    const titles = [...frame_indices(total)];
    tell({ type: "started", run, total, titles, picture: first }, [first.rgba.buffer]);
    while (wanted === run && sampling.done < total) await step(run, sampling);
    if (wanted === run) tell({ type: "finished", run });
  } finally {
    sampling.free();
  }
}

async function step(run, sampling) {
  const before = performance.now();
  await sampling.advance(model);
  const ms = performance.now() - before;
  const { done, total, t } = sampling;
  const frames = [...sampling.frames()];
  const picture = take(sampling.grid());
  tell({ type: "step", run, done, total, t, ms, frames, picture }, [picture.rgba.buffer]);
  await nextTask();
}

/** Lets waiting messages in. A timer would be held back to 4 ms, in hidden tabs to a second. */
function nextTask() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}

function cancel() {
  wanted = null;
}

function noise({ percent }) {
  if (forward === undefined) throw new Error("The test images are not loaded.");
  const noised = forward.at(percent);
  try {
    const picture = take(noised.picture());
    const { t = null, alpha_bar: alphaBar, snr } = noised;
    tell({ type: "noised", percent, picture, t, alphaBar, snr }, [picture.rgba.buffer]);
  } finally {
    noised.free();
  }
}

const handlers = { load, start, cancel, noise };

self.addEventListener("message", async ({ data }) => {
  try {
    await handlers[data.type](data);
  } catch (error) {
    fail(data.type, error);
  }
});

// A panic inside a Rust future reaches neither of the catches above: its promise never settles.
// Told here in words, it need not reach the page a second time as a bare "unreachable".
self.addEventListener("error", (event) => {
  event.preventDefault();
  console.error(event.error ?? event.message);
  fail("start", event.error ?? event.message, wanted);
});
self.addEventListener("unhandledrejection", (event) => fail("start", event.reason, wanted));
