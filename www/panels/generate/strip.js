// A strip of the last runs: their pictures and what made them. A click shows one again; two or three are compared.

import { sentenceOf } from "../../lib/errors.js";
import { MODELS } from "../../lib/models.js";
import { words as all } from "../../words/words.js";
import { writeView } from "../shared/address.js";
import { byId, tell as put } from "../shared/dom.js";
import { bytesOf, draw } from "../shared/draw.js";
import { complain, say } from "../shared/status.js";
import { isLoaded, revisit, viewOf } from "./link.js";
import { shown, showRun } from "./player.js";
import { begin, showButtons, stop, whenDone } from "./run.js";
import { erase, eraseAll, readAll, write } from "./strip/store.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("./strip/store.js").Kept} Kept */
/** @typedef {import("./player.js").Whole} Whole */

const { captionOf, compare: COMPARE, compareHint, compareLabel, eraseLabel, keptHere, keptNowhere, showLabel, shownAgain } = all.generate;

/** So many runs are kept, and this many images of each are drawn. */
const [MOST, IMAGES] = [12, 16];
/** Runs that are compared, at most. */
const MOST_COMPARED = 3;
/** Room for whole runs in memory, in bytes: the others are made again from their seeds. */
const ROOM = 96 * 2 ** 20;

const [list, line, hint, compareButton, eraseButton] = ["runs", "runs-line", "runs-hint", "runs-compare", "runs-erase"].map(byId);

/** @type {Engine | undefined} */
let engine;
/** @type {import("../shared/panel.js").Page} */
let page;
/** The newest first. @type {Kept[]} */
let runs = [];
/** Whole runs of this visit, by their ids; the newest last. @type {Map<number, Whole>} */
const whole = new Map();
/** Those that are chosen to be compared. @type {Set<number>} */
const chosen = new Set();

/** @type {import("../shared/panel.js").Mount} */
export function mountStrip(ready, its) {
  engine = ready;
  page = its;
  showTicks();
}

/** Keeps a whole run, and frees the room of the oldest. @param {number} id @param {Whole} run */
function hold(id, run) {
  whole.delete(id);
  whole.set(id, run);
  let bytes = [...whole.values()].reduce((sum, { steps }) => sum + steps.bytes, 0);
  for (const [old, { steps }] of whole) {
    if (bytes <= ROOM || whole.size <= MOST_COMPARED) return;
    whole.delete(old);
    bytes -= steps.bytes;
  }
}

/** The run that is shown has come to its end. A run of the same settings takes the place of the one before. */
function keep() {
  const { made, steps, total } = shown();
  const view = { ...viewOf(made), steps: total };
  const key = writeView("", view);
  const id = runs.find((run) => run.key === key)?.id ?? Math.max(Date.now(), (runs[0]?.id ?? 0) + 1);
  const pictures = steps.newest.x_t.slice(0, IMAGES * bytesOf(made.image));
  const model = { ...made.model, file: null, weights: new Uint8Array() };
  const run = { id, key, view, made: { ...made, alphaBars: [], model }, pictures, total };
  hold(id, { made, steps });
  const before = runs.filter((one) => one.id !== id);
  runs = [run, ...before].sort((a, b) => b.id - a.id).slice(0, MOST);
  for (const one of before.filter((old) => !runs.includes(old))) forget(one.id);
  tell(write(run));
  show();
}

/** @param {number} id */
function forget(id) {
  whole.delete(id);
  chosen.delete(id);
  tell(erase(id));
}

/** @param {Promise<any>} task of the database */
async function tell(task) {
  try {
    await task;
    line.textContent = keptHere(runs.length);
  } catch (error) {
    put(line, keptNowhere(sentenceOf(error)));
  }
}

/** Shows a run again: at once where all of it is there, else it is made again. @param {Kept} run */
async function again({ id, view }) {
  complain(null);
  await stop();
  if (MODELS.includes(view.model) && !isLoaded(view.model)) await page.take(/** @type {any} */ (view.model), complain);
  if (!revisit(view)) return;
  const run = whole.get(id);
  if (run === undefined) {
    await begin();
    return;
  }
  showRun(run);
  showButtons();
  say(shownAgain(view.seed));
}

/** Compares the runs that are ticked, in the order that they have here. */
async function compareChosen() {
  try {
    const { compare } = await import("./compare.js");
    const wanted = runs.filter(({ id }) => chosen.has(id)).map((run) => ({ run, whole: whole.get(run.id) ?? null }));
    compare(wanted, { engine, own: page.own(), hold });
  } catch {
    complain(all.page.notCome, compareChosen);
  }
}

/** @param {Kept} run */
function itemOf(run) {
  const { id, made, pictures, total } = run;
  const { settings: { seed } } = made;
  const item = document.createElement("li");
  const press = Object.assign(document.createElement("button"), { type: "button", title: showLabel(seed) });
  const box = Object.assign(document.createElement("span"), { className: "box" });
  const canvas = document.createElement("canvas");
  const caption = captionOf(made, total, true);
  const words = Object.assign(document.createElement("span"), { className: "made", textContent: caption, title: caption });
  box.append(canvas);
  press.append(box, words);
  press.addEventListener("click", () => again(run));
  const label = Object.assign(document.createElement("label"), { className: "tick" });
  const tick = Object.assign(document.createElement("input"), { type: "checkbox", checked: chosen.has(id) });
  tick.disabled = !tick.checked && chosen.size >= MOST_COMPARED;
  tick.setAttribute("aria-label", compareLabel(seed, total));
  tick.addEventListener("change", () => {
    if (tick.checked) chosen.add(id);
    else chosen.delete(id);
    showTicks();
  });
  label.append(tick, COMPARE);
  const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×", title: eraseLabel(seed) });
  remove.setAttribute("aria-label", eraseLabel(seed));
  remove.addEventListener("click", () => {
    const at = runs.indexOf(run);
    runs = runs.filter((one) => one !== run);
    forget(id);
    show();
    /** @type {HTMLElement} */ (list.children[Math.min(at, runs.length - 1)]?.querySelector("button:last-child") ?? byId("runs-title")).focus();
  });
  const row = Object.assign(document.createElement("span"), { className: "row" });
  row.append(label, remove);
  item.append(press, row);
  draw(canvas, pictures, made.image);
  return item;
}

function showTicks() {
  for (const tick of list.querySelectorAll("input")) tick.disabled = !tick.checked && chosen.size >= MOST_COMPARED;
  compareButton.disabled = chosen.size < 2 || engine === undefined;
  hint.textContent = compareHint(chosen.size);
}

function show() {
  list.replaceChildren(...runs.map(itemOf));
  eraseButton.disabled = runs.length === 0;
  showTicks();
}

compareButton.addEventListener("click", compareChosen);
eraseButton.addEventListener("click", () => {
  runs = [];
  whole.clear();
  chosen.clear();
  tell(eraseAll());
  show();
  byId("runs-title").focus();
});
whenDone(keep);
const first = shown();
if (first !== null && first.newest === first.total) keep();
readAll().then((kept) => {
  runs = [...runs, ...kept.filter(({ key }) => runs.every((run) => run.key !== key))].slice(0, MOST);
  show();
  line.textContent = keptHere(runs.length);
}, (error) => { put(line, keptNowhere(sentenceOf(error))); });
