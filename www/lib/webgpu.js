// Whether a WebGPU engine can run here, and whether it still does. Burn's engine returns no error where something is
// missing or lost: it panics, or never answers. So the browser is asked beside it.

/**
 * The graphics adapter's name and whether it is a program's (`software`), or why WebGPU cannot be
 * used, as the rest of a sentence.
 * @param {readonly string[]} features what the engine needs
 * @returns {Promise<{ name: string, software: boolean, why?: undefined } | { why: string, name?: undefined, software?: undefined }>}
 */
export async function probeWebGpu(features) {
  if (!("gpu" in navigator)) return { why: "this browser has no WebGPU" };
  let adapter = null;
  try {
    // burn-wgpu asks for the same one.
    adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    return { why: `the browser's WebGPU failed (${error.message})` };
  }
  if (adapter === null) return { why: "WebGPU found no graphics adapter on this machine" };
  const missing = features.find((feature) => !adapter.features.has(feature));
  if (missing !== undefined) return { why: `this graphics adapter lacks "${missing}"` };
  const software = adapter.info.isFallbackAdapter ?? false;
  return { name: describe(adapter.info), software };
}

/** Browsers differ in what they tell about an adapter; some tell nothing. */
function describe({ vendor, architecture, description }) {
  return description || [vendor, architecture].filter(Boolean).join(" ") || "WebGPU";
}

/**
 * Tells when a device that is asked for from now on is lost or refuses something.
 * @param {(reason: string) => void} tell
 */
export function watchDevices(tell) {
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function requestDevice(...args) {
    const device = await request.apply(this, args);
    device.lost.then(({ message }) => tell(`WebGPU was lost${message ? ` (${message})` : ""}`));
    device.addEventListener("uncapturederror", ({ error }) => tell(`WebGPU refused a command (${error.message})`));
    return device;
  };
}

/** Counts all launches on the GPU from now on. The function that it returns tells how many there were. @returns {() => number} */
export function countDispatches() {
  let count = 0;
  if (!("GPUComputePassEncoder" in self)) return () => 0;
  const { prototype } = GPUComputePassEncoder;
  const { dispatchWorkgroups, dispatchWorkgroupsIndirect } = prototype;
  prototype.dispatchWorkgroups = function counted(...args) {
    count += 1;
    return dispatchWorkgroups.apply(this, args);
  };
  prototype.dispatchWorkgroupsIndirect = function counted(...args) {
    count += 1;
    return dispatchWorkgroupsIndirect.apply(this, args);
  };
  return () => count;
}
