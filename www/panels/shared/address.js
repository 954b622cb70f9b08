// A link to a view: what the query of the page's address says of it. Nothing here touches the page.
//
//   ?model=tutorial&seed=7&count=64&class=Sneaker&guidance=2&sampler=ddim&steps=50&step=20&image=3
//
// What is not in an address is as on a page that has just been opened.

import { SHIPPED } from "../../lib/shipped.js";
import { words as all } from "../../words/words.js";

const say = all.address;

/**
 * What a link holds; undefined where it says nothing.
 * @typedef {object} View
 * @property {string} [model] its name, if it came with the page; else as `fingerprintOf` has it
 * @property {string} [file] the name of a model's file that did not come with the page
 * @property {number} [seed]
 * @property {number} [count] images
 * @property {string} [class] `any`, `each` for one of each, or a class's name
 * @property {number} [guidance]
 * @property {number} [guidance_from] the largest timestep whose step is guided
 * @property {string} [sampler]
 * @property {number} [steps]
 * @property {string} [spacing]
 * @property {number} [eta]
 * @property {string} [start] `pure` or `matched`
 * @property {string} [view] `x_t`, `x_0` or `eps`
 * @property {number} [step] that is shown, where it is not the last
 * @property {number} [image] that is large, from 1
 */
/** What an address says and nobody can use, and what could be used. @typedef {{ key: string, value: string, words: string }} Wrong */
/** @template T @typedef {{ read: (text: string) => T | undefined, words: string }} Field */

/** A whole number. @param {number} low @param {number} high @returns {Field<number>} */
export function whole(low, high) {
  const within = (number) => (number >= low && number <= high ? number : undefined);
  return {
    read: (text) => (/^\d{1,16}$/.test(text) ? within(Number(text)) : undefined),
    words: say.whole(low, high),
  };
}

/** @param {number} low @param {number} high @returns {Field<number>} */
export function between(low, high) {
  const within = (number) => (number >= low && number <= high ? number : undefined);
  return { read: (text) => (/^\d*\.?\d+$/.test(text) ? within(Number(text)) : undefined), words: say.between(low, high) };
}

/** @param {string[]} choices @returns {Field<string>} */
export const oneOf = (...choices) => ({ read: (text) => (choices.includes(text) ? text : undefined), words: say.oneOf(choices) });

/** Whatever a model may call its own: the model decides. @type {Field<string>} */
const NAME = { read: (text) => (text !== "" && text.length <= 100 ? text : undefined), words: say.name };

/** @type {{ [key: string]: Field<any> }} */
const FIELDS = {
  file: NAME,
  seed: whole(0, Number.MAX_SAFE_INTEGER),
  count: { read: (text) => [1, 16, 64, 128].find((count) => String(count) === text), words: say.oneOf([1, 16, 64, 128]) },
  class: NAME,
  guidance: between(1, 8),
  guidance_from: whole(0, 100_000),
  sampler: NAME,
  steps: whole(1, 100_000),
  spacing: NAME,
  eta: between(0, 1),
  start: oneOf("pure", "matched"),
  view: oneOf("x_t", "x_0", "eps"),
  step: whole(0, 100_000),
  image: whole(1, 128),
};

/** What a page has that was just opened: links leave it out. @type {View} */
const USUAL = { model: "page", seed: 42, count: 16, class: "any", sampler: "ddpm", spacing: "even", eta: 0, start: "matched", view: "x_t" };

/** The same for a model. @param {View} view @returns {View} */
const usualFor = ({ model = USUAL.model }) => ({ ...USUAL, class: SHIPPED[model]?.class ?? USUAL.class });

/** Stands for a model's file that is told by the beginning of its SHA-256; `own` where the browser computes none. */
const FINGERPRINT = /^(own|sha256-[0-9a-f]{8,64})$/;

/** Whether an address asks for a model that did not come with the page. @param {string | null} model */
export const isFingerprint = (model) => model !== null && FINGERPRINT.test(model);

/** How links call a file that did not come with the page. @param {Uint8Array} bytes @returns {Promise<string>} */
export async function fingerprintOf(bytes) {
  if (globalThis.crypto?.subtle === undefined) return "own"; // plain http from another machine
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {Uint8Array<ArrayBuffer>} */ (bytes)));
  return `sha256-${[...hash.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Whether a file may be the one that a link asks for. @param {string} found @param {string} wanted */
export const mayBe = (found, wanted) => found === "own" || wanted === "own" || found.startsWith(wanted) || wanted.startsWith(found);

/** @param {string} search an address's query @returns {{ view: View, wrong: Wrong[] }} */
export function readView(search) {
  const address = new URLSearchParams(search);
  const wrong = [];
  const view = {};
  if (address.has("model")) view.model = address.get("model"); // who starts the engine judges it
  for (const [key, { read, words }] of Object.entries(FIELDS)) {
    const text = address.get(key);
    if (text === null) continue;
    const value = read(text.trim());
    if (value === undefined) wrong.push({ key, value: text, words });
    else view[key] = value;
  }
  return { view, wrong };
}

/**
 * Writes a view into a query. What else is in it stays.
 * @param {string} search
 * @param {View} view
 * @returns {string} with its question mark, or nothing
 */
export function writeView(search, view) {
  const address = new URLSearchParams(search);
  const keys = ["model", ...Object.keys(FIELDS)];
  keys.forEach((key) => address.delete(key));
  const usual = usualFor(view);
  for (const key of keys.filter((one) => view[one] !== undefined && view[one] !== usual[one])) address.append(key, String(view[key]));
  const text = address.toString();
  return text === "" ? "" : `?${text}`;
}

/** Whether a link says nothing of how pictures are made. @param {View} view */
export const isPlain = (view) => Object.keys(view).every((key) => ["model", "view", "image"].includes(key));

/** @param {Wrong} wrong */
export function wrongInWords({ key, value, words }) {
  const short = value.length > 40 ? `${value.slice(0, 40)}…` : value;
  return say.wrong(key, short, words);
}
