// The page: starts the engine (ddpm.js), hands it to the sections, and says which one runs.

import { createEngine } from "./ddpm.js";
import { startLearn } from "./learn.js";
import { startLook } from "./look.js";
import { startNoise } from "./noise.js";
import { moveBy, moveTo, setTitles, toEnd, togglePlay } from "./player.js";
import { begin, complain, isRunning, say, setEngine, stop, togglePause } from "./run.js";
import { startStarts } from "./starts.js";
import { byId, megabytes } from "./text.js";
import { inShort, showCard, startWeights } from "./weights.js";
import "./zoom.js";

/** @typedef {import("./engine.js").Engine} Engine */

const menu = byId("engine");
/** What changes the engine or the model: one at a time. */
const changers = ["engine", "model", "file", "shipped"].map(byId);
const progress = byId("progress");

/** @type {Engine | undefined} */
let engine;
/** Nothing more is to be expected. */
let over = false;

/** @param {number} loaded @param {number | null} total */
function showLoading(loaded, total) {
  if (over) return;
  const all = total === null ? "" : ` of ${megabytes(total)}`;
  say(loaded === total ? "Starting the engine …" : `Loading the model: ${megabytes(loaded)}${all} …`);
  progress.max = total ?? 1;
  progress.value = total === null ? 0 : loaded;
}

/** The engine that runs, in short. */
function describe({ engine, adapter }, workers) {
  const burn = engine.startsWith("burn-") ? "Burn, " : "";
  const many = `${workers} ${workers === 1 ? "worker" : "workers"}`;
  return engine.endsWith("cpu") ? `${burn}CPU (${many})` : `${burn}WebGPU · ${adapter}`;
}

/** Another engine, or another model. @param {Engine} changed */
function onChange(changed) {
  const { info, why } = changed;
  const workers = changed.workersFor(Infinity);
  const name = describe(info, workers);
  byId("badge").textContent = why === null ? name : `${name}: ${why}`;
  byId("weights-line").textContent = inShort(changed);
  setEngine(changed);
  showCard(changed);
  if (!isRunning()) setTitles(info.titles);
  startNoise(changed);
  startLook(changed);
  startLearn(changed);
  startStarts(changed);
}

/**
 * Ends the run, does something to the engine, and runs again if there was a run.
 * @param {string} doing said meanwhile
 * @param {(engine: Engine) => Promise<void>} change
 */
async function between(doing, change) {
  const again = isRunning();
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  changers.forEach((control) => { control.disabled = true; });
  setEngine(undefined);
  say(doing);
  await stop();
  try {
    await change(engine);
  } finally {
    changers.forEach((control) => { control.disabled = false; });
    // A control that is disabled loses the focus.
    if (document.activeElement === document.body) focused.focus({ preventScroll: true });
    setEngine(engine);
    if (again) begin();
    else say("Ready: press Start.");
  }
}

async function changeEngine() {
  try {
    await between("Starting the engine …", (running) => running.use(menu.value));
  } catch (error) {
    refuse(`The engine could not be changed: ${error.message}.`);
  }
}

/** On a phone the menus are far below the line for complaints. @param {string} sentence */
function refuse(sentence) {
  complain(sentence);
  byId("error").scrollIntoView({ block: "nearest" });
}

/** Keys as in a video player, where no control wants them for itself. @param {KeyboardEvent} event */
function onKey(event) {
  const { key, target, ctrlKey, altKey, metaKey } = event;
  if (ctrlKey || altKey || metaKey || !(target instanceof Element)) return;
  const wants = key === " " ? "input, select, textarea, button, summary" : "input, select, textarea";
  if (target.closest(wants)) return;
  /** @type {{ [key: string]: () => void }} */
  const keys = {
    " ": () => (isRunning() ? togglePause() : togglePlay()),
    ArrowLeft: () => moveBy(-1),
    ArrowRight: () => moveBy(1),
    Home: () => moveTo(0),
    End: toEnd,
  };
  if (keys[key] === undefined) return;
  event.preventDefault();
  keys[key]();
}

/** Nothing can run: the page is one to read. */
function giveUp(error) {
  over = true;
  document.body.classList.add("unusable");
  say("The model is not running.");
  complain(`The model could not be started: ${error.message}.`);
}

async function main() {
  // A phone has its settings folded away.
  if (matchMedia("(max-width: 48rem)").matches) byId("settings").open = false;
  const address = new URLSearchParams(location.search);
  const wanted = /** @type {any} */ (address.get("engine") ?? "auto");
  const model = address.get("model") ?? undefined;
  engine = await createEngine({ engine: wanted, model, onProgress: showLoading, onChange });
  menu.value = wanted;
  changers.forEach((control) => { control.disabled = false; });
  progress.value = 0;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (calm || document.hidden) say("Ready: press Start.");
  else await begin({ first: true });
}

menu.addEventListener("change", changeEngine);
document.addEventListener("keydown", onKey);
startWeights(between, refuse);
main().catch(giveUp);
