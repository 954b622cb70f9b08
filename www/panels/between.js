// Between two seeds: the few-steps model draws what lies on the way from one seed's noise to another's, as fast as the
// slider moves. It runs beside the engine, on workers of its own.

import { EngineFailure } from "../lib/errors.js";
import { MODELS } from "../lib/models.js";
import { SHIPPED } from "../lib/shipped.js";
import { median } from "../lib/text.js";
import { words } from "../words/words.js";
import { between as shareOf } from "./shared/address.js";
import { Chips, fillKeys } from "./shared/chips.js";
import { byId } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";
import { ofChips, ofInput, ofKeys, ofNumber, Part } from "./shared/part.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/beside.js").Beside} Beside */
/** @typedef {import("../lib/settings.js").Settings} Settings */

/** Makes a picture in a step. Without it there is no such section. */
const MODEL = "few-steps";
const COUNT = 16;
/** Seeds are drawn below this. */
const SEEDS = 10_000;
/** How long the slider takes from one end to the other by itself, in milliseconds. */
const SWEEP_MS = 3000;
/** The median of so many times is told. */
const TIMES = 20;

const section = byId("between");
const [slider, from, to, few, line, sweep, dice] =
  ["share", "from", "to", "steps", "line", "play", "dice"].map((id) => byId(`between-${id}`));
const chips = new Chips(byId("between-class"), ask);

const share = () => slider.valueAsNumber / Number(slider.max);

/** What is known before the model is there, and what it offers. The place is a share of the way. */
const places = new Part(section, {
  from: ofInput(from),
  to: ofInput(to),
  at: ofNumber(shareOf(0, 1), share, (value) => { slider.value = String(value * Number(slider.max)); }, Number(slider.defaultValue) / Number(slider.max)),
});
const offers = new Part(section, { class: ofChips(chips), steps: ofKeys(few, () => few.querySelector("input").value) });

/** @type {Engine} */
let engine;
/** It is opened when the section is seen. @type {Promise<Beside> | null} */
let opened = null;
/** @type {number[]} */
let times = [];
/** Whether the slider moves by itself. */
let playing = false;

const pictures = newest({
  wish: () => JSON.stringify(wanted()),
  serve: show,
  line: byId("between-error"),
  words: words.between.failed,
  section,
});

/** @returns {Partial<Settings>} */
function wanted() {
  const steps = few.querySelector(":checked");
  return {
    seed: from.valueAsNumber,
    towards: { seed: to.valueAsNumber, share: share() },
    count: COUNT,
    classes: chips.classes(COUNT),
    ...(steps !== null && { steps: Number(steps.value) }),
  };
}

/** Opens the model. What it takes is offered then. */
async function open() {
  line.textContent = words.between.loading(words.shared.modelName(MODEL), SHIPPED[MODEL].megabytes);
  const beside = await engine.openBeside(await engine.shippedBytes(MODEL));
  const { classes, metadata } = beside.info;
  chips.offer(classes);
  byId("between-classes").hidden = classes.length === 0;
  const steps = (metadata?.distilled?.steps ?? [1]).map(String).sort((a, b) => Number(a) - Number(b));
  fillKeys(few, steps.map((n) => [n, n]), steps[0]);
  offers.meet();
  return beside;
}

/** Where it did not come, the next try opens it again. */
function model() {
  opened ??= open().catch((error) => {
    opened = null;
    line.textContent = "";
    throw error;
  });
  return opened;
}

async function show() {
  const beside = await model();
  const settings = wanted(); // the model says which steps and classes there are
  const before = performance.now();
  const bytes = await beside.pictures(settings).catch((error) => {
    if (error instanceof EngineFailure) {
      opened = null; // its workers have ended
      beside.close();
    }
    throw error;
  });
  tell(performance.now() - before, settings);
  draw(byId("between-pictures"), bytes, beside.info.image);
}

/** @param {number} ms @param {Partial<Settings>} settings */
function tell(ms, { steps }) {
  times = [...times.slice(1 - TIMES), ms];
  line.textContent = words.between.made(COUNT, steps, median(times));
  line.dataset.ms = String(ms);
}

function showShare() {
  const percent = `${Math.round((100 * slider.valueAsNumber) / Number(slider.max))} %`;
  byId("between-text").textContent = percent;
  slider.setAttribute("aria-valuetext", percent);
}

function ask() {
  showShare();
  note();
  pictures.ask();
}

/** The address stands still while the slider moves by itself. */
function note() {
  if (playing) return;
  places.note();
  offers.note();
}

/** Sweeps the slider to and fro, until it is stopped. */
function play() {
  const most = Number(slider.max);
  const began = performance.now() - (slider.valueAsNumber / most) * SWEEP_MS;
  const tick = (now) => {
    if (!playing) return;
    const turn = (Math.max(0, now - began) / SWEEP_MS) % 2;
    slider.value = String(most * (turn <= 1 ? turn : 2 - turn));
    ask();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

/** @param {boolean} is */
function setPlaying(is) {
  if (is && !playing) play();
  playing = is;
  note();
  sweep.textContent = playing ? words.shared.stop : words.shared.play;
}

/** The few-steps model came with the page: another engine or model changes nothing. @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  if (engine === ready || section.hidden) return;
  engine = ready;
  opened = null;
  [slider, from, to, sweep, dice].forEach((control) => { control.disabled = false; });
  places.meet();
  showShare(); // after a reload some browsers put the slider back where it was
  pictures.renew();
}

section.hidden = !MODELS.includes(MODEL);
slider.addEventListener("input", () => {
  setPlaying(false);
  ask();
});
[from, to].forEach((input) => input.addEventListener("input", ask));
few.addEventListener("change", ask);
sweep.addEventListener("click", () => setPlaying(!playing));
dice.addEventListener("click", () => {
  for (const input of [from, to]) input.value = String(Math.floor(Math.random() * SEEDS));
  ask();
});
