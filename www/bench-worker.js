// One of bench.html's workers: loads a model, then takes a step whenever asked.

import init, { Model, Sampling } from "../ddpm-web.js";
import { lastPanic } from "./panic.js";
import { probeWebGpu } from "./webgpu.js";

/** @type {Model} */
let model;
/** @type {Sampling} */
let sampling;

async function bytes(path) {
  const response = await fetch(new URL(path, import.meta.url));
  if (!response.ok) throw new Error(`${path} is missing`);
  return new Uint8Array(await response.arrayBuffer());
}

async function load({ engine, first, count }) {
  const { why, name } = engine === "burn-webgpu" ? await probeWebGpu() : {};
  if (why !== undefined) throw new Error(why);
  const [wasm, weights] = await Promise.all(["../ddpm-web_bg.wasm", "../assets/fashion-mnist.safetensors"].map(bytes));
  await init({ module_or_path: wasm });
  model = await Model.load(engine, weights);
  sampling = new Sampling(model, { seed: 42, first, count, sampler: "ddpm", steps: null, eta: 0 });
  return { adapter: name ?? model.info().adapter, wasmBytes: wasm.length };
}

async function step() {
  if (!(await sampling.advance(model))) throw new Error(`steps: a run has ${sampling.total}, the first of them for warming up`);
  return {};
}

self.addEventListener("message", async ({ data }) => {
  try {
    self.postMessage(await ("load" in data ? load(data.load) : step()));
  } catch (error) {
    self.postMessage({ error: lastPanic() ?? error.message });
  }
});
// A panic inside a Rust future: its promise never settles.
self.addEventListener("error", (event) => self.postMessage({ error: lastPanic() ?? event.message }));
