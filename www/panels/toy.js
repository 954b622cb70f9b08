// A toy in two dimensions: points in the plane in place of pictures, with the exact score, and particles that walk from
// noise to them.

import { EngineFailure } from "../lib/errors.js";
import { words } from "../words/words.js";
import { whole } from "./shared/address.js";
import { fillKeys } from "./shared/chips.js";
import { byId } from "./shared/dom.js";
import { newest } from "./shared/newest.js";
import { ofKeys, ofMenu, ofNumber, ofPlace, ofTick, Part } from "./shared/part.js";
import { paint } from "./toy/scene.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("../lib/toy.js").Toy} Toy */

const { computed, description, failed, path, place, set: setInWords } = words.toy;

const COUNT = 240;
/** So many of the particles have paths. */
const MARKED = 8;
/** Arrows in a row. */
const GRID = 18;
/** Numbers of steps that are offered. */
const STEPS = [5, 10, 20, 50, 200];
const USUAL_STEPS = 50;
/** Seeds are drawn below this. */
const SEEDS = 10_000;
/** How long all steps take when they play, in milliseconds. */
const PLAY_MS = 5000;

const section = byId("toy");
const [canvas, slider, sampler, sets, steps, eta, etaField, arrows, paths, playing, again, dice, line, said] =
  ["canvas", "position", "sampler", "set", "steps", "eta", "eta-field", "arrows", "paths", "play", "back", "dice", "line", "path"].map((id) => byId(`toy-${id}`));
const controls = [slider, sampler, playing, again, dice, arrows, paths];
/** What has the colour of each thing that is drawn. */
const KEYS = { data: "toy-key-data", particles: "toy-key-particles", paths: "toy-key-paths", arrows: "toy-key-arrows" };

/** @type {Engine} */
let engine;
/** It is opened when the section is seen. @type {Promise<Toy> | null} */
let opened = null;
let seed = 42;
/** The walk that is shown. @type {{ set: string, points: Float32Array, xs: Float32Array[], t: (number | null)[] } | null} */
let walk = null;
/** The arrows, and what they were asked for. @type {{ key: string, at: Float32Array, arrows: Float32Array } | null} */
let field = null;
/** Where the particles are while they move by themselves; null while they do not. @type {number | null} */
let moving = null;
/** Whether they have moved by themselves before. */
let hasPlayed = matchMedia("(prefers-reduced-motion: reduce)").matches;

const chosen = (keys) => keys.querySelector(":checked")?.value;

const walks = newest({
  wish: () => JSON.stringify(wanted()),
  serve: show,
  line: byId("toy-error"),
  words: failed,
  section,
});
const fields = newest({
  wish: fieldKey,
  serve: showField,
  line: byId("toy-error"),
  words: failed,
  section,
});

const part = new Part(section, {
  set: ofKeys(sets, () => sets.querySelector("input").value),
  sampler: ofMenu(sampler),
  eta: ofKeys(eta),
  steps: ofKeys(steps, () => String(USUAL_STEPS)),
  seed: ofNumber(whole(0, Number.MAX_SAFE_INTEGER), () => seed, setSeed, seed),
  at: ofPlace(slider, () => chosen(steps)),
  arrows: ofTick(arrows),
  paths: ofTick(paths),
});

/** @param {number} next */
function setSeed(next) {
  seed = next;
  byId("toy-seed").textContent = String(seed);
}

function wanted() {
  return {
    set: chosen(sets) ?? "",
    sampler: sampler.value,
    steps: Number(chosen(steps)),
    eta: sampler.value === "ddim" ? Number(chosen(eta)) : 0,
    seed,
    count: COUNT,
  };
}

/** Where it did not come, the next try opens it again. */
function toy() {
  opened ??= engine.toy().then((ready) => {
    if (sets.childElementCount === 0) {
      fillKeys(sets, ready.sets.map((set) => [set, setInWords(set)]), ready.sets[0]);
      part.meet();
      showEta();
    }
    return ready;
  }).catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

/** @template T @param {(toy: Toy) => Promise<T>} question @returns {Promise<T>} */
async function ask(question) {
  try {
    return await question(await toy());
  } catch (error) {
    if (error instanceof EngineFailure) opened = null; // its worker has ended
    throw error;
  }
}

async function show() {
  const isFirst = sets.childElementCount === 0;
  await toy(); // it says which data sets there are
  if (isFirst) return; // one of them is wanted now
  const settings = wanted();
  const began = performance.now();
  const [points, { xs, t }] = await ask(async (ready) => [await ready.points(settings.set), await ready.paths(settings)]);
  line.textContent = computed(COUNT, settings.steps, performance.now() - began);
  const share = slider.valueAsNumber / Number(slider.max);
  walk = { set: settings.set, points, xs, t };
  slider.max = String(xs.length - 1);
  slider.value = String(Math.round(share * (xs.length - 1)));
  said.textContent = path(settings.sampler, settings.eta);
  controls.forEach((control) => { control.disabled = false; });
  stop();
  if (!hasPlayed) play();
  follow();
}

/** The timestep that the particles are at; null for the finished ones. */
const timestep = () => walk?.t[slider.valueAsNumber] ?? null;

/** Which arrows are wanted: none without a walk, and none at its end. */
function fieldKey() {
  const t = timestep();
  return walk === null || t === null || !arrows.checked ? "" : `${walk.set} ${t}`;
}

async function showField() {
  const key = fieldKey();
  const t = timestep();
  const { set } = walk ?? {};
  field = key === "" ? null : { key, ...await ask((ready) => ready.field(set, t, GRID)) };
  redraw();
}

/** The slider stands where the particles are. */
function follow() {
  const done = slider.valueAsNumber;
  const where = place(done, walk.xs.length - 1, timestep());
  byId("toy-text").textContent = where;
  slider.setAttribute("aria-valuetext", where);
  canvas.setAttribute("aria-label", description({
    set: walk.set, count: COUNT, marked: MARKED, where, arrows: fieldKey() !== "", paths: paths.checked,
  }));
  fields.ask();
  redraw();
  if (moving === null) part.note();
}

function redraw() {
  if (walk === null) return;
  const colours = Object.fromEntries(Object.entries(KEYS).map(([name, id]) => [name, getComputedStyle(byId(id)).color]));
  paint(canvas, {
    ...walk, at: moving ?? slider.valueAsNumber, marked: MARKED, paths: paths.checked, field: fieldKey() === "" ? null : field,
  }, /** @type {any} */ (colours));
}

/** Moves on from where the slider is, or from the beginning where it is at the end. */
function play() {
  const total = walk.xs.length - 1;
  const from = slider.valueAsNumber >= total || !hasPlayed ? 0 : slider.valueAsNumber;
  const began = performance.now() - (from / total) * PLAY_MS;
  hasPlayed = true;
  moving = from;
  playing.textContent = words.shared.stop;
  const tick = (now) => {
    if (moving === null) return;
    moving = Math.min(Math.max(0, (now - began) / PLAY_MS), 1) * total;
    slider.value = String(Math.floor(moving));
    if (moving >= total) stop();
    follow();
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}

function stop() {
  moving = null;
  playing.textContent = words.shared.play;
}

function showEta() {
  etaField.hidden = sampler.value !== "ddim";
}

function change() {
  showEta();
  part.note();
  walks.ask();
}

/** The toy needs no model: another one changes nothing. @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  if (engine === ready) return;
  engine = ready;
  opened = null;
  change();
  fields.renew();
  walks.renew();
}

fillKeys(steps, STEPS.map((count) => [String(count), String(count)]), String(USUAL_STEPS));
[sampler, sets, steps, eta].forEach((control) => control.addEventListener("change", change));
slider.addEventListener("input", () => {
  stop();
  follow();
});
[arrows, paths].forEach((box) => box.addEventListener("change", follow));
playing.addEventListener("click", () => {
  if (moving === null) play();
  else stop();
  follow();
});
again.addEventListener("click", () => {
  stop();
  slider.value = "0";
  follow();
});
dice.addEventListener("click", () => {
  setSeed(Math.floor(Math.random() * SEEDS));
  change();
});
new ResizeObserver(redraw).observe(canvas);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
