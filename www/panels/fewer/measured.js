// The measured quality of the models that came with the page, against the number of steps: reports of `ddpm evaluate`.

import { Downloads } from "../../lib/download.js";
import { SHIPPED } from "../../lib/shipped.js";
import { words } from "../../words/below.js";
import { add } from "../shared/curve.js";
import { byId } from "../shared/dom.js";

/** @typedef {{ mean: number, half_width: number }} Measured */
/**
 * What of a report is shown.
 * @typedef {object} Report
 * @property {{ sha256: string }} weights
 * @property {{ kind: string, steps: number, spacing: string, eta: number, guidance?: number, guidance_from?: number | null }} sampler
 * @property {number} images
 * @property {number[]} seeds
 * @property {{ frechet_distance: Measured }} samples
 * @property {{ frechet_distance: Measured }} training_images
 */

const { distance, measuredHow, measuredWith, notMeasured, rowLabel } = words.fewer;

/** Whose reports there are. Those of a row were made with the same settings but for the steps. @type {{ model: string, names: string[] }[]} */
const REPORTS = [
  { model: "few-steps", names: ["few-1", "few-2", "few-4"] },
  { model: "page", names: ["guided-5", "guided-10", "guided-20"] },
  { model: "page", names: ["guided-200"] },
];
/** The drawing's size and its margins, in its own units. */
const [WIDTH, HEIGHT, LEFT, RIGHT, ABOVE, BELOW] = [280, 160, 22, 12, 6, 22];

/** They are fetched once. @type {{ model: string, reports: Report[] }[] | null} */
let all = null;

/** @returns {Promise<{ model: string, reports: Report[] }[]>} */
async function fetchAll() {
  const downloads = new Downloads();
  const report = async (name) => {
    const json = await downloads.bytes(new URL(`../../../assets/evaluation/${name}.json`, import.meta.url));
    return JSON.parse(new TextDecoder().decode(json));
  };
  const shipped = REPORTS.filter(({ model }) => model in SHIPPED);
  return Promise.all(shipped.map(async ({ model, names }) => ({ model, reports: await Promise.all(names.map(report)) })));
}

/** A model's colour in the drawing and in the table. @param {string} model */
const colourOf = (model) => (model === "page" ? "of-page" : "of-few");

/** Whether a model's runs are begun with this guidance here. A distilled one has none. @param {string} model @param {Report["sampler"]} sampler */
const isUsual = (model, { guidance = 1, guidance_from: from = null }) => (
  guidance === (SHIPPED[model].guidance ?? 1) && from === (SHIPPED[model].guidance_from ?? null));

/** @param {HTMLTableRowElement} row @param {string} model @param {string[]} cells the first is the row's head */
function fillRow(row, model, [head, ...cells]) {
  row.className = colourOf(model);
  row.append(
    Object.assign(document.createElement("th"), { scope: "row", textContent: head }),
    ...cells.map((textContent) => Object.assign(document.createElement("td"), { textContent })),
  );
}

/** @param {{ model: string, reports: Report[] }[]} groups */
function fillTable(groups) {
  const body = /** @type {HTMLTableSectionElement} */ (byId("fewer-table"));
  body.replaceChildren();
  for (const { model, reports } of groups) {
    for (const { sampler, samples } of reports) {
      const label = rowLabel(words.shared.modelLabel(model), isUsual(model, sampler) ? null : sampler);
      fillRow(body.insertRow(), model, [String(sampler.steps), label, distance(samples.frechet_distance)]);
    }
  }
  byId("fewer-floor").textContent = distance(groups[0].reports[0].training_images.frechet_distance);
}

/** Distance against numbers of steps, which stand equally far apart. @param {{ model: string, reports: Report[] }[]} groups */
function plot(groups) {
  const svg = byId("fewer-plot");
  const points = groups.flatMap(({ reports }) => reports.map(({ sampler: { steps }, samples }) => ({ steps, ...samples.frechet_distance })));
  const numbers = [...new Set(points.map(({ steps }) => steps))].sort((a, b) => a - b);
  const high = Math.ceil(Math.max(...points.map(({ mean, half_width: half }) => mean + half)));
  const x = (steps) => LEFT + 8 + (numbers.indexOf(steps) / (numbers.length - 1)) * (WIDTH - LEFT - RIGHT - 8);
  const y = (value) => ABOVE + (1 - value / high) * (HEIGHT - ABOVE - BELOW);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  for (let value = 0; value <= high; value += 2) {
    add(svg, "line", { class: "grid", x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) });
    add(svg, "text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, String(value));
  }
  const floor = groups[0].reports[0].training_images.frechet_distance.mean;
  add(svg, "line", { class: "cursor", x1: LEFT, x2: WIDTH - RIGHT, y1: y(floor), y2: y(floor) });
  for (const { model, reports } of groups) {
    const lines = add(svg, "g", { class: colourOf(model) });
    const places = reports.map(({ sampler, samples: { frechet_distance: { mean, half_width: half } } }) => {
      const { steps } = sampler;
      add(lines, "line", { x1: x(steps), x2: x(steps), y1: y(mean - half), y2: y(mean + half) });
      add(lines, "circle", { class: isUsual(model, sampler) ? "" : "hollow", cx: x(steps), cy: y(mean), r: 3 });
      add(svg, "text", { x: x(steps), y: HEIGHT - 6, "text-anchor": "middle" }, String(steps));
      return `${x(steps)},${y(mean)}`;
    });
    add(lines, "polyline", { points: places.join(" ") });
  }
}

/** Shows what was measured. */
export async function showMeasured() {
  all ??= await fetchAll();
  const groups = all;
  fillTable(groups);
  plot(groups);
  byId("fewer-how").textContent = measuredHow(groups[0].reports[0]);
  byId("fewer-with").replaceChildren(...groups.map(({ model, reports }) => (
    Object.assign(document.createElement("li"), { textContent: measuredWith(words.shared.modelName(model), reports.map(({ sampler }) => sampler)) }))));
}

/** Says so where the loaded model is none of those that were measured. @param {string} model its name @param {string | undefined} sha256 of its tensors */
export function tellLoaded(model, sha256) {
  const line = byId("fewer-unmeasured");
  line.hidden = all === null || all.some(({ reports }) => reports.some(({ weights }) => weights.sha256 === sha256));
  line.textContent = line.hidden ? "" : notMeasured(model);
}
