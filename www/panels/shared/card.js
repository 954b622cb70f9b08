// What a weights file says of itself, as rows of a list.

import { count } from "../../lib/text.js";
import { words } from "../../words/words.js";
import { tell } from "./dom.js";

/** @typedef {import("../../lib/pool.js").Info} Info */

/** @param {string} name @param {Info} info */
function rows(name, { metadata, schedule, parameters, notes, image, widths, classes: told }) {
  const say = words.card;
  const { className, said } = words.shared;
  const names = (classes) => classes.map(className);
  const model = [
    [say.file, name],
    [say.pictures, say.image(image)],
    [say.widths, widths.join(", ")],
    [say.classes, told.length > 0 ? names(told).join(", ") : say.noClasses],
    [say.parameters, count(parameters)],
    [say.schedule, say.steps(schedule)],
    [say.predicts, say.prediction(schedule.prediction)],
  ];
  const remarks = notes.length > 0 ? [[say.note, said(notes.join(" "))]] : [];
  if (metadata === null) return [...model, [say.training, say.unknown], ...remarks];
  if (metadata.train_images === 0) return [...model, [say.training, said(metadata.recipe) || say.unknown], ...remarks];
  const { dataset, classes, train_images: images, losses, ema_decay: decay, recipe, seed, learning_rate: rate, batch_size: batch } = metadata;
  return [
    ...model,
    [say.trainedOn, say.dataset(dataset, images, names(classes))],
    [say.trainedFor, say.epochs(losses.length)],
    [say.loss, losses.length > 0 ? say.lastLoss(losses.at(-1)) : say.unknown],
    [say.average, say.decay(decay)],
    [say.recipe, said(recipe) || say.recipeOf(rate, batch, seed)],
    [say.fingerprint, `SHA-256 ${metadata.sha256.slice(0, 16)}…`],
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
      if (dd.textContent !== pairs[i][1]) tell(dd, pairs[i][1]);
    });
    return;
  }
  list.replaceChildren(...pairs.map(([term, value]) => {
    const row = document.createElement("div");
    const [dt, dd] = ["dt", "dd"].map((tag) => document.createElement(tag));
    dt.textContent = term;
    tell(dd, value);
    row.append(dt, dd);
    return row;
  }));
}

/** @param {HTMLElement} list a `dl` @param {string} name the file's @param {Info} info */
export function showCard(list, name, info) {
  fillList(list, rows(name, info));
}
