// Whether a WebGPU engine can run here. Burn's engine returns no error where something is missing: it panics, or never
// answers. So the browser is asked beside it.

import { sentenceOf } from "./errors.js";
import { within } from "./within.js";

/** A browser's graphics process that hangs never answers. After so many milliseconds it counts as hung. */
const PATIENCE_MS = 6000;

/**
 * The graphics adapter's name and whether it is a program's (`software`), or why WebGPU cannot be
 * used, as the rest of a sentence.
 * @param {readonly string[]} features what the engine needs
 * @returns {Promise<{ name: string, software: boolean, why?: undefined } | { why: string, name?: undefined, software?: undefined }>}
 */
export async function probeWebGpu(features) {
  if (!isSecureContext) return { why: "WebGPU needs https: over plain http browsers have it for localhost alone" };
  if (!navigator.gpu) return { why: "this browser has no WebGPU" };
  let adapter = null;
  /** @type {Partial<GPUAdapterInfo>} */
  let info = {};
  try {
    // burn-wgpu asks for the same one.
    adapter = await asked(navigator.gpu.requestAdapter({ powerPreference: "high-performance" }));
    info = await infoOf(adapter);
  } catch (error) {
    return { why: `the browser's WebGPU failed (${sentenceOf(error)})` };
  }
  if (!adapter) return { why: "WebGPU found no graphics adapter on this machine" };
  const missing = features.find((feature) => !adapter.features.has(feature));
  if (missing !== undefined) return { why: `this graphics adapter lacks "${missing}"` };
  const software = info.isFallbackAdapter ?? /** @type {any} */ (adapter).isFallbackAdapter ?? false;
  return { name: describe(info), software };
}

/** @template T @param {Promise<T>} answer */
export function asked(answer) {
  return within(answer, PATIENCE_MS, "it does not answer");
}

/** Browsers tell it as `info` since 2024, some before as an answer, some not at all. */
async function infoOf(adapter) {
  return adapter?.info ?? await asked(Promise.resolve(adapter?.requestAdapterInfo?.())) ?? {};
}

/** Browsers differ in what they tell about an adapter; some tell nothing. @param {Partial<GPUAdapterInfo>} info */
function describe({ vendor, architecture, description }) {
  return description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
}
