// The form with a run's settings: what they are, which of them cannot be used, and what fits a model.

import { DEFAULTS, usualOf } from "../../lib/settings.js";
import { SHIPPED, USUAL_GUIDANCE } from "../../lib/shipped.js";
import { words as all } from "../../words/words.js";
import { Chips, fillKeys } from "../shared/chips.js";
import { byId } from "../shared/dom.js";

/** @typedef {import("../../lib/settings.js").Settings} Settings */
/** @typedef {import("../../lib/pool.js").Info} Info */
/** @typedef {import("../shared/address.js").View} View */
/** @typedef {import("../shared/address.js").Wrong} Wrong */
/** The classes that are asked for, as an address and as a sentence calls them, and each image's; null where none is. @typedef {{ key: string, words: string | null, names: string[] | null }} Asked */

const { labelOf, about, guidedFrom, seedMisfit, stepsMisfit, etaMisfit } = all.generate;

/** Seeds are drawn below this: short ones, though longer ones can be typed. */
const SEEDS = 10_000;
/** The spacing of models that were distilled, and of no others. */
const DISTILLED = "distilled";

const form = byId("controls");
const [seed, sampler, from, steps, spacing, eta, guidance, guidanceFrom, few] =
  ["seed", "sampler", "from", "steps", "spacing", "eta", "guidance", "guidance-from", "few"].map(byId);
const chips = new Chips(byId("class"), showUsed);

/** What the loaded model offers. @type {Info | null} */
let offered = null;
/** The guidance that the loaded model's runs are begun with, and from which timestep on. */
let usual = [guidance, guidanceFrom].map(({ valueAsNumber }) => valueAsNumber);

/** Offers what this model can run with. @param {Info} info @param {string | null} shipped its name, if it came with the page */
export function fitSettings(info, shipped) {
  const { schedule: { timesteps }, metadata, classes, samplers, spacings } = info;
  if (steps.value === "" || steps.value === steps.max || steps.valueAsNumber > timesteps) {
    steps.value = String(timesteps);
    // Whoever is about to type a number does not type it behind this one.
    if (steps === document.activeElement) steps.select();
  }
  steps.max = String(timesteps);
  // A file that does not say its pictures' mean has pure noise alone.
  const [matched] = from.options;
  const known = metadata?.pixels != null;
  if (known === matched.disabled) from.value = known ? "matched" : "pure";
  matched.disabled = !known;
  offered = info;
  offer(sampler, samplers.map(({ name }) => [name, labelOf(name)]));
  offer(spacing, spacings.filter(({ name }) => name !== DISTILLED).map(({ name }) => [name, labelOf(name)]));
  chips.offer(classes, SHIPPED[shipped]?.class);
  byId("classes").hidden = classes.length === 0;
  const last = timesteps - 1;
  guidanceFrom.max = String(last);
  offerGuidance([SHIPPED[shipped]?.guidance ?? USUAL_GUIDANCE, SHIPPED[shipped]?.guidance_from ?? last]);
  offerFew(metadata?.distilled?.steps ?? null);
  showUsed();
}

/** Whoever has moved a slider keeps both where they are. @param {number[]} next the model's own */
function offerGuidance(next) {
  const sliders = [guidance, guidanceFrom];
  const moved = sliders.some(({ valueAsNumber }, k) => valueAsNumber !== usual[k]);
  if (!moved) sliders.forEach((slider, k) => { slider.value = String(next[k]); });
  usual = moved ? next : sliders.map(({ valueAsNumber }) => valueAsNumber);
}

/** A model that was distilled takes these numbers of steps alone, and nothing of how they are taken can be chosen. @param {number[] | null} steps */
function offerFew(steps) {
  for (const field of form.querySelectorAll("[data-many]")) field.hidden = steps !== null;
  for (const id of ["classed", "classed-from"]) byId(id).hidden = steps !== null || offered.classes.length === 0;
  byId("few-field").hidden = steps === null;
  if (steps === null) return;
  const texts = steps.map(String);
  const before = few.querySelector(":checked")?.value;
  fillKeys(few, texts.map((n) => [n, n]), texts.includes(before) ? before : String(Math.max(...steps)));
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

/** @returns {Settings} */
export function settings() {
  const images = Number(new FormData(form).get("count"));
  const all = {
    ...DEFAULTS, seed: seed.valueAsNumber, count: images, start: from.value, classes: chips.classes(images),
  };
  if (isDistilled()) return { ...all, eta: 0, guidance: 1, .../** @type {any} */ (usualOf(offered)), steps: Number(few.querySelector(":checked").value) };
  return {
    ...all,
    sampler: sampler.value,
    steps: steps.valueAsNumber,
    spacing: spacing.value,
    eta: eta.disabled ? 0 : eta.valueAsNumber,
    guidance: guidance.disabled ? 1 : guidance.valueAsNumber,
    guidance_from: guidance.disabled ? null : guidanceFrom.valueAsNumber,
  };
}

/** @returns {Asked} */
export function askedFor() {
  return { key: chips.key, words: chips.words, names: chips.namesOf(Number(new FormData(form).get("count"))) };
}

/** Whether the model's steps cannot be chosen freely. */
const isDistilled = () => offered?.metadata?.distilled != null;

/** The first setting that cannot be used, in a sentence; its input has the focus then. @returns {string | null} */
export function misfit() {
  const words = new Map([[seed, seedMisfit(seed.max)]]);
  if (!isDistilled()) {
    words.set(steps, stepsMisfit(steps.max)).set(eta, etaMisfit);
  }
  const bad = [...words.keys()].find((input) => !input.disabled && !input.validity.valid && !input.validity.stepMismatch)
    ?? [seed, steps].find((input) => words.has(input) && input.validity.stepMismatch);
  if (bad === undefined) return null;
  if (byId("settings").open) bad.focus();
  return words.get(bad);
}

/** Chooses what a link or a kept run says; the rest stays. @param {View} view @returns {Wrong[]} what this model cannot do */
export function fill(view) {
  /** @type {Wrong[]} */
  const wrong = [];
  const refuse = (key, words) => wrong.push({ key, value: String(view[key]), words });
  const pick = (key, menu) => {
    const offers = [...menu.options].filter(({ disabled }) => !disabled).map(({ value }) => value);
    if (offers.includes(view[key])) menu.value = view[key];
    else if (view[key] !== undefined) refuse(key, all.address.oneOf(offers));
  };
  const check = (key, box) => {
    const keys = [...box.querySelectorAll("input")];
    const wanted = keys.find(({ value }) => value === String(view[key]));
    if (wanted !== undefined) wanted.checked = true;
    else if (view[key] !== undefined) refuse(key, all.address.oneOf(keys.map(({ value }) => value)));
  };
  if (view.seed !== undefined) seed.value = String(view.seed);
  check("count", byId("count"));
  pick("start", from);
  if (view.class !== undefined && !chips.choose(view.class)) refuse("class", all.address.oneOf(["any", "each", ...offered.classes]));
  if (view.guidance !== undefined) guidance.value = String(view.guidance);
  if (view.guidance_from > Number(guidanceFrom.max)) refuse("guidance_from", all.address.whole(0, Number(guidanceFrom.max)));
  else if (view.guidance_from !== undefined) guidanceFrom.value = String(view.guidance_from);
  if (isDistilled()) {
    check("steps", few);
  } else {
    pick("sampler", sampler);
    pick("spacing", spacing);
    if (view.steps > Number(steps.max)) refuse("steps", all.address.whole(1, Number(steps.max)));
    else if (view.steps !== undefined) steps.value = String(view.steps);
    if (view.eta !== undefined) eta.value = String(view.eta);
  }
  showUsed();
  return wrong;
}

/** Draws another seed at random. */
export function rollSeed() {
  const before = seed.value;
  while (seed.value === before) seed.value = String(Math.floor(Math.random() * SEEDS));
}

/** Chooses DDIM with so many steps. @param {number} few */
export function takeFewer(few) {
  sampler.value = "ddim";
  steps.value = String(few);
  showUsed();
}

/** Some samplers have no η, and runs without a class no guidance. The menus' titles tell what is chosen. */
function showUsed() {
  const chosen = offered?.samplers.find(({ name }) => name === sampler.value);
  eta.disabled = chosen?.takes_eta !== true;
  [guidance, guidanceFrom].forEach((slider) => { slider.disabled = chips.isAny; });
  byId("guidance-text").textContent = chips.isAny ? all.shared.none : guidance.valueAsNumber.toFixed(1);
  byId("guidance-from-text").textContent = guidedFrom(chips.isAny, guidance.valueAsNumber, guidanceFrom.value);
  sampler.title = about(sampler.value, chosen?.about ?? "");
  spacing.title = about(spacing.value, offered?.spacings.find(({ name }) => name === spacing.value)?.about ?? "");
}

// Without this the browser would show its own bubbles, in its own language.
form.noValidate = true;
[sampler, spacing].forEach((menu) => menu.addEventListener("change", showUsed));
[guidance, guidanceFrom].forEach((slider) => slider.addEventListener("input", showUsed));
