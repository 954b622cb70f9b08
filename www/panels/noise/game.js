// What is it? A test picture with the slider's noise: its class is guessed, and then told, with how often the project's
// classifier is right at that t.

import { Downloads } from "../../lib/download.js";
import { words } from "../../words/words.js";
import { whole } from "../shared/address.js";
import { byId } from "../shared/dom.js";
import { draw } from "../shared/draw.js";
import { newest } from "../shared/newest.js";
import { CLASSES, classOf, COUNT } from "./pictures.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../../words/en.js").Measured} Measured */

const { answer, classifier, classifierBetween, classifierLike, gameFailed, hidden: HIDDEN, notMeasured, revealed, riddleInWords, tally } = words.noise;

/** Whose schedule the classifier was measured with, and on which pictures. */
const MEASURED_WITH = { model: "page", kind: "cosine", timesteps: 200, side: 28, channels: 1 };
/** Noise is drawn with seeds below this, none of which the other pictures have. */
const [LEAST_SEED, SEEDS] = [COUNT, 10_000];

const [guesses, told, next, clean] = ["guesses", "answer", "next", "clean"].map((id) => byId(`game-${id}`));
const buttons = CLASSES.map((name, which) => Object.assign(document.createElement("button"), {
  type: "button", textContent: name, value: String(which), disabled: true,
}));

/** @type {Engine} */
let engine;
/** The test pictures, of which one is hidden. @type {Uint8Array[]} */
let pictures = [];
/** @type {number | null} */
let t = null;
/** The hidden picture, and the seed of its noise. */
let hidden = draws();
/** What was guessed; null before. @type {number | null} */
let guess = null;
/** Whether the visitor plays. Before, the hidden picture is of no interest to an address. */
let played = false;
/** @type {() => void} */
let onRiddle = () => {};
const score = { right: 0, all: 0 };
/** How often the classifier is right, as t grows. It is fetched for the first answer. @type {Measured[] | null} */
let measured = null;
/** The schedule that this was measured with, once another one is seen. @type {readonly number[] | null} */
let alphaBars = null;

const shown = newest({
  wish: () => `${t} ${hidden.at} ${hidden.seed} ${guess}`,
  serve: show,
  line: byId("game-error"),
  words: gameFailed,
  section: byId("game"),
});

function draws() {
  const [at, seed] = [COUNT, SEEDS - LEAST_SEED].map((most) => Math.floor(Math.random() * most));
  return { at, seed: LEAST_SEED + seed };
}

async function show() {
  const { image } = engine.info;
  const { bytes, alphaBar } = await engine.noised(pictures[hidden.at], t, hidden.seed);
  draw(byId("game-picture"), bytes, image);
  buttons.forEach((button) => { button.disabled = guess !== null; });
  next.disabled = guess === null;
  byId("game-clean-figure").classList.toggle("secret", guess === null);
  clean.setAttribute("aria-label", guess === null ? HIDDEN : revealed(CLASSES[classOf(hidden.at)]));
  if (guess === null) return;
  draw(clean, pictures[hidden.at], image);
  const sentence = await recognised(alphaBar);
  if (guess !== null) byId("game-classifier").textContent = sentence; // else the next picture is there already
}

/** How often the classifier is right at this t, in a sentence. @param {number} alphaBar */
async function recognised(alphaBar) {
  const { schedule: { kind, timesteps }, image: { side, channels } } = engine.info;
  if (side !== MEASURED_WITH.side || channels !== MEASURED_WITH.channels) return notMeasured;
  if (measured === null) {
    const json = await new Downloads().bytes(new URL("../../../assets/evaluation/classes-10.json", import.meta.url));
    const { recognition: { classifier: { test_images: images, test_accuracy: accuracy }, noised } } = JSON.parse(new TextDecoder().decode(json));
    measured = [{ t: null, images, accuracy }, ...noised];
  }
  if (t !== null && (kind !== MEASURED_WITH.kind || timesteps !== MEASURED_WITH.timesteps)) return likewise(alphaBar);
  const above = measured.findIndex((one) => (one.t ?? -1) >= (t ?? -1));
  if (above < 0) return classifier(measured.at(-1));
  return measured[above].t === t ? classifier(measured[above]) : classifierBetween(measured[above - 1], measured[above]);
}

/** The same by the share of the picture that is left, which is what counts: this model has another schedule. @param {number} alphaBar */
async function likewise(alphaBar) {
  if (alphaBars === null) {
    const { info } = await engine.compare(await engine.shippedBytes(MEASURED_WITH.model), { count: 1, steps: 1 });
    alphaBars = info.curves.alpha_bar;
  }
  const left = (one) => (one.t === null ? 1 : alphaBars[one.t]);
  const below = measured.findLastIndex((one) => left(one) >= alphaBar);
  const rows = measured.slice(below, below + 2).map((one) => ({ ...one, alphaBar: left(one) }));
  return classifierLike(alphaBar, rows[0], rows[1] ?? null);
}

/** @param {number} which the class that is guessed */
function take(which) {
  const is = classOf(hidden.at);
  guess = which;
  played = true;
  score.all += 1;
  if (which === is) score.right += 1;
  told.textContent = answer(CLASSES[which], CLASSES[is]);
  byId("game-tally").textContent = tally(score.right, score.all);
  buttons[is].classList.add("first");
  buttons[which].setAttribute("aria-pressed", "true");
  shown.ask();
  onRiddle();
  next.disabled = false;
  next.focus(); // the button that was pressed can be pressed no more
}

function another() {
  hidden = draws();
  guess = null;
  for (const button of buttons) {
    button.classList.remove("first");
    button.removeAttribute("aria-pressed");
  }
  told.textContent = "";
  byId("game-classifier").textContent = "";
  shown.ask();
  onRiddle();
  buttons.forEach((button) => { button.disabled = false; });
  buttons[0].focus({ preventScroll: true });
}

/** The model's test pictures have come. @param {Engine} ready @param {Uint8Array[]} all */
export function beginGame(ready, all) {
  engine = ready;
  pictures = all;
  shown.renew();
}

/** The slider has moved. @param {number | null} to */
export function moveGame(to) {
  t = to;
  shown.ask();
}

/** The hidden picture in an address, not yet guessed. @type {import("../shared/part.js").Thing} */
export const riddle = {
  now: () => (played ? `${hidden.at + 1}.${hidden.seed}` : ""),
  put: (text) => {
    const [picture, seed] = [whole(1, COUNT), whole(LEAST_SEED, SEEDS - 1)];
    const [at, noise, ...rest] = text.split(".");
    const read = { at: picture.read(at) - 1, seed: seed.read(noise ?? "") };
    if (Number.isNaN(read.at) || read.seed === undefined || rest.length > 0) return riddleInWords(COUNT, LEAST_SEED, SEEDS - 1);
    hidden = read;
    played = true;
    return null;
  },
  usual: () => "",
};

/** @param {() => void} told when another picture is hidden */
export function watchRiddle(told) {
  onRiddle = told;
}

guesses.replaceChildren(...buttons);
guesses.addEventListener("click", ({ target }) => {
  const which = buttons.indexOf(/** @type {HTMLButtonElement} */ (target));
  if (which >= 0 && guess === null) take(which);
});
next.addEventListener("click", another);
