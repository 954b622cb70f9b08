// The form with a run's settings: what they are, which of them cannot be used, and what fits a model.

import { count } from "../../lib/text.js";
import { byId } from "../shared/dom.js";

/** @typedef {import("../../lib/settings.js").Settings} Settings */

/** Seeds are drawn and typed below this. */
const SEEDS = 2 ** 32;
/** The class menu's first and last choice. A class's value there is its number. */
const ANY = "any";
const EACH = "each";

const form = byId("controls");
const [seed, sampler, from, steps, spacing, eta, kind, guidance] =
  ["seed", "sampler", "from", "steps", "spacing", "eta", "class", "guidance"].map(byId);

/** The names of the classes that the model can be told. @type {readonly string[]} */
let classes = [];

/** Offers what this model can run with. @param {import("../../lib/pool.js").Info} info */
export function fitSettings({ schedule: { timesteps }, metadata, classes: names }) {
  if (steps.value === "" || steps.value === steps.max || steps.valueAsNumber > timesteps) steps.value = String(timesteps);
  steps.max = String(timesteps);
  // A file that does not say its pictures' mean has pure noise alone.
  const [matched] = from.options;
  const known = metadata?.pixels != null;
  if (known === matched.disabled) from.value = known ? "matched" : "pure";
  matched.disabled = !known;
  fitClasses(names);
}

/** A class stays chosen where the new model has one of the same name. @param {readonly string[]} names */
function fitClasses(names) {
  const before = kind.value === ANY || kind.value === EACH ? kind.value : String(names.indexOf(classes[kind.value]));
  classes = names;
  const choices = [["any", ANY], ...names.map((name, k) => [name, String(k)]), ["one of each", EACH]];
  kind.replaceChildren(...choices.map(([text, value]) => new Option(text, value)));
  kind.value = names.length > 0 && before !== "-1" ? before : ANY;
  byId("classed").hidden = names.length === 0;
  showUsed();
}

/** @param {number} images @returns {Settings["classes"]} */
function wantedClasses(images) {
  if (kind.value === ANY) return null;
  return kind.value === EACH ? Array.from({ length: images }, (_, k) => k % classes.length) : Number(kind.value);
}

/** @returns {Settings} */
export function settings() {
  const images = Number(new FormData(form).get("count"));
  return {
    seed: seed.valueAsNumber,
    count: images,
    sampler: sampler.value,
    steps: steps.valueAsNumber,
    spacing: spacing.value,
    eta: eta.disabled ? 0 : eta.valueAsNumber,
    start: from.value,
    classes: wantedClasses(images),
    guidance: guidance.disabled ? 1 : guidance.valueAsNumber,
  };
}

/** The first setting that cannot be used, in a sentence; its input has the focus then. @returns {string | null} */
export function misfit() {
  const words = new Map([
    [seed, `The seed is a whole number from 0 to ${count(seed.max)}.`],
    [steps, `Steps: a whole number from 1 to ${count(steps.max)}.`],
    [eta, "η is a number from 0 to 1."],
    [guidance, `Guidance is a number from ${guidance.min} to ${guidance.max}.`],
  ]);
  const bad = [...words.keys()].find((input) => !input.disabled && !input.validity.valid && !input.validity.stepMismatch)
    ?? [seed, steps].find((input) => input.validity.stepMismatch);
  if (bad === undefined) return null;
  if (byId("settings").open) bad.focus();
  return words.get(bad);
}

/** Draws a seed at random. */
export function rollSeed() {
  seed.value = String(Math.floor(Math.random() * SEEDS));
}

/** Chooses DDIM with so many steps. @param {number} few */
export function takeFewer(few) {
  sampler.value = "ddim";
  steps.value = String(few);
  showUsed();
}

/** Only DDIM has an η, and only runs with a class have guidance. */
function showUsed() {
  eta.disabled = sampler.value !== "ddim";
  guidance.disabled = kind.value === ANY;
}

// Without this the browser would show its own bubbles, in its own language.
form.noValidate = true;
sampler.addEventListener("change", showUsed);
kind.addEventListener("change", showUsed);
