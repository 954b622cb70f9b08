// Two or three runs side by side: one scrubber moves all of them. Those that are not there any more are made again first, in sight.

import { sentenceOf } from "../../lib/errors.js";
import { median } from "../../lib/text.js";
import { words } from "../../words/below.js";
import { byId, showError } from "../shared/dom.js";
import { draw } from "../shared/draw.js";
import { momentOf } from "./moment.js";
import { remake } from "./strip/remake.js";

/** @typedef {import("./player.js").Whole} Whole */
/** @typedef {import("./strip/store.js").Kept} Kept */
/** A run of the strip; null where all of its steps are not there any more. @typedef {{ run: Kept, whole: Whole | null }} Wanted */
/**
 * What makes a run again.
 * @typedef {object} By
 * @property {import("../../lib/engine.js").Engine} engine
 * @property {File | null} own the visitor's file, where a run's model is from one
 * @property {(id: number, run: Whole) => void} hold keeps what was made
 */

const { captionOf, placeInWords } = words.generate;
const { needsFile, notRemade, paceInWords, remaking, remakingAt, together } = words.compare;

const dialog = byId("compare");
const [slider, line, at, progress, error] = ["share", "line", "at", "progress", "error"].map((id) => byId(`compare-${id}`));
const figures = [...dialog.querySelectorAll("figure")];
const views = [...byId("compare-view").querySelectorAll("input")];

/** Those that the scrubber moves. @type {Whole[]} */
let runs = [];
/** Is aborted when the dialog is closed. */
let closing = new AbortController();

function show() {
  const view = views.find(({ checked }) => checked).value;
  const share = slider.valueAsNumber / Number(slider.max);
  const percent = `${Math.round(100 * share)} %`;
  byId("compare-text").textContent = percent;
  slider.setAttribute("aria-valuetext", percent);
  runs.forEach(({ made, steps }, k) => {
    const step = steps.before(Math.round(share * steps.newest.total));
    draw(figures[k].querySelector("canvas"), step[view], made.image);
    figures[k].querySelector(".place").textContent = placeInWords(step, momentOf(step, view, made.alphaBars));
    figures[k].querySelector(".pace").textContent = paceInWords(median(steps.all.slice(1).map(({ ms }) => ms)), step.total);
  });
}

/** Whether all runs are there, so that they can be gone through. @param {boolean} is */
function setReady(is) {
  for (const control of [slider, ...views]) control.disabled = !is;
  progress.classList.toggle("over", is);
  at.textContent = "";
}

/** What is known of a run without its steps: its finished pictures and what made it. @param {Wanted} wanted @param {HTMLElement} figure */
function introduce({ run: { made, pictures, total }, whole }, figure) {
  const caption = captionOf(made, total, true);
  const canvas = figure.querySelector("canvas");
  canvas.setAttribute("aria-label", caption);
  figure.querySelector("figcaption").textContent = caption;
  for (const name of ["place", "pace"]) figure.querySelector(`.${name}`).textContent = "\u00a0"; // its line keeps its height
  draw(canvas, whole?.steps.newest.x_t ?? pictures, made.image);
}

/**
 * Makes those again that are not there, and then shows all of them.
 * @param {Wanted[]} wanted
 * @param {By} by
 * @param {AbortSignal} signal
 */
async function complete(wanted, by, signal) {
  const missing = wanted.filter(({ whole }) => whole === null);
  showError(error, null);
  setReady(false);
  if (missing.length > 0) line.textContent = remaking(missing.length);
  try {
    for (const [k, one] of missing.entries()) {
      const onStep = (done, total) => {
        if (signal.aborted) return;
        at.textContent = remakingAt(k + 1, missing.length, done, total);
        progress.max = total;
        progress.value = done;
      };
      onStep(0, one.run.total);
      one.whole = await remake(one.run, { ...by, signal, onStep });
      if (one.whole !== null) by.hold(one.run.id, one.whole);
      if (signal.aborted) return;
      if (one.whole === null) return fail(needsFile(one.run.made.model.name));
    }
  } catch (failure) {
    if (!signal.aborted) fail(notRemade(sentenceOf(failure)), () => complete(wanted, by, signal));
    return;
  }
  runs = wanted.map(({ whole }) => whole);
  setReady(true);
  line.textContent = together;
  show();
}

/** @param {string} sentence @param {() => void} [again] */
function fail(sentence, again) {
  line.textContent = at.textContent = "";
  progress.classList.add("over");
  showError(error, sentence, again);
}

/** @param {Wanted[]} wanted two or three @param {By} by */
export function compare(wanted, by) {
  if (dialog.open) return; // the button was pressed twice
  figures.forEach((figure, k) => {
    figure.hidden = k >= wanted.length;
    if (!figure.hidden) introduce(wanted[k], figure);
  });
  runs = [];
  slider.value = slider.max;
  show();
  closing = new AbortController();
  dialog.showModal();
  complete(wanted, by, closing.signal);
}

slider.addEventListener("input", show);
views.forEach((choice) => choice.addEventListener("change", show));
byId("compare-close").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => closing.abort());
