// How a step works: one picture's run on workers of its own, one step of it laid open in pictures, formulas and words.

import { EngineFailure } from "../lib/errors.js";
import { usualOf } from "../lib/settings.js";
import { words } from "../words/words.js";
import { Chips, fillKeys } from "./shared/chips.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { prose } from "./shared/math.js";
import { nameOf } from "./shared/named.js";
import { newest } from "./shared/newest.js";
import { ofChips, ofInput, ofKeys, ofMenu, ofPlace, Part } from "./shared/part.js";
import { lines } from "./step/formula.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/beside.js").Beside} Beside */
/** @typedef {import("../lib/pool.js").Trace} Trace */
/** @typedef {import("../lib/settings.js").Settings} Settings */

const { computing, computed, failed, labels, place, range, sentences } = words.step;

/** The pictures of a step, by what they are called in it. @type {readonly ["x_t", "eps", "x_0", "mean", "noise", "next"]} */
const TERMS = ["x_t", "eps", "x_0", "mean", "noise", "next"];
/** Numbers of steps that are offered, besides one for each timestep. */
const STEPS = [5, 10, 20, 50];
const USUAL_STEPS = 50;
/** Seeds are drawn below this. */
const SEEDS = 10_000;
/** Keys that walk through the run, and how far. */
const WALKS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

const section = byId("one-step");
const [slider, first, back, forth, last, sampler, steps, eta, seed, dice, line] =
  ["position", "first", "back", "forth", "last", "sampler", "steps", "eta", "seed", "dice", "line"].map((id) => byId(`one-step-${id}`));
const chips = new Chips(byId("one-step-class"), ask, { each: false });
const controls = [sampler, seed, dice, ...eta.querySelectorAll("input")];

/** @type {Engine} */
let engine;
/** The weights that are or will be opened. @type {Uint8Array | null} */
let weights = null;
/** It is opened when the section is seen. @type {Promise<Beside> | null} */
let opened = null;
/** The number of steps on a page that was just opened. */
let usualSteps = String(USUAL_STEPS);
/** The steps of the run that is shown, and what it was made with. @type {{ steps: Trace[], sampler: string, beside: Beside } | null} */
let run = null;

const runs = newest({
  wish: () => JSON.stringify(wanted()),
  serve: show,
  line: byId("one-step-error"),
  words: failed,
  boxes: [byId("one-step-terms")],
  section,
});

const part = new Part(section, {
  class: ofChips(chips),
  sampler: ofMenu(sampler),
  eta: ofKeys(eta),
  steps: ofKeys(steps, () => usualSteps),
  seed: ofInput(seed),
  at: ofPlace(slider, () => chosenSteps()),
});

/** @returns {string | undefined} */
const chosenSteps = () => steps.querySelector(":checked")?.value;

/** @returns {Partial<Settings>} */
function wanted() {
  const distilled = usualOf(engine.info);
  return {
    seed: seed.valueAsNumber,
    count: 1,
    classes: chips.classes(1),
    sampler: sampler.value,
    eta: sampler.value === "ddim" ? Number(eta.querySelector(":checked").value) : 0,
    ...distilled,
    steps: Number(chosenSteps()),
  };
}

/** Where it did not come, the next try opens it again. */
function model() {
  opened ??= engine.openBeside(weights).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

function forget() {
  opened?.then((beside) => beside.close(), () => {});
  opened = null;
}

async function show() {
  line.textContent = computing;
  const settings = wanted();
  try {
    const beside = await model();
    const began = performance.now();
    const traced = await beside.trace(settings);
    line.textContent = computed(traced.length, performance.now() - began);
    run = { steps: traced, sampler: settings.sampler, beside };
  } catch (error) {
    line.textContent = "";
    if (error instanceof EngineFailure) forget(); // its workers have ended
    throw error;
  }
  const share = slider.valueAsNumber / Number(slider.max);
  slider.max = String(run.steps.length);
  slider.value = String(Math.max(1, Math.round(share * run.steps.length)));
  showStep();
}

/** What a term's pixels were before they were cut to what can be shown. @param {{ min: number, max: number }} range */
const rangeOf = ({ min, max }) => range(signed(min), signed(max));

/** @param {number} value */
function signed(value) {
  return value.toFixed(1).replace("-0.0", "0.0").replace("-", "−");
}

/** Shows the step that the slider is at. */
function showStep() {
  if (run === null) return;
  const step = run.steps[slider.valueAsNumber - 1];
  const { info } = run.beside;
  for (const term of TERMS) {
    draw(byId(`one-step-${term}`), step[term], info.image);
    byId(`one-step-${term}-range`).textContent = rangeOf(step.ranges[term]);
  }
  const fresh = step.coefficients.z !== 0;
  byId("one-step-fresh").classList.toggle("unused", !fresh);
  byId("one-step-text").textContent = place(step);
  slider.setAttribute("aria-valuetext", place(step));
  part.note();
  const { prediction } = info.schedule;
  byId("one-step-formulas").replaceChildren(...lines(run.sampler, prediction, step).map(item));
  byId("one-step-words").replaceChildren(...sentences(run.sampler, prediction, step).map((sentence) => {
    const element = document.createElement("li");
    element.append(...prose(sentence));
    return element;
  }));
  [slider, first, back, forth, last].forEach((control) => { control.disabled = false; });
  [first, back].forEach((button) => { button.disabled = step.done <= 1; });
  [forth, last].forEach((button) => { button.disabled = step.done >= step.total; });
}

/** One formula, as an item of the list. @param {import("./step/formula.js").Line} line */
function item({ is, named, filled }) {
  const [li, label, symbols, numbers] = ["li", "span", "span", "span"].map((name) => document.createElement(name));
  label.className = "label";
  label.textContent = labels[is];
  symbols.append(...named);
  li.append(label, symbols);
  if (filled !== null) {
    numbers.className = "filled";
    numbers.append(...filled);
    li.append(numbers);
  }
  return li;
}

/** @param {number} steps */
function moveBy(steps) {
  if (run === null) return;
  const focused = document.activeElement;
  slider.value = String(Math.min(Math.max(slider.valueAsNumber + steps, 1), run.steps.length));
  showStep();
  // A button that is disabled loses the focus, and with it the arrow keys.
  if (focused !== document.activeElement || /** @type {any} */ (focused)?.disabled) slider.focus();
}

function ask() {
  byId("one-step-eta-field").hidden = sampler.value !== "ddim" || byId("one-step-sampler-field").hidden;
  part.note();
  runs.ask();
}

/** Offers what the model can run with. */
function offer() {
  const { info } = engine;
  const { classes, metadata, schedule: { timesteps } } = info;
  const few = metadata?.distilled?.steps;
  byId("one-step-model").textContent = nameOf(engine);
  chips.offer(classes);
  byId("one-step-classes").hidden = classes.length === 0;
  byId("one-step-sampler-field").hidden = few !== undefined;
  const before = Number(steps.querySelector(":checked")?.value);
  const choices = few === undefined ? [...STEPS.filter((count) => count < timesteps), timesteps] : [...few].sort((a, b) => a - b);
  const [chosen, usual] = [[before, USUAL_STEPS, choices.at(-1)], [USUAL_STEPS, choices.at(-1)]]
    .map((wishes) => wishes.find((count) => choices.includes(count)));
  usualSteps = String(usual);
  fillKeys(steps, choices.map((count) => [String(count), String(count)]), String(chosen));
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  if (weights !== engine.weights) {
    weights = engine.weights;
    forget();
    offer();
    part.meet();
    controls.forEach((control) => { control.disabled = false; });
  }
  ask();
  runs.renew();
}

slider.addEventListener("input", showStep);
[sampler, steps, eta].forEach((control) => control.addEventListener("change", ask));
seed.addEventListener("input", ask);
dice.addEventListener("click", () => {
  seed.value = String(Math.floor(Math.random() * SEEDS));
  ask();
});
back.addEventListener("click", () => moveBy(-1));
forth.addEventListener("click", () => moveBy(1));
first.addEventListener("click", () => moveBy(-Infinity));
last.addEventListener("click", () => moveBy(Infinity));
byId("one-step-walk").addEventListener("keydown", (event) => {
  const steps = WALKS[event.key];
  if (steps === undefined || event.target === slider || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); // the keys of the run above
  moveBy(steps);
});
