// What a weights file says of itself, as rows of a list.

import { count } from "../../lib/text.js";

/** @typedef {import("../../lib/pool.js").Info} Info */

/** @param {string} name @param {Info} info */
function rows(name, { metadata, schedule, parameters, notes, image, widths, classes: told }) {
  const { kind, timesteps, beta_start: start, beta_end: end, prediction } = schedule;
  const model = [
    ["File", name],
    ["Pictures", `${image.side} × ${image.side}, ${image.channels === 3 ? "colour" : "grey"}`],
    ["Widths", widths.join(", ")],
    ["Classes", told.length > 0 ? told.join(", ") : "none that it can be told"],
    ["Parameters", count(parameters)],
    ["Schedule", `${kind}, ${timesteps} steps, β from ${start} to ${end}`],
    ["Predicts", prediction === "v" ? "v, of noise and picture" : "ε, the noise"],
  ];
  const remarks = notes.length > 0 ? [["Note", notes.join(" ")]] : [];
  if (metadata === null) return [...model, ["Training", "not known"], ...remarks];
  if (metadata.train_images === 0) return [...model, ["Training", metadata.recipe || "not known"], ...remarks];
  const { dataset, classes, train_images: images, losses, ema_decay: decay, recipe, seed, learning_rate: rate, batch_size: batch } = metadata;
  return [
    ...model,
    ["Trained on", `${dataset}, ${count(images)} images${classes.length > 0 ? `: ${classes.join(", ")}` : ""}`],
    ["Trained for", losses.length === 1 ? "1 epoch" : `${losses.length} epochs`],
    ["Loss", losses.length > 0 ? `${losses.at(-1).toFixed(4)} in the last epoch` : "not known"],
    ["Average", decay === null ? "none" : `exponential, decay ${decay}`],
    ["Recipe", recipe || `learning rate ${rate}, batches of ${batch}, seed ${seed}`],
    ["Fingerprint", `SHA-256 ${metadata.sha256.slice(0, 16)}…`],
    ...remarks,
  ];
}

/**
 * Fills a list with terms and what they are. Where the terms are those that are there, their values alone are exchanged.
 * @param {HTMLElement} list a `dl`
 * @param {string[][]} pairs
 */
export function fillList(list, pairs) {
  const terms = [...list.querySelectorAll("dt")].map(({ textContent }) => textContent);
  if (terms.join("\n") === pairs.map(([term]) => term).join("\n")) {
    list.querySelectorAll("dd").forEach((dd, i) => {
      if (dd.textContent !== pairs[i][1]) dd.textContent = pairs[i][1];
    });
    return;
  }
  list.replaceChildren(...pairs.map(([term, value]) => {
    const row = document.createElement("div");
    const [dt, dd] = ["dt", "dd"].map((tag) => document.createElement(tag));
    dt.textContent = term;
    dd.textContent = value;
    row.append(dt, dd);
    return row;
  }));
}

/** @param {HTMLElement} list a `dl` @param {string} name the file's @param {Info} info */
export function showCard(list, name, info) {
  fillList(list, rows(name, info));
}
