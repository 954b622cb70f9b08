// The form with a run's settings: what they are, which of them cannot be used, and what fits a model.

import { count } from "../../lib/text.js";
import { byId } from "../shared/dom.js";

/** @typedef {import("../../lib/settings.js").Settings} Settings */
/** @typedef {import("../../lib/pool.js").Info} Info */

/** Seeds are drawn below this: short ones, though longer ones can be typed. */
const SEEDS = 2 ** 32;
/** The class menu's first and last choice. A class's value there is its number. */
const [ANY, EACH] = ["any", "each"];
/** How the menus call samplers and spacings. Others go by the program's own names. */
const LABELS = {
  ddpm: "DDPM, σ² = β", "ddpm-posterior": "DDPM, posterior σ²", ddim: "DDIM", "dpm-solver-pp": "DPM-Solver++(2M)",
  even: "even in t", "log-snr": "even in log-SNR", halfway: "halfway between",
};

const form = byId("controls");
const [seed, sampler, from, steps, spacing, eta, kind, guidance] =
  ["seed", "sampler", "from", "steps", "spacing", "eta", "class", "guidance"].map(byId);

/** What the loaded model offers. @type {Pick<Info, "classes" | "samplers" | "spacings">} */
let offered = { classes: [], samplers: [], spacings: [] };

/** Offers what this model can run with. @param {Info} info */
export function fitSettings(info) {
  const { schedule: { timesteps }, metadata, classes, samplers, spacings } = info;
  if (steps.value === "" || steps.value === steps.max || steps.valueAsNumber > timesteps) steps.value = String(timesteps);
  steps.max = String(timesteps);
  // A file that does not say its pictures' mean has pure noise alone.
  const [matched] = from.options;
  const known = metadata?.pixels != null;
  if (known === matched.disabled) from.value = known ? "matched" : "pure";
  matched.disabled = !known;
  offered = info;
  offer(sampler, samplers.map(({ name }) => [name, LABELS[name] ?? name]));
  offer(spacing, spacings.map(({ name }) => [name, LABELS[name] ?? name]));
  const named = classes.map((name, k) => [String(k), name]);
  offer(kind, named.length > 0 ? [[ANY, "any"], ...named, [EACH, "one of each"]] : [[ANY, "any"]]);
  byId("classed").hidden = classes.length === 0;
  showUsed();
}

/**
 * Fills a menu. What was chosen stays, where there is a choice of the same text; else the first is chosen.
 * @param {HTMLSelectElement} menu
 * @param {string[][]} choices a value and a text each
 */
function offer(menu, choices) {
  const texts = [...menu.options].map(({ text }) => text);
  if (texts.join("\n") === choices.map(([, text]) => text).join("\n")) return; // the menu may be open
  const before = menu.selectedOptions[0]?.text;
  menu.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  menu.value = (choices.find(([, text]) => text === before) ?? choices[0])[0];
}

/** @param {number} images @returns {Settings["classes"]} */
function wantedClasses(images) {
  if (kind.value === ANY) return null;
  return kind.value === EACH ? Array.from({ length: images }, (_, k) => k % offered.classes.length) : Number(kind.value);
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

/** Some samplers have no η, and runs without a class no guidance. The menus' titles tell what is chosen. */
function showUsed() {
  const chosen = offered.samplers.find(({ name }) => name === sampler.value);
  eta.disabled = chosen?.takes_eta !== true;
  guidance.disabled = kind.value === ANY;
  sampler.title = chosen?.about ?? "";
  spacing.title = offered.spacings.find(({ name }) => name === spacing.value)?.about ?? "";
}

// Without this the browser would show its own bubbles, in its own language.
form.noValidate = true;
[sampler, spacing, kind].forEach((menu) => menu.addEventListener("change", showUsed));
