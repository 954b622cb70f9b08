// Can Burn's WebGPU engine run here? Asked before it is started, because it does not return an
// error where something is missing: it panics.

/** What burn-wgpu takes for granted of an adapter. */
const NEEDED = "timestamp-query";

/**
 * Why WebGPU cannot be used, as the rest of a sentence; null when it can.
 * @returns {Promise<string | null>}
 */
export async function whyNoWebGpu() {
  if (!("gpu" in navigator)) return "this browser has no WebGPU";
  let adapter = null;
  try {
    adapter = await navigator.gpu.requestAdapter();
  } catch (error) {
    return `the browser's WebGPU failed (${error.message})`;
  }
  if (adapter === null) return "WebGPU found no graphics adapter on this machine";
  if (!adapter.features.has(NEEDED)) return `this graphics adapter lacks "${NEEDED}"`;
  return null;
}
