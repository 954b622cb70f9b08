// The steps of the tour: what each says, which control it speaks of, and how that control is driven.

import { words } from "../../words/words.js";

/**
 * Something that a visitor could do as well. It waits until the control is there and can be used.
 * @typedef {object} Action
 * @property {string} [press] a button, a key or a heading that unfolds
 * @property {string} [slide] a slider, which moves to a share of its way
 * @property {string} [fill] a field or a menu, which gets a text or a choice
 * @property {number | string} [to] where the slider goes, from 0 to 1; or what the field gets
 * @property {number} [ms] how long the slider takes; without it, it jumps
 * @property {string} [until] nothing is done but to wait until there is such an element
 * @property {string} [unless] nothing is done where there is such an element
 */

/**
 * @typedef {object} Step
 * @property {{ title: string, text: readonly string[], attempt: string, did: string, lacking?: string }} said what it is about, what to try,
 *   what the tour has done, and what to do where the control is not there
 * @property {string} control the one that it speaks of
 * @property {string} see what the control changes: it is on the screen too where there is room
 * @property {string} [lacking] the control that brings it where it is not there
 * @property {Action[]} does
 */

/** A run that is shown, and over. @type {Action[]} */
const RUN = [
  { press: "#start", unless: "#position:enabled" },
  { until: "#pause[hidden]" },
];
/** With the settings as they are. @type {Action} */
const START = { press: "#start:not([hidden]), #replay:not([hidden])" };
/** @type {Action} */
const NOW = { press: '#view input[value="x_t"]' };
/** The model's own number of this class. */
const SNEAKER = "#class input[value='7']";

const said = words.tour.steps;

/** @type {readonly Step[]} */
export const STEPS = Object.freeze([
  {
    said: said.noise,
    control: "#first",
    see: "#live",
    does: [...RUN, NOW, { slide: "#position", to: 0 }],
  },
  {
    said: said.step,
    control: "#position",
    see: "#live",
    does: [...RUN, NOW, { slide: "#position", to: 0 }, { slide: "#position", to: 1, ms: 5000 }],
  },
  {
    said: said.expected,
    control: "#view",
    see: "#live",
    does: [...RUN, { press: '#view input[value="x_0"]' }, { slide: "#position", to: 0.25, ms: 1500 }],
  },
  {
    said: said.seed,
    control: "#seed",
    see: "#live",
    does: [NOW, { fill: "#seed", to: "7" }, START, { until: "#pause[hidden]" }],
  },
  {
    said: said.class,
    control: "#class",
    see: "#live",
    lacking: "#model",
    does: [NOW, { press: SNEAKER }, START, { until: "#pause[hidden]" }],
  },
  {
    said: said.guidance,
    control: "#guidance",
    see: "#live",
    lacking: "#model",
    does: [NOW, { press: SNEAKER, unless: "#guidance:enabled" }, { slide: "#guidance", to: 1, ms: 800 }, START, { until: "#pause[hidden]" }],
  },
  {
    said: said.training,
    control: "#noise-t",
    see: "#noised",
    does: [{ slide: "#noise-t", to: 0 }, { slide: "#noise-t", to: 0.6, ms: 4000 }],
  },
  {
    said: said.game,
    control: "#game-guesses",
    see: "#game-picture",
    does: [{ slide: "#noise-t", to: 0.255 }, { press: "#game-next", unless: "#game-guesses button:enabled" }, { press: "#game-guesses button[value='9']" }],
  },
  {
    said: said.picture,
    control: "#picture-t",
    see: "#picture-noised",
    does: [{ slide: "#picture-t", to: 0.7, ms: 1500 }],
  },
  {
    said: said.open,
    control: "#one-step-position",
    see: "#one-step-terms",
    does: [{ slide: "#one-step-position", to: 0 }, { slide: "#one-step-position", to: 1, ms: 5000 }],
  },
  {
    said: said.paths,
    control: "#toy-eta",
    see: "#toy-canvas",
    lacking: "#toy-sampler",
    does: [
      { fill: "#toy-sampler", to: "ddim" }, { press: '#toy-eta input[value="1"]' },
      { slide: "#toy-position", to: 0 }, { slide: "#toy-position", to: 1, ms: 5000 },
    ],
  },
  {
    said: said.fewer,
    control: "#fewer-sampler",
    see: "#fewer-columns",
    lacking: "#model",
    does: [{ fill: "#fewer-sampler", to: "dpm-solver-pp" }, { press: '#fewer-spacing input[value="halfway"]' }, { until: "#fewer-columns figure:nth-child(2) .box[aria-busy='false']" }],
  },
  {
    said: said.train,
    control: "#train-panel > summary",
    see: "#train-title",
    does: [{ press: "#train-panel > summary", unless: "#train-panel[open]" }],
  },
]);
