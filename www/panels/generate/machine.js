// Which engine runs: its menu and its badge.

import { ENGINES, engineNamed } from "../../lib/engines.js";
import { sentenceOf } from "../../lib/errors.js";
import { askForPrograms, isBuilt } from "../../lib/programs.js";
import { words } from "../../words/words.js";
import { byId, tell } from "../shared/dom.js";
import { putSearch } from "../shared/follow.js";
import { refuse } from "../shared/status.js";

/** @typedef {import("../../lib/engine.js").Engine} Engine */
/** @typedef {import("../shared/panel.js").Page} Page */

/** While the server is building programs, it is asked for them this often, in milliseconds. */
const ASK_AGAIN_MS = 5000;

const menu = byId("engine");

/** @type {Page} */
let page;
/** The menu's choice that was made last and could be. */
let chosen = "auto";

/** @param {string} name of an engine */
const labelOf = (name) => words.generate.engine(name, engineNamed(name).label);

/** The engine that runs, in short. */
function describe({ engine, adapter }, workers) {
  const label = labelOf(engine);
  return engineNamed(engine).hardware === "webgpu" ? `${label} · ${adapter}` : words.generate.onWorkers(label, workers);
}

/** @param {Engine} engine @param {Page} its */
export function showMachine(engine, its) {
  page = its;
  if (!menu.disabled) chosen = menu.value; // the address may have chosen one
  const { info, why } = engine;
  const name = describe(info, engine.workersFor(Infinity));
  tell(byId("badge"), why === null ? name : words.generate.because(name, why));
}

/** The engine is in the address, unless it is chosen by itself. @param {string} search @param {string} engine */
function withEngine(search, engine) {
  const address = new URLSearchParams(search);
  if (engine === "auto") address.delete("engine");
  else address.set("engine", engine);
  const text = address.toString();
  return text === "" ? "" : `?${text}`;
}

async function change() {
  try {
    await page.exchange(words.page.startingEngine, (running) => running.use(menu.value));
    chosen = menu.value;
    putSearch((search) => withEngine(search, chosen));
  } catch (error) {
    menu.value = chosen; // so that the same one can be chosen again
    refuse(words.generate.engineRefused(sentenceOf(error)));
  }
}

/** Marks the engines whose programs are not there yet, until all of them are. */
async function showBuilt() {
  const all = await askForPrograms().catch(() => false);
  for (const option of options) {
    option.disabled = !isBuilt(option.value);
    const label = labelOf(option.value);
    option.text = option.disabled ? words.generate.beingBuilt(label) : label;
  }
  if (!all) setTimeout(showBuilt, ASK_AGAIN_MS);
}

const options = ENGINES.map((name) => new Option(labelOf(name), name));
menu.append(...options);
menu.addEventListener("change", change);
showBuilt();
