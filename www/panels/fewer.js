// Fewer steps: one noise, brought to pictures in more and more steps side by side, with the time that each run took. The model at
// the top does it once more beside itself, on workers of its own, and the few-steps model beside that.

import { sentenceOf } from "../lib/errors.js";
import { MODELS } from "../lib/models.js";
import { usualOf } from "../lib/settings.js";
import { SHIPPED, USUAL_GUIDANCE } from "../lib/shipped.js";
import { Columns } from "./fewer/columns.js";
import { showMeasured, tellLoaded } from "./fewer/measured.js";
import { Opened } from "./shared/opened.js";
import { words as all } from "../words/words.js";
import { Chips } from "./shared/chips.js";
import { byId, showError } from "./shared/dom.js";
import { nameOf } from "./shared/named.js";
import { newest } from "./shared/newest.js";
import { ofChips, ofInput, ofKeys, ofMenu, Part } from "./shared/part.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/settings.js").Settings} Settings */

const words = all.fewer;

const STEPS = [5, 10, 20, 50, 200];
/** Pictures in a column. */
const COUNT = 4;
/** Makes a picture in a step. It was distilled from the page's own. */
const FEW = "few-steps";
/** Steps of that model, until it says which it has. */
const FEW_STEPS = [1, 2, 4];
/** Seeds are drawn below this. */
const SEEDS = 10_000;

const section = byId("fewer");
const [sampler, eta, spacing, seed, dice, line, fewError] =
  ["sampler", "eta", "spacing", "seed", "dice", "line", "few-error"].map((id) => byId(`fewer-${id}`));
const chips = new Chips(byId("fewer-class"), ask, { each: false });
const columns = new Columns(byId("fewer-columns"));
const fewColumns = new Columns(byId("fewer-few-columns"));

const part = new Part(section, {
  class: ofChips(chips), sampler: ofMenu(sampler), spacing: ofKeys(spacing), eta: ofInput(eta), seed: ofInput(seed),
});

/** @type {Engine} */
let engine;
/** The model that the section is fitted to. @type {Uint8Array | null} */
let fitted = null;
const own = new Opened(() => opened(engine.weights));
const few = new Opened(async () => {
  line.textContent = words.loading(all.shared.modelName(FEW), SHIPPED[FEW].megabytes);
  return opened(await engine.shippedBytes(FEW));
});
/** What the columns show, or are about to. */
let made = "";
/** The seed that was typed last, if it is one. */
let usedSeed = seed.valueAsNumber;

const pictures = newest({
  wish: () => JSON.stringify(wanted()),
  serve: show,
  line: byId("fewer-error"),
  words: words.failed,
  section,
});
const measured = newest({
  wish: () => fitted,
  serve: async () => {
    await showMeasured();
    tellLoaded(nameOf(engine), engine.info.metadata?.sha256);
  },
  line: byId("fewer-measured-error"),
  words: words.measuredFailed,
  section: byId("fewer-measured"),
});

/** A first run, of which nothing is shown: what it takes to begin is in no time below a column. @param {Uint8Array} weights */
async function opened(weights) {
  const beside = await engine.openBeside(weights);
  await beside.pictures({ count: COUNT, steps: Math.min(STEPS[0], beside.info.schedule.timesteps), ...usualOf(beside.info) });
  return beside;
}

/** The steps of a model that takes no others; null for the rest. @param {import("../lib/pool.js").Info} info @returns {number[] | null} */
function ownSteps({ metadata }) {
  const steps = metadata?.distilled?.steps;
  return steps === undefined ? null : [...steps].sort((a, b) => a - b);
}

const isDistilled = () => ownSteps(engine.info) !== null;
const takesEta = () => engine.info.samplers.find(({ name }) => name === sampler.value)?.takes_eta === true;
const chosenSpacing = () => spacing.querySelector(":checked");

/** What both models are told. @returns {Partial<Settings>} */
function shared() {
  return { seed: usedSeed, count: COUNT, classes: chips.isAny ? null : chips.key };
}

/** All but the steps. @returns {Partial<Settings>} */
function wanted() {
  if (isDistilled()) return { ...shared(), ...usualOf(engine.info) };
  const { guidance, guidance_from: from } = SHIPPED[engine.shipped] ?? {};
  return {
    ...shared(),
    sampler: sampler.value,
    eta: takesEta() ? eta.valueAsNumber : 0,
    spacing: chosenSpacing().value,
    ...(!chips.isAny && { guidance: guidance ?? USUAL_GUIDANCE, guidance_from: from ?? null }),
  };
}

/**
 * Makes the pictures that a model's columns wait for.
 * @param {Columns} into
 * @param {Opened} model
 * @param {Partial<Settings>} settings
 * @param {() => boolean} isCurrent
 */
async function fill(into, model, settings, isCurrent) {
  const { info } = await model.get();
  for (const column of into.waiting) {
    if (!isCurrent()) return;
    const { steps } = column;
    line.textContent = words.computing(steps);
    column.begin();
    const before = performance.now();
    const bytes = await model.pictures({ ...settings, steps });
    column.show(bytes, info.image, performance.now() - before);
  }
}

/** @param {string} wish @param {() => boolean} isCurrent */
async function show(wish, isCurrent) {
  const settings = wanted();
  if (made !== wish) {
    made = wish;
    columns.wait(`${settings.sampler} ${settings.guidance}`);
    fewColumns.wait("");
  }
  showCaptions(settings);
  if (!own.isOpen) line.textContent = words.opening;
  try {
    await fill(columns, own, settings, isCurrent);
  } catch (error) {
    if (isCurrent()) {
      columns.fail();
      fewColumns.fail();
      line.textContent = "";
    }
    throw error;
  }
  if (isCurrent()) await showFew(isCurrent);
  if (!isCurrent()) return;
  line.textContent = words.times(COUNT, (await own.get()).workersFor(COUNT), columns.runs);
  section.dataset.done = String(Number(section.dataset.done ?? 0) + 1);
}

/** The other pictures stay where the few-steps model does not come. @param {() => boolean} isCurrent */
async function showFew(isCurrent) {
  if (byId("fewer-few").hidden) return;
  try {
    const { info } = await few.get();
    fewColumns.offer(ownSteps(info) ?? FEW_STEPS, all.shared.modelName(FEW));
    await fill(fewColumns, few, shared(), isCurrent);
    showError(fewError, null);
  } catch (error) {
    if (!isCurrent()) return;
    fewColumns.fail();
    showError(fewError, words.fewFailed(sentenceOf(error)), pictures.renew);
  }
}

/** @param {Partial<Settings>} settings */
function showCaptions({ guidance, guidance_from: from, eta: noise }) {
  const model = nameOf(engine);
  byId("fewer-caption").textContent = isDistilled() ? words.fewCaption(model) : words.caption({
    model,
    sampler: sampler.selectedOptions[0].text,
    eta: takesEta() ? noise : null,
    spacing: chosenSpacing().value,
    guidance: guidance ?? null,
    from: from ?? null,
  });
}

function showControls() {
  eta.disabled = !takesEta();
  byId("fewer-eta-text").textContent = eta.disabled ? all.shared.none : eta.value;
}

function ask() {
  const isSeed = seed.value !== "" && seed.validity.valid;
  showError(byId("fewer-seed-error"), isSeed ? null : words.noSeed);
  if (isSeed) usedSeed = seed.valueAsNumber;
  showControls();
  part.note();
  pictures.ask();
}

/** What depends on the model. */
function fit() {
  const { info, shipped } = engine;
  const { timesteps } = info.schedule;
  const name = nameOf(engine);
  chips.offer(info.classes);
  byId("fewer-classes").hidden = info.classes.length === 0;
  byId("fewer-free").hidden = isDistilled();
  byId("fewer-distilled").hidden = !isDistilled();
  const possible = STEPS.filter((steps) => steps <= timesteps);
  columns.offer(ownSteps(info) ?? (possible.length > 0 ? possible : [timesteps]), name);
  byId("fewer-few").hidden = shipped !== "page" || !MODELS.includes(FEW);
  fitted = engine.weights;
  [sampler, seed, dice].forEach((control) => { control.disabled = false; });
  part.meet();
  usedSeed = seed.validity.valid && seed.value !== "" ? seed.valueAsNumber : usedSeed;
  showControls();
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  if (fitted === engine.weights) return; // another engine runs the same model
  own.close();
  made = "";
  fit();
  pictures.renew();
  measured.renew();
}

columns.offer(STEPS, words.theModel);
fewColumns.offer(FEW_STEPS, MODELS.includes(FEW) ? all.shared.modelName(FEW) : "");
[sampler, spacing].forEach((control) => control.addEventListener("change", ask));
[eta, seed].forEach((input) => input.addEventListener("input", ask));
dice.addEventListener("click", () => {
  seed.value = String(Math.floor(Math.random() * SEEDS));
  ask();
});
