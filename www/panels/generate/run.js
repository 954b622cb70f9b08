// The run: its buttons, and how it goes.

import { sentenceOf } from "../../lib/errors.js";
import { median } from "../../lib/text.js";
import { words as all } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { complain, say, showProgress } from "../shared/status.js";
import { isSame, madeWith } from "./made.js";
import { addStep, beginRun, settle, shown, toEnd, whenTold } from "./player.js";
import { misfit, rollSeed, takeFewer } from "./settings.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("./made.js").Made} Made */
/** @typedef {import("../../words/en.js").Fewer} Fewer */

const words = all.generate;

/** If the first run would take longer than this, it takes fewer steps. */
const PATIENCE_MS = 20_000;
/** Numbers of steps that it chooses from. */
const FEWER = [100, 50, 20, 10];
/** After so many steps it is known how fast the machine is. The first half of them does not count. */
const TRIAL = 8;

const buttons = ["fresh", "start", "replay", "pause", "step", "cancel"].map(byId);
const [fresh, start, replay, pause, single, cancel] = buttons;
const caption = byId("caption");

/** @type {Engine | undefined} */
let engine;
/** The visitor's file, where the engine's model is from one. @type {File | null} */
let own = null;
/** The run under way; null between runs. @type {AbortController | null} */
let run = null;
/** What makes it. @type {Made | undefined} */
let making;
/** Settles when the engine is free again. */
let over = Promise.resolve();
/** The run that took the place of a first run that was too slow. */
let instead = Promise.resolve();
/** Counts calls of `begin` and `stop`: if several starts are pending, only the latest one runs. */
let wishes = 0;
let paused = false;
/** Lets a paused run take its next step. */
let release = () => {};
/** How long the last steps took, in milliseconds. @type {number[]} */
let times = [];
/** The newest step, until its speed is told. */
let untold = null;
/** Told when a run has come to its end. @type {(() => void)[]} */
const onEnd = [];

export const isRunning = () => run !== null;
export const isPaused = () => run !== null && paused;

/** @param {() => void} call */
export function whenDone(call) {
  onEnd.push(call);
}

/** Another engine or model is there, or none for a while. @param {Engine | undefined} ready @param {File | null} [file] the visitor's, where the model is from one */
export function setEngine(ready, file = null) {
  engine = ready;
  own = file;
  forgetTimes();
  showButtons();
}

/** Which buttons there are: a run that is shown is replayed, unless it ended early or the settings are others now. */
export function showButtons() {
  const focused = buttons.find((button) => button === document.activeElement);
  const seen = shown();
  const ready = engine !== undefined;
  const running = run !== null;
  const made = running ? making : seen?.made;
  const holds = made !== undefined && (!ready || isSame(made, madeWith(engine, own)));
  fresh.disabled = start.disabled = !ready;
  start.hidden = holds && (running || seen.newest === seen.total);
  replay.hidden = running || !start.hidden;
  single.hidden = !running || !start.hidden;
  pause.hidden = cancel.hidden = !running;
  pause.textContent = paused ? words.resume : words.pause;
  const stale = seen !== null && !holds;
  caption.classList.toggle("stale", stale);
  // The button that fits what was chosen is the one that is seen first.
  fresh.classList.toggle("first", !stale);
  start.classList.toggle("first", stale);
  if (seen !== null) caption.textContent = words.captionOf(seen.made, seen.total, holds);
  // A button that goes does not take the focus with it.
  if (focused?.hidden) [pause, start, replay].find((button) => !button.hidden && !button.disabled)?.focus({ preventScroll: true });
}

function forgetTimes() {
  times = [];
  untold = null;
}

/** With the step's other words: what changes on the page is paid for once. */
function showSpeed() {
  if (untold === null) return;
  const { done, total } = untold;
  untold = null;
  const each = median(times);
  byId("speed").textContent = words.speed(each, each * (total - done));
  showProgress(done, total);
}

/** What the next step waits for. */
function gate() {
  return paused ? new Promise((resolve) => { release = () => resolve(undefined); }) : undefined;
}

/** The settings are others now, or those of the run that is shown again. */
function onSettings() {
  const told = start.hidden;
  showButtons();
  if (run !== null || engine === undefined || told === start.hidden) return;
  if (start.hidden) say(words.settingsHold);
  else if (shown() !== null) say(words.settingsChanged);
}

/** Says that a run can begin. */
export function sayReady() {
  say(start.hidden ? words.ready : words.readyToStart);
}

/**
 * Begins a run, and ends the one before it.
 * @param {{ first?: boolean, fewer?: Fewer | null }} [how] whether it is the page's own first run, and
 *   what it takes instead of all the steps that were chosen
 */
export async function begin({ first = false, fewer = null } = {}) {
  const wrong = misfit();
  complain(wrong);
  showButtons();
  if (wrong !== null || engine === undefined) return;
  const mine = new AbortController();
  const made = madeWith(engine, own);
  const ended = stop();
  const wish = wishes;
  await ended;
  if (wish !== wishes) return;
  run = mine;
  making = made;
  paused = false;
  forgetTimes();
  const what = { images: made.settings.count, asked: made.asked, fewer };
  say(words.generating(what));
  showButtons();
  over = follow(made, { mine, first, what });
  await over;
  if (first) await instead;
}

async function follow(made, { mine, first, what }) {
  let done = false;
  try {
    await engine.generate(made.settings, { signal: mine.signal, onStep: (step) => onStep(step, first, made) });
    done = true;
    say(words.done(what));
  } catch (error) {
    if (mine.signal.aborted) return;
    say(words.endedEarly);
    complain(words.stopped(sentenceOf(error)));
  } finally {
    if (run === mine) run = null;
    paused = false;
    showButtons();
    if (done) for (const call of onEnd) call();
  }
}

function onStep(step, first, made) {
  if (step.titles !== undefined) {
    beginRun(step, made);
    showButtons();
    byId("speed").textContent = "";
    showProgress(0);
    return gate();
  }
  addStep(step);
  times = [...times.slice(-19), step.ms];
  untold = step;
  if (first && times.length === TRIAL && !engine.isStarting && tooSlow(step)) return undefined;
  return gate();
}

/** If the first run would take too long, starts it again with fewer steps. The settings stay so. */
function tooSlow({ total }) {
  const each = median(times.slice(TRIAL / 2));
  if (each * total <= PATIENCE_MS) return false;
  const fewer = FEWER.filter((n) => n < total);
  const fits = fewer.find((n) => each * n <= PATIENCE_MS) ?? fewer.at(-1);
  if (fits === undefined) return false;
  takeFewer(fits);
  instead = begin({ fewer: { steps: fits, total, ms: each * total } });
  return true;
}

/** Ends the run under way; settles when the engine is free. */
export async function stop() {
  wishes += 1;
  run?.abort();
  run = null;
  release();
  await over;
}

/** Pauses the run, or lets it go on. */
export function togglePause() {
  if (run === null) return;
  paused = !paused;
  if (paused) {
    say(words.paused);
  } else {
    say(words.goesOn);
    toEnd();
    release();
  }
  showButtons();
}

function takeOne() {
  if (run === null) return;
  paused = true;
  toEnd();
  release();
  say(words.pausedAfterStep);
  showButtons();
}

whenTold(showSpeed);
byId("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
for (const box of ["controls", "class"]) for (const kind of ["input", "change"]) byId(box).addEventListener(kind, onSettings);
fresh.addEventListener("click", () => {
  rollSeed();
  begin();
});
pause.addEventListener("click", togglePause);
single.addEventListener("click", takeOne);
cancel.addEventListener("click", async () => {
  await stop();
  settle();
  showButtons();
  say(words.cancelled);
});
