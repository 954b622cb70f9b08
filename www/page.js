// The page: a list of panels, and the start of the engine that they share.

import { translated } from "./words/page.js";
import "./lib/burn.js";
import { ENGINES, MODELS, createEngine } from "./lib/ddpm.js";
import { sentenceOf } from "./lib/errors.js";
import "./lib/pictures.js";
import { Later } from "./later.js";
import * as generate from "./panels/generate.js";
import { isFingerprint } from "./panels/shared/address.js";
import { byId } from "./panels/shared/dom.js";
import { followSections } from "./panels/shared/follow.js";
import { complain, say, showProgress } from "./panels/shared/status.js";
import * as weights from "./panels/weights.js";
import { words } from "./words/words.js";

/** @typedef {import("./lib/engine.js").Engine} Engine */

/** What the first pictures need. */
const PANELS = [generate, weights];
const loadTour = () => import("./panels/tour.js");
/** The others, in the order of the page. */
const later = new Later([
  { id: "tour-open", load: loadTour },
  { id: "noise", load: () => import("./panels/noise.js") },
  { id: "picture", load: () => import("./panels/picture.js") },
  { id: "one-step", load: () => import("./panels/step.js") },
  { id: "toy", load: () => import("./panels/toy.js") },
  { id: "fewer", load: () => import("./panels/fewer.js") },
  { id: "between", load: () => import("./panels/between.js") },
  { id: "look", load: () => import("./panels/look.js") },
  { id: "learn", load: () => import("./panels/learn.js") },
  { id: "train", load: () => import("./panels/train.js") },
  { id: "starts", load: () => import("./panels/starts.js") },
  { id: "exercises", load: () => import("./panels/exercises.js") },
]);
/** The controls that change the engine or the model. One change is made at a time. */
const changers = ["engine", "model", "file", "shipped"].map(byId);

/** @type {Engine | undefined} */
let engine;
/** Whether the page has given up. */
let over = false;
/** Whether something is being loaded that the visitor waits for: the rest comes without a word. */
let loading = false;

/** @param {number} loaded @param {number | null} total */
function showLoading(loaded, total) {
  if (!loading) return;
  say(loaded === total ? words.page.startingEngine : words.page.loadingModel(loaded, total));
  showProgress(total === null ? 0 : loaded, total ?? 1);
}

/** Another engine, or another model. @param {Engine} changed */
function onChange(changed) {
  for (const panel of [...PANELS, later]) panel.mount(changed, { exchange, take: weights.take, own: weights.own });
}

/** @type {import("./panels/shared/panel.js").Page["exchange"]} */
async function exchange(doing, change) {
  const again = generate.isRunning();
  const focused = /** @type {HTMLElement} */ (document.activeElement);
  changers.forEach((control) => { control.disabled = true; });
  generate.setEngine(undefined);
  say(doing);
  loading = true;
  await generate.stop();
  try {
    await change(engine);
  } finally {
    loading = false;
    changers.forEach((control) => { control.disabled = false; });
    // A control that is disabled loses the focus.
    if (document.activeElement === document.body) focused.focus({ preventScroll: true });
    generate.setEngine(engine, weights.own());
    if (again) generate.begin();
    else generate.sayReady();
  }
}

/** Nothing can run, but the page can be read, and it can be tried again. @param {Error} error */
function giveUp(error) {
  over = true;
  loading = false;
  document.body.classList.add("unusable");
  say(words.page.notRunning);
  showProgress(0);
  complain(words.page.notStarted(sentenceOf(error)), start);
  later.open();
}

/**
 * What the address chooses. It may hold what others put there, of which nothing is of interest.
 * @param {URLSearchParams} address
 * @param {string} key
 * @param {readonly string[]} choices the first one where there is none in the address
 * @returns {{ value: any, wrong?: string }}
 */
function chosen(address, key, choices) {
  const value = address.get(key) ?? choices[0];
  if (choices.includes(value)) return { value };
  return { value: choices[0], wrong: words.page.noSuch(key, value, choices) };
}

/** The step of the tour that the address asks for. @returns {Promise<string | null>} what in it is not used */
async function openTour() {
  if (!new URLSearchParams(location.search).has("tour") || !(await later.come("tour-open"))) return null;
  return (await loadTour()).openLink();
}

/** Starts the engine; after a failure it is called again. */
async function start() {
  over = false;
  loading = true;
  document.body.classList.remove("unusable");
  complain(null);
  say(words.page.starting);
  const address = new URLSearchParams(location.search);
  if (isFingerprint(address.get("model"))) address.delete("model"); // a file that the visitor is asked for
  const [wanted, model] = [chosen(address, "engine", ["auto", ...ENGINES]), chosen(address, "model", MODELS)];
  try {
    engine = await createEngine({ engine: wanted.value, model: model.value, onProgress: showLoading, onChange });
  } catch (error) {
    giveUp(error);
    return;
  }
  loading = false;
  byId("engine").value = wanted.value;
  changers.forEach((control) => { control.disabled = false; });
  showProgress(0);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { unused, over: done } = generate.openLink(calm || document.hidden);
  later.openWhenMoved();
  // What is not for the first pictures does not come while they are made.
  done.then(async () => {
    later.open();
    generate.showStrip();
    (await import("./updates.js")).keep();
  });
  const wrong = [wanted.wrong, model.wrong, ...unused, await openTour()].filter(Boolean);
  if (wrong.length > 0) complain(wrong.join(" "));
}

/** Whether begin.js knows already that the page cannot run here. */
const refused = "refused" in document.body.dataset;
document.body.dataset.begun = "";
// A phone has settings folded away.
if (matchMedia("(max-width: 47.99rem)").matches) ["settings", "picture-fold"].forEach((id) => { byId(id).open = false; });
addEventListener("online", () => {
  if (over) start();
});
followSections();
/** The page is seen before the model is fetched. In a tab that is hidden nothing is painted. */
const painted = () => new Promise((go) => {
  if (document.hidden) go();
  else requestAnimationFrame(() => setTimeout(go));
});
if (refused) later.open();
else translated.then(painted).then(start);
