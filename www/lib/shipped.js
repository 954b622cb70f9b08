// The models that came with the page. One more is a line here, and one in index.html, which copies its file.

/** The guidance that a run of a model with classes is begun with, in every step, where the model has none of its own: 1 to 8, in tenths. */
export const USUAL_GUIDANCE = 1.3;

/**
 * A model that came with the page.
 * @typedef {object} Shipped
 * @property {URL} url its file: bundlers find files by addresses that are spelt as here
 * @property {number} megabytes of its file, to one digit
 * @property {string} label in a menu
 * @property {string} name in a sentence
 * @property {string} subject what its pictures show
 * @property {"clothes" | "emoji"} trained the pictures that it was trained on
 * @property {"any" | "each"} [class] the classes that a page begins with: the seed's (if not given), or one of each
 * @property {number} [guidance] that its runs are begun with
 * @property {number} [guidance_from] the largest timestep whose step is guided then; every step's is without it
 */

/** By the names that addresses and programs use. @type {Readonly<{ [model: string]: Shipped }>} */
export const SHIPPED = Object.freeze({
  page: { url: new URL("../../assets/fashion-mnist.safetensors", import.meta.url), megabytes: 1.2, label: "This page's own", name: "this page's own model", subject: "pictures of clothes", trained: "clothes", guidance: 4, guidance_from: 140 },
  tutorial: { url: new URL("../../assets/tutorial.safetensors", import.meta.url), megabytes: 1.2, label: "The tutorial's", name: "the tutorial's model", subject: "pictures of clothes", trained: "clothes" },
  "few-steps": { url: new URL("../../assets/few-steps.safetensors", import.meta.url), megabytes: 1.2, label: "Few steps", name: "the few-steps model", subject: "pictures of clothes", trained: "clothes" },
  wide: { url: new URL("../../assets/wide.safetensors", import.meta.url), megabytes: 2.8, label: "Wide", name: "the wide model", subject: "pictures of clothes", trained: "clothes", guidance: 2, guidance_from: 140 },
  emoji: { url: new URL("../../assets/emoji.safetensors", import.meta.url), megabytes: 1.7, label: "Emoji, in colour", name: "the emoji model", subject: "pictures in the manner of emoji", trained: "emoji", class: "each", guidance: 3 },
});
