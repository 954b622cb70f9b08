// The form with a run's settings: what they are, which of them cannot be used, and what fits a model.

import { count } from "../../lib/text.js";
import { byId } from "../shared/dom.js";

/** @typedef {import("../../lib/pool.js").Settings} Settings */

/** Seeds are drawn and typed below this. */
const SEEDS = 2 ** 32;

const form = byId("controls");
const [seed, sampler, from, steps, eta] = ["seed", "sampler", "from", "steps", "eta"].map(byId);

/** The form shows settings that this model can run with. @param {import("../../lib/pool.js").Info} info */
export function fitSettings({ schedule: { timesteps }, metadata }) {
  if (steps.value === "" || steps.value === steps.max || steps.valueAsNumber > timesteps) steps.value = String(timesteps);
  steps.max = String(timesteps);
  // A file that does not say its pictures' mean has pure noise alone.
  const [matched] = from.options;
  const known = metadata?.pixels != null;
  if (known === matched.disabled) from.value = known ? "matched" : "pure";
  matched.disabled = !known;
}

/** @returns {Settings} */
export function settings() {
  const ddim = sampler.value === "ddim";
  return {
    seed: seed.valueAsNumber,
    count: Number(new FormData(form).get("count")),
    sampler: sampler.value,
    steps: steps.valueAsNumber,
    eta: ddim ? eta.valueAsNumber : 0,
    start: from.value,
  };
}

/** The first setting that cannot be used, in a sentence; its input has the focus then. @returns {string | null} */
export function misfit() {
  const words = new Map([
    [seed, `The seed is a whole number from 0 to ${count(seed.max)}.`],
    [steps, `Steps: a whole number from 1 to ${count(steps.max)}.`],
    [eta, "η is a number from 0 to 1."],
  ]);
  const bad = [...words.keys()].find((input) => !input.disabled && !input.validity.valid && !input.validity.stepMismatch)
    ?? [seed, steps].find((input) => input.validity.stepMismatch);
  if (bad === undefined) return null;
  if (byId("settings").open) bad.focus();
  return words.get(bad);
}

/** A seed of chance. */
export function rollSeed() {
  seed.value = String(Math.floor(Math.random() * SEEDS));
}

/** So many steps of DDIM. @param {number} few */
export function takeFewer(few) {
  sampler.value = "ddim";
  steps.value = String(few);
  showEta();
}

function showEta() {
  eta.disabled = sampler.value !== "ddim";
}

// The browser's own bubbles would come first, in its language and out of place.
form.noValidate = true;
sampler.addEventListener("change", showEta);
