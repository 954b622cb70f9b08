// Train it yourself: folded at first. Its code, its program and its data are fetched when it is opened.

import { sentenceOf } from "../lib/errors.js";
import { words as all } from "../words/words.js";
import { byId, showError, tell } from "./shared/dom.js";
import { hint, inShort } from "./train/hint.js";

/** @typedef {import("../lib/engine.js").Engine} Engine */
/** @typedef {import("./shared/panel.js").Page} Page */

const words = all.train;

const fold = byId("train-panel");
const summary = byId("train-summary");

/** @type {{ engine: Engine, page: Page } | null} */
let now = null;
/** The training's own code, once it is asked for. @type {Promise<typeof import("./train/opened.js")> | null} */
let code = null;

/** @type {import("./shared/panel.js").Mount} */
export function mount(engine, page) {
  now = { engine, page };
  code?.then(({ mount }) => mount(engine, page), () => {});
}

async function open() {
  summary.textContent = fold.open ? words.close : words.open;
  if (!fold.open || code !== null) return;
  showError(byId("train-opening-error"), null);
  byId("train-opening").hidden = false;
  code = import("./train/opened.js");
  try {
    const { mount, show } = await code;
    if (now !== null) mount(now.engine, now.page);
    await show();
    byId("train-open").hidden = false;
  } catch (error) {
    code = null;
    showError(byId("train-opening-error"), words.notOpened(sentenceOf(error)), open);
  } finally {
    byId("train-opening").hidden = true;
  }
}

/** What an earlier visit left is told before anything is fetched. */
function tellKept() {
  const run = hint.read();
  if (run === null) return;
  tell(byId("train-kept-line"), words.keptOpen(inShort(run)));
  byId("train-kept").hidden = false;
  byId("train-kept").querySelector(".row").hidden = true;
}

fold.addEventListener("toggle", open);
if (fold.open) open(); // it was opened before this script was there
tellKept();
// A file input keeps its choice through a reload of the page; the panel does not.
byId("train-form").reset();
