// Two or three runs side by side: one scrubber moves all of them.

import { median } from "../../lib/text.js";
import { words } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { draw } from "../shared/draw.js";
import { momentOf } from "./moment.js";

/** @typedef {import("./player.js").Whole} Whole */

const { captionOf, paceInWords, placeInWords } = words.generate;

const dialog = byId("compare");
const slider = byId("compare-share");
const figures = [...dialog.querySelectorAll("figure")];
const views = [...byId("compare-view").querySelectorAll("input")];

/** @type {Whole[]} */
let runs = [];

function show() {
  const view = views.find(({ checked }) => checked).value;
  const share = slider.valueAsNumber / Number(slider.max);
  const percent = `${Math.round(100 * share)} %`;
  byId("compare-text").textContent = percent;
  slider.setAttribute("aria-valuetext", percent);
  runs.forEach(({ made, steps }, at) => {
    const step = steps.before(Math.round(share * steps.newest.total));
    const [canvas, place] = [figures[at].querySelector("canvas"), figures[at].querySelector(".place")];
    draw(canvas, step[view], made.image);
    place.textContent = placeInWords(step, momentOf(step, view, made.alphaBars));
  });
}

/** @param {Whole[]} wanted two or three */
export function compare(wanted) {
  runs = wanted;
  figures.forEach((figure, at) => {
    figure.hidden = at >= runs.length;
    if (figure.hidden) return;
    const { made, steps } = runs[at];
    const total = steps.newest.total;
    const caption = captionOf(made, total, true);
    figure.querySelector("canvas").setAttribute("aria-label", caption);
    figure.querySelector("figcaption").textContent = caption;
    figure.querySelector(".pace").textContent = paceInWords(median(steps.all.slice(1).map(({ ms }) => ms)), total);
  });
  slider.value = slider.max;
  dialog.showModal();
  show();
}

slider.addEventListener("input", show);
views.forEach((choice) => choice.addEventListener("change", show));
byId("compare-close").addEventListener("click", () => dialog.close());
