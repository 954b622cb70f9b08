// The engines there are. Everything that differs between them before they run is written in this table.

import { DdpmError } from "./errors.js";

/**
 * @typedef {object} EngineKind
 * @property {string} name as `createEngine`, the address and the program call it
 * @property {string} label as the page calls it
 * @property {"ddpm" | "ddpm-burn"} program what holds it: Burn's engines, the reference, have one of their own
 * @property {"cpu" | "webgpu"} hardware
 * @property {boolean} splits several workers share a batch
 * @property {string[]} features what it needs of a graphics adapter
 */

/** @type {readonly EngineKind[]} */
const KINDS = Object.freeze([
  { name: "cpu", label: "CPU", program: "ddpm", hardware: "cpu", splits: true, features: [] },
  { name: "webgpu", label: "WebGPU", program: "ddpm", hardware: "webgpu", splits: false, features: [] },
  { name: "burn-cpu", label: "Burn on the CPU", program: "ddpm-burn", hardware: "cpu", splits: true, features: [] },
  // burn-wgpu panics on an adapter without this feature.
  { name: "burn-webgpu", label: "Burn on WebGPU", program: "ddpm-burn", hardware: "webgpu", splits: false, features: ["timestamp-query"] },
]);

/** Their names. */
export const ENGINES = Object.freeze(KINDS.map(({ name }) => name));

/**
 * @param {string} name one of {@link ENGINES}
 * @param {string} [other] what may be chosen instead of an engine
 */
export function engineNamed(name, other) {
  const kind = KINDS.find((one) => one.name === name);
  if (kind !== undefined) return kind;
  throw new DdpmError(`There is no engine "${name}": choose ${[other, ...ENGINES].filter(Boolean).join(", ")}`);
}
