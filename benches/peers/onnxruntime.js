// The UNet of tests/pytorch/export.py in onnxruntime-web, one thread.

import { timed } from "./unet.js";

/** @param {string} provider "wasm" or "webgpu" @param {number} batch 16: the file's @param {number} steps @returns {Promise<number[]>} */
export async function forward(provider, batch, steps) {
  const folder = new URL("/node_modules/onnxruntime-web/dist/", location.href).href;
  const ort = await import(`${folder}ort.webgpu.bundle.min.mjs`);
  Object.assign(ort.env.wasm, { wasmPaths: folder, numThreads: 1 });
  const session = await ort.InferenceSession.create("/unet_b16.onnx", {
    executionProviders: [provider], graphOptimizationLevel: "all",
  });
  const noise = Float32Array.from({ length: batch * 784 }, () => Math.random() * 2 - 1);
  const x = new ort.Tensor("float32", noise, [batch, 1, 28, 28]);
  const t = new ort.Tensor("int64", new BigInt64Array(batch).fill(100n), [batch, 1]);
  return timed(async () => (await session.run({ x, t })).eps.getData(), steps);
}
