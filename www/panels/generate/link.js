// The view as a link: the address follows what is seen, and a page that is opened with one shows it again.

import { words } from "../../words/words.js";
import { fingerprintOf, isFingerprint, isPlain, mayBe, readView, wrongInWords, writeView } from "../shared/address.js";
import { byId } from "../shared/dom.js";
import { putSearch } from "../shared/follow.js";
import { complain, say } from "../shared/status.js";
import { moveTo, shown, showView, view, whenTold } from "./player.js";
import { begin, isPaused, isRunning, sayReady, whenDone } from "./run.js";
import { fill, settings } from "./settings.js";
import { enlarged, open, whenEnlarged } from "./zoom.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../shared/address.js").View} View */
/** @typedef {import("./made.js").Made} Made */

const { askForFile, chooseFile, copied, otherFile, ready: READY, selected } = words.generate;

/** Fingerprints of models' files, once they are known. @type {WeakMap<Uint8Array, string>} */
const fingerprints = new WeakMap();

/** What the address asked for, until it is seen. @type {View} */
let asked = {};
/** The settings that it led to: another run is not at its step. */
let askedSettings = "";
/** What in it cannot be used, in sentences. @type {string[]} */
let wrong = [];
/** Whether it asks for a model's file that is not there yet. */
let awaits = false;
/** What was shown when it was asked for: whoever begins another run does not want it any more. @type {Made | undefined} */
let before;
let restored = false;

/** @param {Uint8Array} weights */
async function fingerprint(weights) {
  const known = fingerprints.get(weights) ?? await fingerprintOf(weights);
  fingerprints.set(weights, known);
  return known;
}

/** Chooses what the address says, of those things that this model can do. */
function restore() {
  wrong = [...wrong, ...fill(asked).map(wrongInWords)];
  if (asked.view !== undefined) showView(/** @type {any} */ (asked.view));
  const { steps, count } = settings();
  for (const [key, low, most] of /** @type {["step" | "image", number, number][]} */ ([["step", 0, steps], ["image", 1, count]])) {
    if (!(asked[key] > most)) continue;
    wrong.push(wrongInWords({ key, value: String(asked[key]), words: words.address.whole(low, most) }));
    delete asked[key];
  }
  askedSettings = JSON.stringify(settings());
}

/** A model is there: the address is read when it is the first one, and again when it is the one that a link asks for. @param {Engine} ready */
export async function meet(ready) {
  engine = ready;
  const { shipped, weights } = engine;
  if (!restored) {
    restored = true;
    const read = readView(location.search);
    asked = read.view;
    wrong = read.wrong.map(wrongInWords);
    awaits = isFingerprint(asked.model ?? null);
    if (!awaits) restore();
    return;
  }
  if (shipped !== null) return;
  const found = await fingerprint(weights);
  if (!awaits) {
    update();
  } else if (mayBe(found, asked.model)) {
    awaits = false;
    restore();
    begin();
    if (wrong.length > 0) complain(wrong.join(" "));
  } else {
    complain(otherFile(found, asked.model));
  }
}

/**
 * The page's first run, unless it is calm, or its link asks for a model's file that it does not have.
 * @param {boolean} calm no run starts by itself
 * @returns {{ unused: string[], over: Promise<void> }} what in the address is not used, in sentences; and the run's end
 */
export function openLink(calm) {
  const over = Promise.resolve();
  if (awaits) {
    say(READY);
    complain(askForFile(asked), () => byId("file").click(), chooseFile);
    return { unused: [], over };
  }
  if (!calm) return { unused: wrong, over: begin({ first: isPlain(asked) }) };
  sayReady();
  return { unused: wrong, over };
}

/** Whether the run that is shown is the link's. */
const isAsked = () => JSON.stringify(shown()?.made.settings) === askedSettings;

/** The run is over: only now is a link's step there. */
function arrive() {
  const { step, image } = asked;
  const run = shown();
  const its = isAsked();
  asked = {};
  if (!its) return;
  if (step !== undefined && run.follows) moveTo(step);
  if (image !== undefined) open(image - 1);
}

/** What made a run, as a link has it. @param {Made} made @returns {View} */
export function viewOf({ settings: all, asked: { key, words: named }, model: { shipped, file, weights }, usual, distilled }) {
  const many = distilled ? {} : { sampler: all.sampler, spacing: all.spacing, eta: all.eta, ...(named !== null && { guidance: all.guidance, guidance_from: all.guidance_from }) };
  return {
    model: shipped ?? fingerprints.get(weights) ?? "own",
    file: file?.name,
    seed: all.seed, count: all.count, class: key, start: all.start,
    steps: all.steps === usual ? undefined : all.steps,
    ...many,
  };
}

/** What is seen. A run that goes on is not at a step that anyone meant. @returns {View | null} */
function seen() {
  const run = shown();
  if (run === null) return null;
  const passing = isRunning() && run.follows && !isPaused();
  const { step, image } = passing && isAsked() ? asked : {}; // where it is going to be
  const large = enlarged();
  return {
    ...viewOf(run.made), view: view(),
    step: passing || run.position === run.total ? step : run.position,
    image: large === null ? image : large + 1,
  };
}

function update() {
  const now = seen();
  if (now === null || shown().isPlaying) return;
  if (awaits && shown().made === before) return;
  awaits = false;
  putSearch((search) => writeView(search, now));
}

/** @type {Engine | undefined} */
let engine;

/** Whether this model is loaded. @param {string} model as a link calls it */
export function isLoaded(model) {
  const { shipped, weights } = engine;
  return shipped === null ? isFingerprint(model) && mayBe(fingerprints.get(weights) ?? "own", model) : shipped === model;
}

/** Chooses what a kept run was made with; false where its model's file has to be chosen first. @param {View} wanted */
export function revisit(wanted) {
  asked = wanted;
  wrong = [];
  awaits = !isLoaded(wanted.model);
  before = shown()?.made;
  if (awaits) complain(askForFile(asked), () => byId("file").click(), chooseFile);
  else restore();
  if (wrong.length > 0) complain(wrong.join(" "));
  return !awaits;
}

/** The address of what is seen. */
export function linkNow() {
  return new URL(location.pathname + writeView(location.search, seen() ?? {}), location.href).href;
}

/** It is read by then. */
const SAID_MS = 6_000;
let silence = 0;

async function copy() {
  const [line, field, link] = [byId("said"), byId("link-text"), linkNow()];
  const { position, total, made } = shown();
  field.hidden = true;
  clearTimeout(silence);
  try {
    await navigator.clipboard.writeText(link); // there is no clipboard on plain http
    line.textContent = copied(position, total, made, enlarged());
    silence = setTimeout(() => { line.textContent = ""; }, SAID_MS);
  } catch {
    field.hidden = false;
    field.value = link;
    field.focus();
    field.select();
    line.textContent = selected;
  }
}

whenTold(update);
whenEnlarged(update);
whenDone(() => {
  arrive();
  update();
});
byId("link").addEventListener("click", copy);
