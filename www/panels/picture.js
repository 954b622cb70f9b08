// Your picture: noised to a timestep and brought back from several noises, or a part of it filled in. The model at the top
// does it once more beside itself, on workers of its own.

import { sentenceOf } from "../lib/errors.js";
import { drawnPixels, fitPad, isAsGiven, isDrawnOn, marked, maskOf, groundOf, pictureRound, replacePicture, watchPad } from "./picture/canvas.js";
import { choices, madePicture, showOriginal, showTests, testPicture, watchGiven } from "./picture/given.js";
import { partOf } from "./picture/part.js";
import { COUNT, showResults, watchResults } from "./picture/results.js";
import { stoppable, watchStop } from "./picture/stop.js";
import { EACH, fillStrip, markStrip, watchStrip } from "./picture/strip.js";
import { runOf, usualGuidance, wishOf } from "./picture/wish.js";
import { words as all } from "../words/words.js";
import { Chips } from "./shared/chips.js";
import { byId, showError } from "./shared/dom.js";
import { draw } from "./shared/draw.js";
import { newest } from "./shared/newest.js";
import { Opened } from "./shared/opened.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("./picture/given.js").Given} Given */

const words = all.picture;

/** The test picture that is there at first: an ankle boot. */
const FIRST = testPicture(9, 0);
/** Seeds are drawn below this. */
const SEEDS = 10_000;
const section = byId("picture");
const [slider, seed, dice, guidance, line] = ["t", "seed", "dice", "guidance", "line"].map((id) => byId(`picture-${id}`));
/** Where the slider is at first, as a share of the schedule. */
const FIRST_PLACE = Number(slider.defaultValue) / Number(slider.max);
const chips = new Chips(byId("picture-class"), ask, { first: "none" });

/** @type {Engine} */
let engine;
/** The model at the top once more, beside itself, so that the run there goes on. */
const model = new Opened(() => engine.openBeside(engine.weights));
/** The model that the section is fitted to. @type {Uint8Array | null} */
let fitted = null;
let given = FIRST;
/** Counts the pictures that were given: one that another has overtaken is of no interest. */
let round = 0;
/** What the model gets, and of which state of the pad it is. @type {{ bytes: Uint8Array, of: number } | null} */
let picture = null;
/** The seed that was typed last, if it is one. */
let usedSeed = seed.valueAsNumber;
/** Share of the picture that is left where it is noised, as variance. */
let share = 1;
/** Where the slider was before a part was marked; null where none is. @type {number | null} */
let unmasked = null;

const part = partOf({
  chips,
  first: FIRST,
  get: () => given,
  set: (test) => { given = test; },
  t: () => String(unmasked ?? slider.value),
  usualT: () => String(Math.round(FIRST_PLACE * Number(slider.max))),
  usualGuidance: () => usualGuidance(engine),
});

const noised = newest({
  wish: () => `${pictureRound()} ${slider.value} ${usedSeed}`,
  serve: showNoised,
  line: byId("picture-error"),
  words: words.couldNotNoise,
  boxes: [byId("picture-noised-box")],
  section,
});
const back = newest({
  wish: wishOfBack,
  serve: showBack,
  line: byId("picture-back-error"),
  words: words.couldNotBringBack,
  section,
});

/** All but the picture and its mask. */
const wanted = (count = COUNT, t = slider.valueAsNumber) => wishOf(engine, { chips, seed: usedSeed, count, t });

function wishOfBack() {
  return JSON.stringify([picture?.of, maskOf()?.join(), wanted()]);
}

/** What depends on the model: it is another, or the first. */
async function fit() {
  const { info, weights } = engine;
  byId("picture-gets-line").textContent = words.givenLine(info.image);
  byId("picture-distilled").hidden = info.metadata?.distilled == null;
  chips.offer(info.classes);
  byId("picture-classes").hidden = byId("picture-guided").hidden = info.classes.length === 0;
  guidance.value = usualGuidance(engine);
  const most = info.schedule.timesteps - 1;
  const place = slider.valueAsNumber / Number(slider.max);
  slider.max = String(most);
  slider.value = String(Math.round(place * most));
  part.meet();
  takeSeed();
  showControls();
  const read = await given.read(engine, choices());
  if (weights !== engine.weights) return;
  fitted = weights;
  showOriginal(given, read);
  fitPad(read.bytes, info.image);
  await showTests(engine);
  [slider, seed, dice].forEach((control) => { control.disabled = false; });
}

async function showNoised() {
  if (fitted !== engine.weights) await fit();
  const of = pictureRound();
  if (picture?.of !== of) {
    const bytes = isDrawnOn() ? (await engine.fitPicture(drawnPixels())).bytes : groundOf();
    picture = { bytes, of };
    draw(byId("picture-gets"), bytes, engine.info.image);
  }
  const { bytes, alphaBar } = await engine.noised(picture.bytes, slider.valueAsNumber, usedSeed);
  draw(byId("picture-noised"), bytes, engine.info.image);
  share = alphaBar;
  byId("picture-share").textContent = words.percent(share);
  tellSurvivors();
  back.ask();
}

function tellSurvivors() {
  byId("picture-survives").textContent = maskOf() === null ? words.survives(share) : words.maskLine(marked());
}

/** @param {string} asked @param {() => boolean} isCurrent */
async function showBack(asked, isCurrent) {
  if (picture === null) return; // it is still being read
  const [wish, masked] = [wanted(), maskOf() !== null];
  const { bytes } = picture;
  const { image: spec, schedule: { timesteps } } = engine.info;
  let before = 0;
  const pictures = await stoppable(asked, async (isStopped) => {
    if (!model.isOpen) line.textContent = words.opening;
    await model.get();
    before = performance.now();
    return isStopped() ? null : model.pictures(runOf(wish, bytes));
  });
  if (pictures === null) return;
  const { t, steps, visits = 1 } = wish;
  line.textContent = words.doneLine({ count: COUNT, t, steps, visits, ms: performance.now() - before, masked });
  line.dataset.done = String(Number(line.dataset.done ?? 0) + 1);
  showResults({ bytes: pictures, picture: bytes, spec, names: chips.namesOf(COUNT), seed: wish.seed, t });
  if (masked) return;
  const columns = JSON.stringify([pictureRound(), wanted(EACH, timesteps - 1)]);
  await fillStrip({ key: columns, spec, timesteps }, async (at) => ({
    noised: await engine.noised(bytes, at, wish.seed),
    back: await model.pictures(runOf(wanted(EACH, at), bytes)),
  }), isCurrent);
  markStrip(t);
}

/** @param {Given} next */
async function take(next) {
  const mine = (round += 1);
  const error = byId("picture-error");
  const status = byId("picture-reading");
  status.textContent = words.reading;
  try {
    const { weights } = engine;
    const read = await next.read(engine, choices());
    if (mine !== round) return;
    given = next;
    tellAddress();
    showError(error, null);
    if (fitted !== weights || weights !== engine.weights) return; // it is read once more, for the model that is there now
    showOriginal(next, read);
    replacePicture(read.bytes, next.file !== undefined || next.test !== undefined);
  } catch (failure) {
    if (mine === round) showError(error, words.couldNotRead(sentenceOf(failure)));
  } finally {
    if (mine === round) status.textContent = "";
  }
}

function showControls() {
  const masked = maskOf() !== null;
  byId("picture-visited").hidden = !masked;
  byId("picture-survivors").hidden = masked;
  const t = slider.valueAsNumber;
  byId("picture-t-text").textContent = String(t);
  byId("picture-guidance-text").textContent = chips.isAny ? all.shared.none : guidance.valueAsNumber.toFixed(1);
  guidance.disabled = chips.isAny;
  markStrip(t);
  tellSurvivors();
}

function takeSeed() {
  const isSeed = seed.value !== "" && seed.validity.valid;
  showError(byId("picture-seed-error"), isSeed ? null : words.noSeed);
  if (isSeed) usedSeed = seed.valueAsNumber;
}

function ask() {
  takeSeed();
  showControls();
  tellAddress();
  noised.ask();
  back.ask();
}

/** The address follows, and where it cannot, that is said. */
function tellAddress() {
  part.note();
  byId("picture-unheld").hidden = given.test !== undefined && isAsGiven();
}

/** A part that is filled in is made from pure noise, unless the slider is moved then. */
function follow() {
  const masked = maskOf() !== null;
  if (masked && unmasked === null) {
    unmasked = slider.valueAsNumber;
    slider.value = slider.max;
  } else if (!masked && unmasked !== null) {
    slider.value = String(unmasked);
    unmasked = null;
  }
  ask();
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(ready) {
  engine = ready;
  if (fitted === engine.weights) return; // another engine runs the same model
  model.close();
  picture = null;
  noised.renew();
  back.renew();
}

watchPad(follow);
watchGiven(take);
watchStop(wishOfBack, () => model.close(), () => back.renew());
watchResults((name, bytes, spec) => take(madePicture(name, bytes, spec)));
watchStrip((t) => {
  slider.value = String(t);
  ask();
});
[slider, seed, guidance].forEach((input) => input.addEventListener("input", ask));
byId("picture-layer").addEventListener("change", tellAddress);
["picture-steps", "picture-visits"].forEach((id) => byId(id).addEventListener("change", ask));
dice.addEventListener("click", () => {
  seed.value = String(Math.floor(Math.random() * SEEDS));
  ask();
});
