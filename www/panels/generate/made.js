// What made the run that is shown: its settings and its model, which may have changed since.

import { usualOf } from "../../lib/settings.js";
import { MODELS } from "../../lib/models.js";
import { SHIPPED } from "../../lib/shipped.js";
import { words } from "../../words/words.js";
import { askedFor, settings } from "./settings.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../../lib/settings.js").Settings} Settings */

/**
 * @typedef {object} Made
 * @property {Settings} settings
 * @property {import("./settings.js").Asked} asked the classes, in words
 * @property {import("../shared/draw.js").ImageSpec} image size and colours of its pictures
 * @property {readonly number[]} alphaBars of its model's schedule, by timestep
 * @property {boolean} matched whether the model knows matched noise
 * @property {number} usual steps that the model's runs have, where nothing else is chosen
 * @property {boolean} distilled whether the model was distilled to a few steps
 * @property {{ shipped: string | null, file: File | null, weights: Uint8Array, name: string, trained: string | null }} model where it
 *   came from, what a sentence calls it, and which pictures of the page's it was trained on
 */

/** What a run that begins now is made with. @param {Engine} engine @param {File | null} own the visitor's file, if its model is loaded @returns {Made} */
export function madeWith({ info, shipped, weights }, own) {
  return {
    settings: settings(),
    asked: askedFor(),
    image: info.image,
    alphaBars: info.curves.alpha_bar,
    matched: info.metadata?.pixels != null,
    usual: usualOf(info).steps ?? info.schedule.timesteps,
    distilled: info.metadata?.distilled != null,
    model: { shipped, file: shipped === null ? own : null, weights, name: MODELS.includes(shipped) ? words.shared.modelName(shipped) : own?.name ?? words.shared.yourModel, trained: SHIPPED[shipped]?.trained ?? null },
  };
}

/** Whether a run that begins now would give the same pictures. @param {Made} made @param {Made} now */
export function isSame(made, now) {
  const { shipped, file } = made.model;
  return shipped === now.model.shipped && file === now.model.file && JSON.stringify(made.settings) === JSON.stringify(now.settings);
}
