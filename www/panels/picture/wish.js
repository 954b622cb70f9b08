// The run that the section's controls ask for.

import { SHIPPED, USUAL_GUIDANCE } from "../../lib/shipped.js";
import { byId } from "../shared/dom.js";
import { maskOf } from "./canvas.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../../lib/settings.js").Settings} Settings */
/** All of a run but the picture and its mask. @typedef {Partial<Settings> & { steps: number, t: number }} Wish */

const guidance = byId("picture-guidance");

/** @param {string} name */
const key = (name) => Number(byId(name).querySelector(":checked").value);

/** Guidance as the model's runs are begun with. @param {Engine} engine */
export const usualGuidance = ({ shipped }) => String(SHIPPED[shipped]?.guidance ?? USUAL_GUIDANCE);

/**
 * @param {Engine} engine
 * @param {{ chips: import("../shared/chips.js").Chips, seed: number, count: number, t: number }} wanted
 * @returns {Wish}
 */
export function wishOf({ shipped }, { chips, seed, count, t }) {
  return {
    t,
    seed,
    count,
    classes: chips.classes(count),
    guidance: chips.isAny ? 1 : guidance.valueAsNumber,
    guidance_from: SHIPPED[shipped]?.guidance_from ?? null,
    sampler: "dpm-solver-pp",
    spacing: "halfway",
    steps: Math.min(key("picture-steps"), t + 1),
    ...(maskOf() !== null && { visits: key("picture-visits") }),
  };
}

/** @param {Wish} wish @param {Uint8Array} bytes of the picture @returns {Partial<Settings>} */
export function runOf({ t, ...settings }, bytes) {
  const mask = maskOf();
  return { ...settings, picture: { bytes, t }, ...(mask !== null && { mask }) };
}
