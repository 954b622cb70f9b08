// What a worker puts between the program and the browser's WebGPU, before the program asks for a device: time limits, a
// watch for the device's loss, answers without delay, and a counter for the bench.

import { asked } from "./webgpu.js";

/** A map that has nothing to wait for and takes longer, in milliseconds, is answered by a timer. Firefox's has 100. */
const LATE_MS = 20;
/** It is measured so many times: the first map may wait for the browser's graphics process to start. */
const TRIES = 2;

/**
 * Readies WebGPU for the program.
 * @param {(reason: string) => void} tell told when a device is lost or refuses something
 */
export function guardWebGpu(tell) {
  const { requestAdapter } = GPU.prototype;
  GPU.prototype.requestAdapter = function guarded(...args) {
    return asked(requestAdapter.apply(this, args));
  };
  // The program reads an adapter's `info`, which browsers have since 2024.
  if (!("info" in GPUAdapter.prototype)) {
    Object.defineProperty(GPUAdapter.prototype, "info", { get: () => ({ vendor: "", architecture: "", device: "", description: "" }) });
  }
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function guarded(...args) {
    const device = await asked(requestDevice.apply(this, args));
    device.lost.then(({ message }) => tell(`WebGPU was lost${message ? ` (${message})` : ""}`));
    device.addEventListener("uncapturederror", ({ error }) => tell(`WebGPU refused a command (${error.message})`));
    await asked(hasten(device)).catch(() => {}); // whoever maps next is told
    return device;
  };
}

/**
 * Firefox looks for finished maps by a timer, and when something is submitted. Where maps come late, and where it helps,
 * the queue is kept moving by empty submissions while one is pending.
 * @param {GPUDevice} device
 */
async function hasten(device) {
  const plain = await mapMs(device);
  if (plain < LATE_MS) return;
  const { mapAsync } = GPUBuffer.prototype;
  GPUBuffer.prototype.mapAsync = function hastened(...args) {
    const mapped = mapAsync.apply(this, args);
    const nudge = setInterval(() => device.queue.submit([]), 1);
    return mapped.finally(() => clearInterval(nudge));
  };
  if (await mapMs(device) > plain / 2) GPUBuffer.prototype.mapAsync = mapAsync;
}

/** The shortest time that a map of an idle buffer takes, in milliseconds. @param {GPUDevice} device */
async function mapMs(device) {
  const buffer = device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  let shortest = Infinity;
  for (let tries = 0; tries < TRIES && shortest > LATE_MS; tries += 1) {
    const before = performance.now();
    await buffer.mapAsync(GPUMapMode.READ);
    shortest = Math.min(shortest, performance.now() - before);
    buffer.unmap();
  }
  buffer.destroy();
  return shortest;
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
