// The measured quality of the models that came with the page, against the number of steps: reports of `ddpm evaluate`.

import { Downloads } from "../../lib/download.js";
import { SHIPPED } from "../../lib/shipped.js";
import { words } from "../../words/words.js";
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

const { distance, measuredHow, measuredWith, notMeasured } = words.fewer;

/** Whose reports there are. */
const REPORTS = { "few-steps": ["few-1", "few-2", "few-4"], page: ["classes-5", "classes-10", "classes-20"] };
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
  const shipped = Object.entries(REPORTS).filter(([model]) => model in SHIPPED);
  return Promise.all(shipped.map(async ([model, names]) => ({ model, reports: await Promise.all(names.map(report)) })));
}

/** A model's colour in the drawing and in the table. @param {string} model */
const colourOf = (model) => (model === "page" ? "of-page" : "of-few");

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
    for (const { sampler: { steps }, samples } of reports) {
      fillRow(body.insertRow(), model, [String(steps), words.shared.modelLabel(model), distance(samples.frechet_distance)]);
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
    const places = reports.map(({ sampler: { steps }, samples: { frechet_distance: { mean, half_width: half } } }) => {
      add(lines, "line", { x1: x(steps), x2: x(steps), y1: y(mean - half), y2: y(mean + half) });
      add(lines, "circle", { cx: x(steps), cy: y(mean), r: 3 });
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
  byId("fewer-with").replaceChildren(...groups.map(({ model, reports: [{ sampler }] }) => (
    Object.assign(document.createElement("li"), { textContent: measuredWith(words.shared.modelName(model), sampler) }))));
}

/** Says so where the loaded model is none of those that were measured. @param {string} model its name @param {string | undefined} sha256 of its tensors */
export function tellLoaded(model, sha256) {
  const line = byId("fewer-unmeasured");
  line.hidden = all === null || all.some(({ reports }) => reports.some(({ weights }) => weights.sha256 === sha256));
  line.textContent = line.hidden ? "" : notMeasured(model);
}
