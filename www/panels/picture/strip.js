// Which details survive: the picture noised to several timesteps, and what comes back of each.

import { words as all } from "../../words/words.js";
import { byId } from "../shared/dom.js";
import { draw } from "../shared/draw.js";
import { addButton } from "./button.js";

/** What comes back from a timestep. @typedef {{ noised: { bytes: Uint8Array, alphaBar: number }, back: Uint8Array }} Column */

const words = all.picture;

/** Where the columns are, as shares of the schedule. */
const SHARES = [0.15, 0.4, 0.6, 0.8, 0.92, 1];
/** Pictures that come back in a column. */
export const EACH = 2;

const columns = SHARES.map((share) => addButton(byId("picture-strip"), words.columnName(share), words.percent(share)));

/** @type {(t: number) => void} */
let onPick = () => {};
/** What the columns show, as their text; and how many of them are drawn for it. */
let shown = { key: "", columns: 0 };

/** @param {(t: number) => void} told of the column that was chosen */
export function watchStrip(told) {
  onPick = told;
}

/** The timestep of a column. @param {number} share @param {number} timesteps */
const timestep = (share, timesteps) => Math.max(0, Math.round(share * timesteps) - 1);

/**
 * Draws the columns that are not drawn yet.
 * @param {object} strip
 * @param {string} strip.key what the columns depend on
 * @param {import("../shared/draw.js").ImageSpec} strip.spec
 * @param {number} strip.timesteps of the model's schedule
 * @param {(t: number) => Promise<Column>} make
 * @param {() => boolean} isCurrent
 */
export async function fillStrip({ key, spec, timesteps }, make, isCurrent) {
  if (shown.key !== key) shown = { key, columns: 0 };
  while (shown.columns < SHARES.length && isCurrent()) {
    const t = timestep(SHARES[shown.columns], timesteps);
    const { button, canvas, words: title } = columns[shown.columns];
    const { noised, back } = await make(t);
    const all = new Uint8Array(noised.bytes.length + back.length);
    all.set(noised.bytes);
    all.set(back, noised.bytes.length);
    draw(canvas, all, spec, 1);
    title.textContent = `t ${t}`;
    button.value = String(t);
    button.setAttribute("aria-label", words.stripName(t, noised.alphaBar));
    button.disabled = false;
    shown.columns += 1;
  }
}

/** Marks the column of this timestep. @param {number} t */
export function markStrip(t) {
  for (const { button } of columns) {
    if (!button.disabled && Number(button.value) === t) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

for (const { button } of columns) button.addEventListener("click", () => onPick(Number(button.value)));
