// The run: its buttons, and how it goes.

import { sentenceOf } from "../../lib/errors.js";
import { duration, median, milliseconds } from "../../lib/text.js";
import { byId } from "../shared/dom.js";
import { complain, say, showProgress } from "../shared/status.js";
import { addStep, beginRun, toEnd } from "./player.js";
import { askedFor, misfit, rollSeed, settings, takeFewer } from "./settings.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */

/** If the first run would take longer than this, it takes fewer steps. */
const PATIENCE_MS = 20_000;
/** Numbers of steps that it chooses from. */
const FEWER = [100, 50, 20, 10];
/** After so many steps it is known how fast the machine is. The first half of them does not count. */
const TRIAL = 8;

const [start, pause, single, cancel, dice] = ["start", "pause", "step", "cancel", "dice"].map(byId);

/** @type {Engine | undefined} */
let engine;
/** The run under way; null between runs. @type {AbortController | null} */
let run = null;
/** Settles when the engine is free again. */
let over = Promise.resolve();
/** Counts calls of `begin` and `stop`: if several starts are pending, only the latest one runs. */
let wishes = 0;
let paused = false;
/** Lets a paused run take its next step. */
let release = () => {};
/** How long the last steps took, in milliseconds. @type {number[]} */
let times = [];

export const isRunning = () => run !== null;

/** Another engine or model is there, or none for a while. @param {Engine | undefined} ready */
export function setEngine(ready) {
  engine = ready;
  times = [];
  showButtons();
}

function showButtons() {
  const ready = engine !== undefined;
  start.disabled = dice.disabled = !ready;
  pause.disabled = single.disabled = cancel.disabled = run === null;
  start.textContent = run === null ? "Start" : "Start over";
  pause.textContent = paused && run !== null ? "Resume" : "Pause";
}

function showSpeed(step) {
  times = [...times.slice(-19), step.ms];
  const each = median(times);
  const rest = step.done === step.total ? "" : `, ${duration(each * (step.total - step.done))} left`;
  byId("speed").textContent = `${milliseconds(each)} a step${rest}`;
  showProgress(step.done, step.total);
}

/** What the next step waits for. */
function gate() {
  return paused ? new Promise((resolve) => { release = () => resolve(undefined); }) : undefined;
}

/**
 * Begins a run, and ends the one before it.
 * @param {{ first?: boolean, because?: string | null }} [how] whether it is the page's own first run, and
 *   why its settings are not those that were chosen
 */
export async function begin({ first = false, because = null } = {}) {
  const wrong = misfit();
  complain(wrong);
  if (wrong !== null || engine === undefined) return;
  const mine = new AbortController();
  const wanted = settings();
  const asked = askedFor();
  const ended = stop();
  const wish = wishes;
  await ended;
  if (wish !== wishes) return;
  run = mine;
  paused = false;
  times = [];
  const pictures = wanted.count === 1 ? "1 picture" : `${wanted.count} pictures`;
  const what = [pictures, asked.words && `(${asked.words})`, because].filter(Boolean).join(" ");
  say(`Generating ${what} …`);
  showButtons();
  over = follow(wanted, { mine, first, what, asked });
  await over;
}

async function follow(wanted, { mine, first, what, asked }) {
  try {
    await engine.generate(wanted, { signal: mine.signal, onStep: (step) => onStep(step, first, asked) });
    say(`Done: ${what}.`);
  } catch (error) {
    if (mine.signal.aborted) return;
    say("The run ended early.");
    complain(`The run stopped: ${sentenceOf(error)}.`);
  } finally {
    if (run === mine) run = null;
    paused = false;
    showButtons();
  }
}

function onStep(step, first, asked) {
  if (step.titles !== undefined) {
    beginRun(step, engine.info.image, asked);
    byId("speed").textContent = "";
    showProgress(0);
    return gate();
  }
  addStep(step);
  showSpeed(step);
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
  begin({ because: `in ${fits} steps of DDIM (${total} take ${duration(each * total)})` });
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
    say("Paused.");
  } else {
    say("Generating …");
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
  say("Paused after one step.");
  showButtons();
}

byId("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  begin();
});
pause.addEventListener("click", togglePause);
single.addEventListener("click", takeOne);
cancel.addEventListener("click", async () => {
  await stop();
  say("Cancelled.");
});
dice.addEventListener("click", () => {
  rollSeed();
  begin();
});
