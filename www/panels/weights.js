// Which model runs: one that came with the page, chosen from a menu, or the visitor's own weights, dropped or picked.
// A card describes it. A file that does not fit is refused.

import { sentenceOf } from "../lib/errors.js";
import { MODELS } from "../lib/models.js";
import { SHIPPED } from "../lib/shipped.js";
import { words as all } from "../words/words.js";
import { showCard } from "./shared/card.js";
import { byId, showError, tell as tellIn } from "./shared/dom.js";
import { complain, refuse } from "./shared/status.js";
import { choose, droppedIn, mustBeReadable } from "./weights/dropped.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */

const words = all.weights;

const zone = byId("drop");
const picker = byId("file");
const shipped = byId("shipped");
const error = byId("weights-error");
const menu = byId("model");
const yours = menu.options[menu.options.length - 1];

/** @type {import("./shared/panel.js").Page} */
let page;
/** The menu's choice that is loaded. */
let running = "page";
/** The visitor's file: the menu leads back to it. @type {File | null} */
let ownFile = null;

/** The visitor's file that was taken last, whether it is loaded or not. */
export function own() {
  return ownFile;
}

/** @param {Engine} engine */
const nameOf = ({ shipped }) => (MODELS.includes(shipped) ? all.shared.modelName(shipped) : ownFile.name);

/** The line beside the model menu. @param {Engine} engine */
function inShort(engine) {
  const { dataset, losses } = engine.info.metadata ?? {};
  if (!dataset) return nameOf(engine);
  return words.inShort(dataset, losses.length);
}

/** @type {import("./shared/panel.js").Mount} */
export function mount(engine, its) {
  page = its;
  running = engine.shipped ?? "own";
  menu.value = running;
  yours.hidden = yours.disabled = ownFile === null;
  showCard(byId("card"), nameOf(engine), engine.info);
  // Whatever the visitor's own model makes, it need not be clothes.
  byId("subject").textContent = words.subject(engine.shipped);
  shipped.hidden = engine.shipped !== null;
  tellIn(byId("weights-line"), inShort(engine));
}

/** Takes a file, or a model by its name. @param {File | string} choice @param {(sentence: string) => void} tell */
export async function take(choice, tell) {
  complain(null);
  showError(error, null);
  byId("weights-note").textContent = "";
  const before = ownFile;
  try {
    if (choice instanceof File) {
      await mustBeReadable(choice);
      ownFile = choice;
    }
    await page.exchange(words.loading, (engine) => (
      typeof choice === "string" ? engine.loadShipped(choice) : engine.loadWeights(choice)));
  } catch (error) {
    ownFile = before;
    menu.value = running;
    const message = sentenceOf(error);
    tell(typeof choice === "string" ? words.modelNotLoaded(choice, message) : words.notLoaded(choice.name, message));
  } finally {
    picker.value = "";
  }
}

// What was there before the script came keeps the menu's place.
menu.replaceChildren(...Object.entries(SHIPPED).map(([model, { megabytes }]) => new Option(words.inMenu(all.shared.modelLabel(model), megabytes), model)), yours);

/** Says it beside the place for files. */
const refuseHere = (sentence) => showError(error, sentence);
menu.addEventListener("change", () => take(menu.value === "own" ? ownFile : menu.value, refuse));
picker.addEventListener("change", () => {
  const [file] = picker.files;
  if (file !== undefined) take(file, refuseHere);
});
shipped.addEventListener("click", () => {
  picker.focus();
  take("page", refuseHere);
});

/** @param {DragEvent} event */
async function drop(event) {
  const { file, note } = choose(droppedIn(event.dataTransfer));
  zone.scrollIntoView({ block: "nearest" });
  if (picker.disabled) return refuseHere(words.busy);
  if (file === null) return refuseHere(note);
  await take(file, refuseHere);
  if (ownFile === file) byId("weights-note").textContent = note ?? "";
}

/** Whether a drop is the page's: of files anywhere, of a link or text in their place. Without that, the browser would
    leave the page for what is dropped. @param {DragEvent} event */
function isOurs({ dataTransfer, target }) {
  const types = dataTransfer?.types ?? [];
  if (types.includes("Files")) return true;
  return zone.contains(target) || (types.includes("text/uri-list") && !(target instanceof Element && target.closest("input, textarea")));
}
addEventListener("dragover", (event) => {
  if (event.defaultPrevented || !isOurs(event)) return; // another panel takes it
  event.preventDefault();
  zone.classList.add("over");
});
addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) zone.classList.remove("over");
});
addEventListener("drop", (event) => {
  zone.classList.remove("over");
  if (event.defaultPrevented || !isOurs(event)) return;
  event.preventDefault();
  drop(event);
});
