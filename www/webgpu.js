// Can Burn's WebGPU engine run here? Asked before it is started, because it does not return an
// error where something is missing: it panics.

/** What burn-wgpu takes for granted of an adapter. */
const NEEDED = "timestamp-query";

/**
 * The graphics adapter's name, or why WebGPU cannot be used, as the rest of a sentence.
 * @returns {Promise<{ name: string } | { why: string }>}
 */
export async function probeWebGpu() {
  if (!("gpu" in navigator)) return { why: "this browser has no WebGPU" };
  let adapter = null;
  try {
    // The one that burn-wgpu asks for.
    adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    return { why: `the browser's WebGPU failed (${error.message})` };
  }
  if (adapter === null) return { why: "WebGPU found no graphics adapter on this machine" };
  if (!adapter.features.has(NEEDED)) return { why: `this graphics adapter lacks "${NEEDED}"` };
  return { name: describe(adapter.info) };
}

/** Browsers tell more or less of an adapter, some nothing at all. */
function describe({ vendor, architecture, description }) {
  return description || [vendor, architecture].filter(Boolean).join(" ") || "WebGPU";
}
